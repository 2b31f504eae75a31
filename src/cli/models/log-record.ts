import { LEVEL_BY_NAME, type LevelName } from '../../model/level.ts';
import type { LogRecord, Vitals } from '../../model/record.ts';
import type { NamedValues } from './named-values.ts';

/** The record of these values, as a detector sees it; `undefined` without a time. */
export function logRecordOf(values: NamedValues): LogRecord | undefined {
  const timestamp = timeOf(values['timestamp']);
  if (timestamp === undefined) return undefined;
  return {
    timestamp,
    level: LEVEL_BY_NAME[values['level'] as LevelName] ?? LEVEL_BY_NAME.INFO,
    service: textOf(values['service']) ?? 'unknown',
    message: textOf(values['message']) ?? '',
    userId: textOf(values['user_id']),
    requestId: textOf(values['request_id']),
    errorCode: textOf(values['error_code']),
    durationMs: numberOf(values['duration_ms']),
    deviceId: textOf(values['device_id']) ?? deviceOf(values['subject']),
    attributes: undefined,
    vitals: vitalsOf(values),
  };
}

function vitalsOf(values: NamedValues): Vitals | undefined {
  const vitals = {
    heartRate: numberOf(values['heart_rate']),
    hrv: numberOf(values['hrv']),
    spo2: numberOf(values['spo2']),
    skinTemperature: numberOf(values['skin_temperature']),
    steps: numberOf(values['steps']),
    battery: numberOf(values['battery']),
    rssi: numberOf(values['rssi']),
    worn: flagOf(values['worn']),
    charging: flagOf(values['charging']),
  };
  return Object.values(vitals).some((value) => value !== undefined) ? vitals : undefined;
}

/** Ms since the epoch, or a text that says when. */
function timeOf(value: unknown): number | undefined {
  const number = numberOf(value);
  if (number !== undefined) return number;
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** A record that came from a watch may name it by its subject only. */
function deviceOf(subject: unknown): string | undefined {
  return typeof subject === 'string' && subject.startsWith('device:')
    ? subject.slice('device:'.length)
    : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'string' ? value.trim() === '' : typeof value !== 'number') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' || value === 'false' ? value === 'true' : undefined;
}
