import { FIELD, fieldIndex } from './fields.ts';

/** A map key, with the field it names. */
export interface Key {
  readonly name: string;
  /** Index in FIELDS, or UNKNOWN_FIELD. */
  readonly field: number;
  /** Whether its values are likely few, so that looking them up pays. */
  readonly isRepeated: boolean;
  /** False for `__proto__` and for keys too long to keep. */
  readonly isAllowed: boolean;
}

/** Finds keys and short texts by their bytes without building a string each time. */
export interface KeyTable {
  find(bytes: Buffer, from: number, length: number): Key;
  text(bytes: Buffer, from: number, length: number): string;
}

const KEY_SLOTS = 256;
const TEXT_SLOTS = 1024;
const REPEATED: ReadonlySet<number> = new Set([
  FIELD.level,
  FIELD.service,
  FIELD.userId,
  FIELD.errorCode,
  FIELD.deviceId,
]);
const LONGEST_CACHED = 24;
const LONGEST_KEY = 256;

/**
 * A direct-mapped cache: each slot holds the last key or text that hashed to
 * it, compared byte by byte, so hostile input can only cause misses. Only
 * ASCII (as many characters as bytes) is kept, so a hit equals a fresh decoding. Memory: at most 1,280 texts of 24 characters.
 */
export function createKeyTable(): KeyTable {
  const keys: (Key | undefined)[] = Array.from({ length: KEY_SLOTS });
  const texts: string[] = Array.from({ length: TEXT_SLOTS }, () => '');
  return {
    find(bytes, from, length) {
      if (length > LONGEST_CACHED || length === 0) return newKey(slice(bytes, from, length));
      const slot = hash(bytes, from, length) & (KEY_SLOTS - 1);
      const cached = keys[slot];
      if (cached !== undefined && isSame(cached.name, bytes, from)) {
        if (cached.name.length === length) return cached;
      }
      const key = newKey(slice(bytes, from, length));
      if (key.name.length === length) keys[slot] = key;
      return key;
    },
    text(bytes, from, length) {
      if (length > LONGEST_CACHED || length === 0) return slice(bytes, from, length);
      const slot = hash(bytes, from, length) & (TEXT_SLOTS - 1);
      const cached = texts[slot] ?? '';
      if (cached.length === length && isSame(cached, bytes, from)) return cached;
      const text = slice(bytes, from, length);
      if (text.length === length) texts[slot] = text;
      return text;
    },
  };
}

function newKey(name: string): Key {
  const isAllowed = name !== '__proto__' && name.length <= LONGEST_KEY;
  const field = fieldIndex(name);
  return { name, field, isRepeated: REPEATED.has(field), isAllowed };
}

/** Reads first, middle and last bytes: enough for names, and constant time. */
function hash(bytes: Buffer, from: number, length: number): number {
  const first = bytes[from] ?? 0;
  const second = bytes[from + 1] ?? 0;
  const middle = bytes[from + (length >> 1)] ?? 0;
  const last = bytes[from + length - 1] ?? 0;
  const beforeLast = bytes[from + length - 2] ?? 0;
  let mixed = Math.imul(length * 31 + first, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (second << 16) ^ (middle << 8) ^ last ^ (beforeLast << 20), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function isSame(text: string, bytes: Buffer, from: number): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) !== bytes[from + index]) return false;
  }
  return true;
}

function slice(bytes: Buffer, from: number, length: number): string {
  return bytes.toString('utf8', from, from + length);
}
