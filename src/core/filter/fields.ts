import { likelySpelling } from '../edit-distance.ts';

/** What values of a field are. */
export type FieldType = 'text' | 'name' | 'number' | 'duration' | 'time' | 'level' | 'any';

const TYPES: ReadonlyMap<string, FieldType> = new Map<string, FieldType>([
  ['timestamp', 'time'],
  ['observed_at', 'time'],
  ['level', 'level'],
  ['service', 'name'],
  ['message', 'text'],
  ['user_id', 'name'],
  ['request_id', 'name'],
  ['error_code', 'name'],
  ['duration_ms', 'duration'],
  ['device_id', 'name'],
  ['subject', 'name'],
  ...(['heart_rate', 'hrv', 'spo2', 'skin_temperature', 'steps', 'battery', 'rssi'] as const).map(
    (name) => [name, 'number'] as const,
  ),
  ['worn', 'any'],
  ['charging', 'any'],
  ['template_id', 'name'],
]);

/** Shorter names that people type. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['user', 'user_id'],
  ['device', 'device_id'],
  ['request', 'request_id'],
  ['duration', 'duration_ms'],
  ['text', 'message'],
  ['time', 'timestamp'],
]);

const PREFIX = 'attributes.';

/** Type of a field by its full name; attributes may be anything. */
export function fieldType(field: string): FieldType {
  return TYPES.get(field) ?? 'any';
}

/** Whether it is a field of every record and not an attribute. */
export function isRecordField(field: string): boolean {
  return TYPES.has(field);
}

/** The name of an attribute without the prefix that tells it from a field. */
export function attributeName(field: string): string {
  return field.startsWith(PREFIX) ? field.slice(PREFIX.length) : field;
}

/**
 * The full name of a field as typed, or the field that was likely meant. Names
 * that are no field are attributes; those much like a field need the prefix
 * `attributes.`, so that a slip of the finger does not become an empty answer.
 */
export function resolveField(
  typed: string,
): { readonly field: string } | { readonly likely: string } {
  if (typed.startsWith(PREFIX) && typed.length > PREFIX.length) {
    let path = typed;
    while (path.startsWith(PREFIX) && path.length > PREFIX.length) path = path.slice(PREFIX.length);
    return { field: TYPES.has(path) || ALIASES.has(path) ? PREFIX + path : path };
  }
  const folded = typed.toLowerCase();
  const known = ALIASES.get(folded) ?? (TYPES.has(folded) ? folded : undefined);
  if (known !== undefined) return { field: known };
  if (typed.length < 5 || typed.includes('.')) return { field: typed };
  const likely = likelySpelling(typed, TYPES.keys());
  return likely !== undefined && likely.length >= 5 ? { likely } : { field: typed };
}

/** How `format` writes a field, so that it resolves to itself. */
export function writeField(field: string): string {
  if (TYPES.has(field) || field.startsWith(PREFIX)) return field;
  const resolved = resolveField(field);
  return 'field' in resolved && resolved.field === field ? field : `${PREFIX}${field}`;
}
