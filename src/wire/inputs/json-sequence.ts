const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** JSON objects one after the other. */
interface JsonSequence {
  /** Views of the objects, not parsed yet. */
  readonly objects: readonly Uint8Array[];
  /** What follows the last whole object and is none. */
  readonly rest: Uint8Array | undefined;
}

/** Takes apart objects that follow each other with or without white space or commas between them; stops after `limit`. */
export function splitObjects(bytes: Uint8Array, limit: number): JsonSequence {
  const objects: Uint8Array[] = [];
  let at = skipBetween(bytes, 0);
  while (at < bytes.length && objects.length < limit) {
    const end = bytes[at] === 0x7b ? endOfObject(bytes, at) : -1;
    if (end < 0) return { objects, rest: bytes.subarray(at) };
    objects.push(bytes.subarray(at, end));
    at = skipBetween(bytes, end);
  }
  return { objects, rest: at < bytes.length ? bytes.subarray(at) : undefined };
}

function skipBetween(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isBetween(bytes[at] ?? 0)) at += 1;
  return at;
}

function isBetween(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0x2c;
}

/** Just after the bracket that closes the one at `from`; -1 when none does. */
function endOfObject(bytes: Uint8Array, from: number): number {
  let depth = 0;
  let isInText = false;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (isInText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isInText = false;
    } else if (byte === QUOTE) isInText = true;
    else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}
