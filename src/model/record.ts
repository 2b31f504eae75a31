import type { Level } from './level.ts';

/** One reading of a watch; a field is undefined when the sensor gave none. */
export interface Vitals {
  /** Beats per minute. */
  readonly heartRate: number | undefined;
  /** Heart-rate variability (RMSSD) in ms. */
  readonly hrv: number | undefined;
  /** Blood oxygen saturation in percent. */
  readonly spo2: number | undefined;
  /** Degrees Celsius. */
  readonly skinTemperature: number | undefined;
  /** Steps since the previous reading. */
  readonly steps: number | undefined;
  /** Percent. */
  readonly battery: number | undefined;
  /** Signal strength in dBm. */
  readonly rssi: number | undefined;
  readonly worn: boolean | undefined;
  readonly charging: boolean | undefined;
}

/**
 * One validated log record or vital sign. Every record has every key, in this
 * order, so that the hot path sees one hidden class; what the fold adds may be missing elsewhere.
 */
export interface LogRecord {
  /** Event time in ms since the epoch, clamped to [observed − 7 d, observed + 5 min] but for what is imported. */
  readonly timestamp: number;
  readonly level: Level;
  readonly service: string;
  readonly message: string;
  readonly userId: string | undefined;
  readonly requestId: string | undefined;
  readonly errorCode: string | undefined;
  /** Milliseconds. */
  readonly durationMs: number | undefined;
  readonly deviceId: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
  readonly vitals: Vitals | undefined;
  /** Template of the message (docs/templates.md), once the record's subject has folded it. Not stored with the record. */
  readonly templateId?: string | undefined;
  /** The record is the first of its template. */
  readonly isNewTemplate?: boolean | undefined;
  /** How rare the template was among the subject's messages: −log10 of its share, 0 to 6. */
  readonly templateRarity?: number | undefined;
}
