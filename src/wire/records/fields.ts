/** How a field's value is read and checked. */
export type FieldType =
  'timestamp' | 'level' | 'name' | 'text' | 'number' | 'integer' | 'boolean' | 'map';

interface FieldPlace {
  readonly name: string;
  readonly type: FieldType;
  /** Index among the values of its storage: texts (text, name), numbers (timestamp, number, integer) or booleans. */
  readonly slot: number;
}

const place = (name: string, type: FieldType, slot: number): FieldPlace => ({ name, type, slot });

/** Every field of a record, in the order of the wire; the index of a field is its bit in masks. */
export const FIELDS: readonly FieldPlace[] = Object.freeze([
  place('timestamp', 'timestamp', 0),
  place('level', 'level', 0),
  place('service', 'name', 0),
  place('message', 'text', 1),
  place('user_id', 'name', 2),
  place('request_id', 'text', 3),
  place('error_code', 'text', 4),
  place('duration_ms', 'number', 1),
  place('device_id', 'name', 5),
  place('attributes', 'map', 0),
  place('heart_rate', 'number', 2),
  place('hrv', 'number', 3),
  place('spo2', 'number', 4),
  place('skin_temperature', 'number', 5),
  place('steps', 'integer', 6),
  place('battery', 'number', 7),
  place('rssi', 'number', 8),
  place('worn', 'boolean', 0),
  place('charging', 'boolean', 1),
]);

/** Position of each field in {@link FIELDS}. */
export const FIELD = Object.freeze({
  timestamp: 0,
  level: 1,
  service: 2,
  message: 3,
  userId: 4,
  requestId: 5,
  errorCode: 6,
  durationMs: 7,
  deviceId: 8,
  attributes: 9,
  heartRate: 10,
  hrv: 11,
  spo2: 12,
  skinTemperature: 13,
  steps: 14,
  battery: 15,
  rssi: 16,
  worn: 17,
  charging: 18,
} as const);

export const TEXT_SLOTS = 6;
export const NUMBER_SLOTS = 9;

/** Not a field of the schema: goes to `attributes`. */
export const UNKNOWN_FIELD = -1;

const INDEX_BY_NAME: ReadonlyMap<string, number> = new Map(
  FIELDS.map(({ name }, index) => [name, index]),
);

/** Position of the field called `name` in {@link FIELDS}, or {@link UNKNOWN_FIELD}. */
export function fieldIndex(name: string): number {
  return INDEX_BY_NAME.get(name) ?? UNKNOWN_FIELD;
}
