import type { Clock } from '../../src/core/clock.ts';
import { PENALTY_LIMITS, PenaltyBox } from '../../src/gateway/penalty-box.ts';

/** Lets nobody wait: tests ask for many refusals at once. */
export function patientBox(clock: Clock): PenaltyBox {
  return new PenaltyBox(clock, { limits: { ...PENALTY_LIMITS, burst: Infinity } });
}
