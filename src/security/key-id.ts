import { createHash } from 'node:crypto';
import { hex } from './bytes.ts';

/** Id of a site key: the first 32 hex digits of the SHA-256 of its raw public key. */
export function keyIdOf(publicKey: Uint8Array): string {
  return hex(createHash('sha256').update(publicKey).digest().subarray(0, 16));
}
