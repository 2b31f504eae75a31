import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { importPrivateKey, importPublicKey, rawPrivateKey, rawPublicKey } from './raw-keys.ts';

/** A watch's Ed25519 identity. The raw forms are 32 bytes each (RFC 8032). */
export interface DeviceKey {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

export function generateDeviceKey(): DeviceKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { publicKey: rawPublicKey(privateKey), privateKey: rawPrivateKey(privateKey) };
}

/** The public half of a raw private key, for enrolment. */
export function devicePublicKey(privateKey: Uint8Array): Uint8Array {
  return rawPublicKey(importPrivateKey('ed25519', privateKey));
}

/** Ready for repeated use; a raw key is imported, a ready one is returned as it is. */
export function devicePrivateKeyObject(key: Uint8Array | KeyObject): KeyObject {
  return key instanceof Uint8Array ? importPrivateKey('ed25519', key) : key;
}

/** Ready for repeated use; a raw key is imported, a ready one is returned as it is. */
export function devicePublicKeyObject(key: Uint8Array | KeyObject): KeyObject {
  return key instanceof Uint8Array ? importPublicKey('ed25519', key) : key;
}
