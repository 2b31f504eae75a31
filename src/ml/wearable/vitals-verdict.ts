import type { Member } from '../ensemble/ensemble.ts';

/** One reading of a watch, as the context model takes it. `undefined` where the sensor gave none. */
export interface VitalsSample {
  /** Event time in ms since the epoch. */
  readonly timestamp: number;
  /** Beats per minute. */
  readonly heartRate: number | undefined;
  /** Steps since the previous reading. */
  readonly steps: number | undefined;
  /** How hard the wearer moves, 0 (at rest) to 3 (very active), where the watch says it. */
  readonly intensity?: number | undefined;
  readonly worn?: boolean | undefined;
  readonly charging?: boolean | undefined;
}

/**
 * What a heart rate did against what its wearer's context let expect:
 * `tachycardia_at_rest`: above it without effort; `bradycardia`: below it;
 * `stuck_sensor`: the same reading too long; `no_response`: effort without the
 * pulse that goes with it; `unexpected_rate`: outside the band otherwise.
 */
export type VitalsCondition =
  'tachycardia_at_rest' | 'bradycardia' | 'stuck_sensor' | 'no_response' | 'unexpected_rate';

/** A judgement of about one minute. Wellness only: no medical device. */
export interface VitalsVerdict {
  /** Event time in ms of the reading that completed the minute. */
  readonly timestamp: number;
  /** −log10 of how often a normal minute of this wearer looks this unusual: 0 to 16. */
  readonly surprise: number;
  /** What fits best; a name for people, meaningful when the surprise is high. */
  readonly condition: VitalsCondition;
  /** Beats per minute: the mean measured, the expectation, and the band that 99 of 100 normal minutes keep. */
  readonly heartRate: number;
  readonly expected: number;
  readonly low: number;
  readonly high: number;
  /** Minutes for which the reading has been the same. */
  readonly flatMinutes: number;
  /** Which way of looking found how much. */
  readonly members: readonly Member[];
  /** The surprise at which this wearer's alarm is given. */
  readonly threshold: number;
  /** Whether the surprise is past the threshold. It stays so until the surprise has fallen, so one event is one run of alarms. */
  readonly isAlarm: boolean;
}
