import { createHmac } from 'node:crypto';
import { concatBytes } from './bytes.ts';

const HASH_BYTES = 32;

/** HKDF-Extract with SHA-256 (RFC 5869, section 2.2). */
export function hkdfExtract(salt: Uint8Array, input: Uint8Array): Uint8Array {
  return createHmac('sha256', salt).update(input).digest();
}

/** HKDF-Expand with SHA-256 (RFC 5869, section 2.3); `length` up to 8,160 bytes. */
export function hkdfExpand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (length > 255 * HASH_BYTES)
    throw new RangeError(`Expected at most 8160 bytes, got ${length}.`);
  const output = new Uint8Array(Math.ceil(length / HASH_BYTES) * HASH_BYTES);
  let previous: Uint8Array = new Uint8Array(0);
  for (let offset = 0; offset < length; offset += HASH_BYTES) {
    const counter = Uint8Array.of(offset / HASH_BYTES + 1);
    previous = createHmac('sha256', key)
      .update(concatBytes(previous, info, counter))
      .digest();
    output.set(previous, offset);
  }
  return output.subarray(0, length);
}
