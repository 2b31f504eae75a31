const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Keys that one map of JSON from outside may have: building a map of many distinct ones costs far more than its bytes. */
export const MAX_JSON_KEYS = 4_096;

/**
 * Whether JSON bytes nest at most `depth` levels and no map in them has more
 * than {@link MAX_JSON_KEYS} keys, repeated ones counted; without parsing them. Brackets inside strings do
 * not count.
 */
export function isModestJson(bytes: Uint8Array, depth: number): boolean {
  if (keys.length < depth + 2) keys = new Uint32Array(depth + 2);
  keys[0] = 0;
  let level = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (byte === QUOTE) index = endOfString(bytes, index + 1);
    else if (byte === 0x3a) {
      const count = (keys[level] ?? 0) + 1;
      if (count > MAX_JSON_KEYS) return false;
      keys[level] = count;
    } else if (byte === 0x7b || byte === 0x5b) {
      level += 1;
      if (level > depth) return false;
      keys[level] = 0;
    } else if ((byte === 0x7d || byte === 0x5d) && level > 0) level -= 1;
  }
  return true;
}

/** How many keys each open map has; kept, as most JSON that is looked at is one short line. */
let keys = new Uint32Array(128);

/** Where the string that began before `from` ends. */
function endOfString(bytes: Uint8Array, from: number): number {
  let index = from;
  while (index < bytes.length && bytes[index] !== QUOTE) {
    index += bytes[index] === BACKSLASH ? 2 : 1;
  }
  return index;
}
