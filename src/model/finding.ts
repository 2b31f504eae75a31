import type { LogRecord } from './record.ts';
import type { Severity } from './severity.ts';
import type { SubjectId } from './subject.ts';

/**
 * What a detector reports. Pure data: the same log gives the same findings.
 * `open` raises an alert (or repeats the one that is open under the same
 * subject, detector and key); `update` refreshes its facts; `resolve` ends it.
 */
export interface Finding {
  readonly action: 'open' | 'update' | 'resolve';
  /** Detector id as in the configuration, for example `error_spike`. */
  readonly detector: string;
  /** Version of the detector's logic; part of the alert's identity. */
  readonly version: number;
  /** Alert type, for example `error_spike`. */
  readonly type: string;
  readonly severity: Severity;
  readonly subject: SubjectId;
  /** Aggregation key within the subject; '' when there is one alert per subject. For example a route. */
  readonly key: string;
  /** What made it fire: `<lsn>.<ordinal of the record>` for a record, `deadline:<ms>` for absence. */
  readonly trigger: string;
  /** Event time in ms at which the condition became true. */
  readonly at: number;
  /** One line for people, for example `150 errors in 5 minutes`. */
  readonly summary: string;
  /** What to do, for example `Investigate immediately`. */
  readonly actionRequired: string;
  readonly evidence: Evidence;
}

/** Why the finding holds. Every value is JSON; sizes are bounded by the detector. */
export interface Evidence {
  /** The measured value that crossed the threshold, in `unit`. */
  readonly value: number;
  readonly threshold: number;
  readonly unit: string;
  /** Length of the window in ms, 0 when there is none. */
  readonly windowMs: number;
  /** Up to 5 records, as `wire` JSON without their attributes. */
  readonly samples: readonly EvidenceSample[];
  /** More facts, such as percentiles or top messages; at most 16 keys. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export type EvidenceSample = Pick<
  LogRecord,
  | 'timestamp'
  | 'level'
  | 'service'
  | 'message'
  | 'requestId'
  | 'errorCode'
  | 'durationMs'
  | 'userId'
>;
