import { judgeMinute } from './judge-minute.ts';
import { takeReading } from './minute.ts';
import { STATE_SIZE } from './vitals-layout.ts';
import { initialVitals, isVitalsState } from './vitals-prior.ts';
import type { VitalsSample, VitalsVerdict } from './vitals-verdict.ts';

/** One wearer's whole state: plain numbers, under 2 KB, as msgpack keeps them. */
export type VitalsState = Float64Array;

/** A pure state machine; it is shared by all wearers. */
export interface VitalsContext {
  /** Length of a state's array. */
  readonly size: number;
  /** A wearer of whom nothing is known: judged by the fleet's prior from the first minute. */
  initial(): VitalsState;
  /**
   * Takes one reading; `state` is not changed. A verdict comes about once a
   * minute, when the watch is worn, not charging and has a heart rate.
   * Readings out of order and repeated ones change nothing.
   */
  observe(
    state: VitalsState,
    sample: VitalsSample,
  ): { readonly state: VitalsState; readonly verdict?: VitalsVerdict };
  /** The same on a state that the caller owns: changes `state`. For batches: copy once, then advance. */
  advance(state: VitalsState, sample: VitalsSample): VitalsVerdict | undefined;
  /** Whether data read back is a state of this version. */
  isState(data: unknown): data is VitalsState;
}

export interface VitalsContextOptions {
  /** False alarms that a wearer may see, per week of wear day and night, about. @default 5 */
  readonly alarmsPerWeek: number;
  /** What `vitalsFleetPrior` gives; a grown person's about when left out. */
  readonly prior?: VitalsState;
}

/** False alarms per week of wear of the shipped threshold: of the model, the detector and what is measured. */
export const ALARMS_PER_WEEK = 5;
const HALF_HOURS_A_WEEK = 336;

export function createVitalsContext(options: Partial<VitalsContextOptions> = {}): VitalsContext {
  const share = (options.alarmsPerWeek ?? ALARMS_PER_WEEK) / HALF_HOURS_A_WEEK;
  const rarity = Math.max(0, -Math.log10(share));
  const advance = (state: VitalsState, sample: VitalsSample): VitalsVerdict | undefined => {
    const minute = takeReading(state, sample);
    return minute === undefined ? undefined : judgeMinute(state, minute, rarity);
  };
  return {
    size: STATE_SIZE,
    initial: () => initialVitals(options.prior),
    observe(state, sample) {
      const next = state.slice();
      const verdict = advance(next, sample);
      return verdict === undefined ? { state: next } : { state: next, verdict };
    },
    advance,
    isState: isVitalsState,
  };
}
