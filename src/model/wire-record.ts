import type { LevelName } from './level.ts';

/** A record as it is outside the process: the field names of `config/log_schema.yaml`. */
export interface WireRecord {
  /** Event time in ms since the epoch. */
  readonly timestamp: number;
  readonly level: LevelName;
  readonly service: string;
  readonly message: string;
  readonly user_id?: string;
  readonly request_id?: string;
  readonly error_code?: string;
  readonly duration_ms?: number;
  readonly device_id?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly heart_rate?: number;
  readonly hrv?: number;
  readonly spo2?: number;
  readonly skin_temperature?: number;
  readonly steps?: number;
  readonly battery?: number;
  readonly rssi?: number;
  readonly worn?: boolean;
  readonly charging?: boolean;
  /** Set by the site when it reads a stored record back, never by a sender: template of the message (docs/templates.md). */
  readonly template_id?: string;
}
