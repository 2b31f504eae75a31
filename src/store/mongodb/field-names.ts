/**
 * Keys that people chose, such as `http.status` in attributes: `.`, a leading
 * `$` and `%` are written as `%` and two hex digits, because servers refuse or
 * misread them in field names.
 */
export function escapeKeys(value: unknown): unknown {
  return mapKeys(value, (key) => key.replace(/%|\.|^\$|\0/g, hex));
}

/** The reverse of {@link escapeKeys}. */
export function unescapeKeys(value: unknown): unknown {
  return mapKeys(value, (key) =>
    key.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16))),
  );
}

/** `detectorVersion` → `detector_version`, for fields that the code names. */
export function toSnake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `detector_version` → `detectorVersion`. */
export function toCamel(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Renames the fields of one object, not of what it holds. */
export function renameFields(
  object: object,
  rename: (key: string) => string,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), value]));
}

function hex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function mapKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => mapKeys(each, rename));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [rename(key), mapKeys(each, rename)]),
  );
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
