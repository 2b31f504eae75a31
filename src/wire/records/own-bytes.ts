import { Packr } from 'msgpackr';
import { MSGPACK_LIMITS } from './msgpack-limits.ts';
import type { MsgpackReader } from './msgpack-reader.ts';

const PLAIN = new Packr({ useRecords: false, variableMapSize: true });

/**
 * The bytes of single records of a payload that was read whole before, by
 * ordinal, each readable without what stood before it: a record that leans on
 * an inline structure is written anew with its keys. One that holds what
 * plain msgpack lacks is left out.
 */
export function ownBytes(
  reader: MsgpackReader,
  payload: Uint8Array,
  ordinals: ReadonlySet<number>,
): ReadonlyMap<number, Uint8Array> {
  const own = new Map<number, Uint8Array>();
  reader.load(payload);
  const count = reader.arrayHeader();
  for (let ordinal = 0; ordinal < count; ordinal += 1) {
    const value = reader.value();
    if (ordinals.has(ordinal) && isPlain(value, 0)) own.set(ordinal, PLAIN.pack(value));
  }
  return own;
}

function isPlain(value: unknown, depth: number): boolean {
  if (depth > MSGPACK_LIMITS.depth) return false;
  if (typeof value === 'symbol' || value instanceof Uint8Array) return false;
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every((each) => isPlain(each, depth + 1));
}
