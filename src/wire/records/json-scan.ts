const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Keys that one map of JSON from outside may have: building a map of many distinct ones costs far more than its bytes. */
export const MAX_JSON_KEYS = 4_096;

/** What a byte outside of texts is. */
export const KINDS = Object.freeze({
  plain: 0,
  quote: 1,
  comma: 2,
  colon: 3,
  open: 4,
  close: 5,
  /** May not stand there. */
  bad: 6,
});

/** The kind of each byte. */
export const KIND = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === QUOTE) return KINDS.quote;
  if (byte === 0x2c) return KINDS.comma;
  if (byte === 0x3a) return KINDS.colon;
  if (byte === 0x5b || byte === 0x7b) return KINDS.open;
  if (byte === 0x5d || byte === 0x7d) return KINDS.close;
  return byte > 0x7e ? KINDS.bad : KINDS.plain;
});

/**
 * Whether JSON bytes nest at most `depth` levels and no map in them has more
 * than {@link MAX_JSON_KEYS} keys, repeated ones counted; without parsing them. Brackets inside strings do
 * not count. Also `false` when a byte stands outside of texts that no JSON has there.
 */
export function isModestJson(bytes: Uint8Array, depth: number): boolean {
  if (keys.length < depth + 2) keys = new Uint32Array(depth + 2);
  keys[0] = 0;
  let level = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const kind = KIND[bytes[index] ?? 0];
    if (kind === KINDS.plain || kind === KINDS.comma) continue;
    if (kind === KINDS.quote) index = endOfString(bytes, index + 1);
    else if (kind === KINDS.colon) {
      const count = (keys[level] ?? 0) + 1;
      if (count > MAX_JSON_KEYS) return false;
      keys[level] = count;
    } else if (kind === KINDS.open) {
      level += 1;
      if (level > depth) return false;
      keys[level] = 0;
    } else if (kind === KINDS.bad) return false;
    else if (level > 0) level -= 1;
  }
  return true;
}

/** How many keys each open map has; kept, as most JSON that is looked at is one short line. */
let keys = new Uint32Array(128);

/** Where the string that began before `from` ends. */
export function endOfString(bytes: Uint8Array, from: number): number {
  let index = from;
  while (index < bytes.length && bytes[index] !== QUOTE) {
    index += bytes[index] === BACKSLASH ? 2 : 1;
  }
  return index;
}
