import { crc32 } from 'node:zlib';
import { Packr } from 'msgpackr';
import { WatchkeeperError } from '../../core/errors.ts';

/** The key of a value, as parts; it is covered by the value's checksum. */
export type StoreKey = readonly (string | number)[];

const CHECKSUM_BYTES = 4;

const packr = new Packr({ useRecords: false, moreTypes: true });

/** A number that sorts in descending order as part of a key; never -0, which would be another key than 0. */
export function descending(value: number): number {
  return 0 - value;
}

/** A buffer for a value of `bytes` bytes: fill `body`, then `finish` it. */
export function newValue(bytes: number): { readonly value: Buffer; readonly body: Buffer } {
  // Not from Node's pool: the engine writes it from another thread, so it must live alone.
  const value = Buffer.allocUnsafeSlow(CHECKSUM_BYTES + bytes);
  return { value, body: value.subarray(CHECKSUM_BYTES) };
}

/** Writes the CRC-32 of key and body in front of the body. */
export function finish(key: StoreKey, value: Buffer): Buffer {
  value.writeUInt32BE(checksum(key, value), 0);
  return value;
}

export function sealBytes(key: StoreKey, bytes: Uint8Array): Buffer {
  const { value, body } = newValue(bytes.length);
  body.set(bytes);
  return finish(key, value);
}

export function sealObject(key: StoreKey, object: unknown): Buffer {
  return sealBytes(key, packr.pack(object));
}

/** The body of a value. @throws WatchkeeperError STORE_CORRUPT when it does not match its checksum. */
export function openBytes(key: StoreKey, value: Buffer): Buffer {
  const intact = value.length >= CHECKSUM_BYTES && value.readUInt32BE(0) === checksum(key, value);
  if (!intact) throw corrupt(key);
  return value.subarray(CHECKSUM_BYTES);
}

/** @throws WatchkeeperError STORE_CORRUPT */
export function openObject<Type>(key: StoreKey, value: Buffer): Type {
  const bytes = openBytes(key, value);
  try {
    return packr.unpack(bytes) as Type;
  } catch {
    throw corrupt(key);
  }
}

/** What reading damaged data ends with; the key names the place. */
export function corrupt(key: StoreKey): WatchkeeperError {
  return new WatchkeeperError(
    'STORE_CORRUPT',
    `The stored value "${key.join('/')}" does not match its checksum.`,
    { fix: 'Restore the store folder from a backup, or move it away and replay the journal.' },
  );
}

function checksum(key: StoreKey, value: Buffer): number {
  return crc32(value.subarray(CHECKSUM_BYTES), crc32(key.join('/')));
}
