import type { WireRecord } from '../../src/model/wire-record.ts';

/** A linear congruential generator (Numerical Recipes): cheap and repeatable is all a load needs. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const MESSAGES = [
  'sync finished with 42 samples',
  'heart rate sensor calibrated after strap change',
  'notification shown to wearer within budget',
  'upload of activity summary queued for the next window',
];

/**
 * Realistic log records of a watch: 1 % errors, 0.1 % over 5 s, 0.05 %
 * database connection failures, a user on three of ten, so that all five
 * detectors have something to do.
 */
export function someRecords(count: number, at: number, random: () => number): WireRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const chance = random();
    const isError = chance < 0.01;
    return {
      timestamp: at + index,
      level: isError ? 'ERROR' : 'INFO',
      service: 'companion',
      message:
        chance < 0.0005
          ? 'database connection refused'
          : (MESSAGES[Math.floor(random() * 4)] ?? ''),
      request_id: `r${Math.floor(random() * 1e9).toString(36)}`,
      duration_ms: chance > 0.999 ? 6000 : Math.floor(random() * 400),
      ...(random() < 0.3 ? { user_id: `u${Math.floor(random() * 5000)}` } : {}),
    } satisfies WireRecord;
  });
}
