import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { WatchkeeperError } from '../core/errors.ts';
import { concatBytes, fromHex } from './bytes.ts';

/** The two curves in use; each has keys of 32 bytes. */
export type Curve = 'x25519' | 'ed25519';

const JWK_NAME = { x25519: 'X25519', ed25519: 'Ed25519' } as const;
// DER of everything before the raw key (RFC 8410).
const PKCS8 = {
  x25519: '302e020100300506032b656e04220420',
  ed25519: '302e020100300506032b657004220420',
} as const;
const KEY_BYTES = 32;

/** @throws WatchkeeperError KEY_UNKNOWN when `raw` is not 32 bytes. */
export function importPublicKey(curve: Curve, raw: Uint8Array): KeyObject {
  // As JWK (RFC 8037): OpenSSL takes 7 µs for it and about 100 µs for DER, on every hello.
  const x = Buffer.from(checked(raw)).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: JWK_NAME[curve], x }, format: 'jwk' });
}

/** @throws WatchkeeperError KEY_UNKNOWN when `raw` is not 32 bytes. */
export function importPrivateKey(curve: Curve, raw: Uint8Array): KeyObject {
  const der = concatBytes(fromHex(PKCS8[curve]), checked(raw));
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
}

/** The 32 bytes of a public key; of a private key, its public half. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return new Uint8Array(half.export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES));
}

/** The 32 secret bytes of a private key. */
export function rawPrivateKey(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }).subarray(-KEY_BYTES));
}

function checked(raw: Uint8Array): Uint8Array {
  if (raw.length === KEY_BYTES) return raw;
  throw new WatchkeeperError('KEY_UNKNOWN', `Expected a key of 32 bytes, got ${raw.length}.`);
}
