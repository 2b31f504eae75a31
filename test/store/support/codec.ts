import { Packr } from 'msgpackr';
import type { DecodePayload, WireRecord } from '../../../src/store/store.ts';

const packr = new Packr({ useRecords: false });

/** A payload as a device sends it: a msgpack array of plain maps. */
export function encode(records: readonly WireRecord[]): Uint8Array {
  return packr.pack(records);
}

export const decode: DecodePayload = (payload) => packr.unpack(payload) as readonly WireRecord[];
