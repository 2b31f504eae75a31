const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The greatest nesting of arrays and objects in JSON bytes, without parsing
 * them; stops counting at `limit` + 1. Brackets inside strings do not count.
 */
export function jsonDepth(bytes: Uint8Array, limit: number): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < bytes.length && deepest <= limit; index += 1) {
    const byte = bytes[index];
    if (byte === QUOTE) index = endOfString(bytes, index + 1);
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return deepest;
}

/** Where the string that began before `from` ends. */
function endOfString(bytes: Uint8Array, from: number): number {
  let index = from;
  while (index < bytes.length && bytes[index] !== QUOTE) {
    index += bytes[index] === BACKSLASH ? 2 : 1;
  }
  return index;
}
