import {
  createCipheriv,
  createDecipheriv,
  diffieHellman,
  generateKeyPairSync,
  type CipherGCMTypes,
  type KeyObject,
} from 'node:crypto';
import { WatchkeeperError } from '../core/errors.ts';
import { bigEndian, concatBytes, utf8 } from './bytes.ts';
import { hkdfExpand, hkdfExtract } from './hkdf.ts';
import { importPublicKey, rawPublicKey } from './raw-keys.ts';

/** An AEAD of RFC 9180, section 7.3. `cipher` is undefined for the export-only one. */
export interface HpkeAead {
  readonly id: number;
  readonly cipher: CipherGCMTypes | undefined;
  readonly keyBytes: number;
}

export const AES_128_GCM: HpkeAead = { id: 1, cipher: 'aes-128-gcm', keyBytes: 16 };
export const AES_256_GCM: HpkeAead = { id: 2, cipher: 'aes-256-gcm', keyBytes: 32 };
export const EXPORT_ONLY: HpkeAead = { id: 0xffff, cipher: undefined, keyBytes: 0 };

/** What both ends share after the key schedule. */
export interface HpkeContext {
  readonly key: Uint8Array;
  readonly baseNonce: Uint8Array;
  readonly exporterSecret: Uint8Array;
  /** Secret of `length` bytes bound to `context` (section 5.3). */
  export(context: Uint8Array, length: number): Uint8Array;
  /** Ciphertext and tag of message `sequence` (section 5.2, with the counter kept by the caller). */
  seal(sequence: number, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** @throws WatchkeeperError SEAL_INVALID */
  open(sequence: number, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}

export interface HpkeSendOptions {
  /** The recipient's raw X25519 public key, 32 bytes. */
  readonly recipient: Uint8Array;
  readonly info: Uint8Array;
  readonly aead: HpkeAead;
  /** X25519 private key to use once; a fresh one by default. Only tests fix it. */
  readonly ephemeral?: KeyObject;
}

export interface HpkeReceiveOptions {
  readonly privateKey: KeyObject;
  /** Raw public half of `privateKey`. */
  readonly publicKey: Uint8Array;
  readonly enc: Uint8Array;
  readonly info: Uint8Array;
  readonly aead: HpkeAead;
}

/**
 * HPKE base mode, sender (RFC 9180, SetupBaseS) with DHKEM(X25519, HKDF-SHA256) and HKDF-SHA256.
 * @throws WatchkeeperError KEY_UNKNOWN when the recipient's key is not usable.
 */
export function hpkeSend({ recipient, info, aead, ephemeral }: HpkeSendOptions): {
  readonly enc: Uint8Array;
  readonly context: HpkeContext;
} {
  const secret = ephemeral ?? generateKeyPairSync('x25519').privateKey;
  const enc = rawPublicKey(secret);
  const dh = agree(secret, recipient, 'KEY_UNKNOWN');
  return { enc, context: schedule(sharedSecret(dh, enc, recipient), info, aead) };
}

/**
 * HPKE base mode, recipient (SetupBaseR).
 * @throws WatchkeeperError SEAL_INVALID when `enc` is not a usable key.
 */
export function hpkeReceive(options: HpkeReceiveOptions): HpkeContext {
  const { privateKey, publicKey, enc, info, aead } = options;
  const dh = agree(privateKey, enc, 'SEAL_INVALID');
  return schedule(sharedSecret(dh, enc, publicKey), info, aead);
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SECRET_BYTES = 32;
const KEM_SUITE = concatBytes(utf8('KEM'), bigEndian(0x0020, 2));
const EMPTY = new Uint8Array(0);

/** X25519; OpenSSL refuses the all-zero result that section 7.1.4 asks to refuse. */
function agree(
  privateKey: KeyObject,
  publicKey: Uint8Array,
  code: 'KEY_UNKNOWN' | 'SEAL_INVALID',
): Uint8Array {
  try {
    return diffieHellman({ privateKey, publicKey: importPublicKey('x25519', publicKey) });
  } catch (cause) {
    throw new WatchkeeperError(code, 'The X25519 public key cannot be used.', { cause });
  }
}

function sharedSecret(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array {
  const key = extract({ suite: KEM_SUITE, salt: EMPTY, label: 'eae_prk', input: dh });
  const info = concatBytes(enc, recipient);
  return expand({ suite: KEM_SUITE, key, label: 'shared_secret', info, length: SECRET_BYTES });
}

function schedule(shared: Uint8Array, info: Uint8Array, aead: HpkeAead): HpkeContext {
  const suite = concatBytes(
    utf8('HPKE'),
    bigEndian(0x0020, 2),
    bigEndian(0x0001, 2),
    bigEndian(aead.id, 2),
  );
  const pskIdHash = extract({ suite, salt: EMPTY, label: 'psk_id_hash', input: EMPTY });
  const infoHash = extract({ suite, salt: EMPTY, label: 'info_hash', input: info });
  const context = concatBytes(Uint8Array.of(0), pskIdHash, infoHash);
  const secret = extract({ suite, salt: shared, label: 'secret', input: EMPTY });
  const derive = (label: string, length: number): Uint8Array =>
    expand({ suite, key: secret, label, info: context, length });
  const sealing = aead.cipher !== undefined;
  return makeContext(aead, suite, {
    key: sealing ? derive('key', aead.keyBytes) : EMPTY,
    baseNonce: sealing ? derive('base_nonce', NONCE_BYTES) : EMPTY,
    exporterSecret: derive('exp', SECRET_BYTES),
  });
}

function makeContext(
  aead: HpkeAead,
  suite: Uint8Array,
  secrets: Pick<HpkeContext, 'key' | 'baseNonce' | 'exporterSecret'>,
): HpkeContext {
  const { key, baseNonce, exporterSecret } = secrets;
  return {
    ...secrets,
    export: (info, length) => expand({ suite, key: exporterSecret, label: 'sec', info, length }),
    seal(sequence, aad, plaintext) {
      const cipher = createCipheriv(cipherOf(aead), key, nonceFor(baseNonce, sequence));
      cipher.setAAD(aad);
      return concatBytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
    },
    open(sequence, aad, ciphertext) {
      const name = cipherOf(aead);
      try {
        const split = ciphertext.length - TAG_BYTES;
        const options = { authTagLength: TAG_BYTES };
        const decipher = createDecipheriv(name, key, nonceFor(baseNonce, sequence), options);
        decipher.setAAD(aad);
        decipher.setAuthTag(ciphertext.subarray(split));
        return concatBytes(decipher.update(ciphertext.subarray(0, split)), decipher.final());
      } catch (cause) {
        throw new WatchkeeperError('SEAL_INVALID', 'The sealed message is not authentic.', {
          cause,
        });
      }
    },
  };
}

function cipherOf(aead: HpkeAead): CipherGCMTypes {
  if (aead.cipher !== undefined) return aead.cipher;
  throw new WatchkeeperError('SEAL_INVALID', 'The export-only AEAD seals nothing.');
}

/** `base` XOR `sequence` as a 96-bit big-endian number. */
function nonceFor(base: Uint8Array, sequence: number): Uint8Array {
  const nonce = bigEndian(sequence, NONCE_BYTES);
  for (let index = 0; index < NONCE_BYTES; index += 1) {
    nonce[index] = (nonce[index] ?? 0) ^ (base[index] ?? 0);
  }
  return nonce;
}

interface Extract {
  readonly suite: Uint8Array;
  readonly salt: Uint8Array;
  readonly label: string;
  readonly input: Uint8Array;
}

function extract({ suite, salt, label, input }: Extract): Uint8Array {
  return hkdfExtract(salt, concatBytes(VERSION, suite, utf8(label), input));
}

interface Expand {
  readonly suite: Uint8Array;
  readonly key: Uint8Array;
  readonly label: string;
  readonly info: Uint8Array;
  readonly length: number;
}

function expand({ suite, key, label, info, length }: Expand): Uint8Array {
  const labeled = concatBytes(bigEndian(length, 2), VERSION, suite, utf8(label), info);
  return hkdfExpand(key, labeled, length);
}

const VERSION = utf8('HPKE-v1');
