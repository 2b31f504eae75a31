import { checkAttributes } from '../../records/attributes.ts';

/** Keys of one record's attributes; what is beyond is put together as JSON under `more`. */
const MAX_KEYS = 200;
const MAX_KEY_LENGTH = 256;
const MAX_TEXT_KEPT = 32_768;

/** Adds a value under a key from outside: `__proto__` gets another name, a key that is taken becomes a list. */
export function addAttribute(
  attributes: Record<string, unknown>,
  key: string,
  value: unknown,
): void {
  const name = safeKey(key);
  const before = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (before === undefined) attributes[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else attributes[name] = [before, value];
}

/** A key that may stand in a record. */
export function safeKey(key: string): string {
  if (key === '__proto__') return '_proto_';
  return key.length > MAX_KEY_LENGTH ? key.slice(0, MAX_KEY_LENGTH) : key;
}

/**
 * The attributes as a record may hold them: values that it may not (nested too
 * deep, too many, `__proto__` inside) become JSON text, keys beyond the limit
 * one JSON text under `more`.
 */
export function storableAttributes(
  attributes: Record<string, unknown>,
): Readonly<Record<string, unknown>> {
  if (checkAttributes(attributes, 1) === undefined && !hasTooMany(attributes)) return attributes;
  const kept: Record<string, unknown> = {};
  const more: Record<string, unknown> = {};
  let count = 0;
  for (const [key, value] of Object.entries(attributes)) {
    count += 1;
    if (count > MAX_KEYS) more[key] = value;
    else kept[key] = isFlat(value) ? value : jsonText(value);
  }
  if (count > MAX_KEYS) kept['more'] = jsonText(more);
  return kept;
}

function hasTooMany(attributes: Record<string, unknown>): boolean {
  return Object.keys(attributes).length > MAX_KEYS;
}

function isFlat(value: unknown): boolean {
  if (typeof value !== 'object') return typeof value !== 'number' || Number.isFinite(value);
  return value === null;
}

/** JSON of a value that may nest too deep for the stack of `JSON.stringify`. */
function jsonText(value: unknown): string {
  try {
    return String(JSON.stringify(value)).slice(0, MAX_TEXT_KEPT);
  } catch {
    return 'nested too deep';
  }
}
