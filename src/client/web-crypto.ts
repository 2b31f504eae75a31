import { bigEndian, concatBytes, utf8 } from '../security/bytes.ts';
import { writeHeader, HEADER_BYTES, TAG_BYTES } from '../wire/frame.ts';
import {
  aadSuffix,
  exporterContexts,
  LANE_KEY_BYTES,
  LANE_NONCE_BYTES,
  sealInfo,
  writeNonce,
  type SealScope,
} from '../wire/seal-context.ts';
import { joinSecrets, splitSecrets } from './lane-secrets.ts';
import type { EpochSeal, WatchCrypto } from './ports.ts';

/**
 * Cryptography of a watch on the Web Crypto API (X25519 and Ed25519: Chrome
 * 137, Firefox 130, Safari 17, Node 20). `privateKey` may be a key that
 * cannot be exported.
 */
export function webCrypto(privateKey: CryptoKey): WatchCrypto {
  return {
    async openEpoch(scope, recipient) {
      const { enc, shared } = await encapsulate(recipient);
      const exporter = await exporterSecret(shared, sealInfo(scope));
      const lanes = await Promise.all(
        ([0, 1] as const).map(async (lane) => {
          const names = exporterContexts(lane);
          return {
            key: await exportSecret(exporter, names.key, LANE_KEY_BYTES),
            baseNonce: await exportSecret(exporter, names.nonce, LANE_NONCE_BYTES),
          };
        }),
      );
      return epochSeal(scope, enc, joinSecrets(lanes));
    },
    resumeEpoch: (scope, { enc, secrets }) => epochSeal(scope, enc, secrets),
    async sign(input) {
      return new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, own(input)));
    },
    async sha256(bytes) {
      return new Uint8Array(await crypto.subtle.digest('SHA-256', own(bytes)));
    },
  };
}

/** Makes a device key that never leaves this browser, and its raw public half for enrolment. */
export async function generateWebDeviceKey(): Promise<{
  readonly privateKey: CryptoKey;
  readonly publicKey: Uint8Array;
}> {
  const pair = (await crypto.subtle.generateKey('Ed25519', false, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const raw = await crypto.subtle.exportKey('raw', pair.publicKey);
  return { privateKey: pair.privateKey, publicKey: new Uint8Array(raw) };
}

const KEM = concatBytes(utf8('KEM'), bigEndian(0x0020, 2));
const SUITE = concatBytes(utf8('HPKE'), bigEndian(0x0020, 2), bigEndian(1, 2), bigEndian(2, 2));
const VERSION = utf8('HPKE-v1');
const EMPTY = new Uint8Array(0);
const SECRET_BYTES = 32;

interface SealingLane {
  readonly key: CryptoKey;
  readonly baseNonce: Uint8Array;
  readonly suffix: Uint8Array;
}

async function epochSeal(
  scope: SealScope,
  enc: Uint8Array,
  secrets: Uint8Array,
): Promise<EpochSeal> {
  const suffix = aadSuffix(scope);
  const lanes = await Promise.all(
    ([0, 1] as const).map(async (lane): Promise<SealingLane> => {
      const { key, baseNonce } = splitSecrets(secrets, lane);
      const imported = await crypto.subtle.importKey('raw', own(key), 'AES-GCM', false, [
        'encrypt',
      ]);
      return { key: imported, baseNonce, suffix };
    }),
  );
  const seal: EpochSeal['seal'] = async (header, plaintext) => {
    const lane = lanes[header.lane];
    if (lane === undefined) throw new RangeError(`There is no lane ${header.lane}.`);
    return sealFrame(lane, header, plaintext);
  };
  return { enc, secrets, seal };
}

async function sealFrame(
  { key, baseNonce, suffix }: SealingLane,
  header: Parameters<EpochSeal['seal']>[0],
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const clear = new Uint8Array(HEADER_BYTES);
  writeHeader(clear, { ...header, length: plaintext.length + TAG_BYTES });
  const iv = new Uint8Array(LANE_NONCE_BYTES);
  writeNonce(iv, baseNonce, header.seq);
  const additionalData = own(concatBytes(clear, suffix));
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData },
    key,
    own(plaintext),
  );
  return concatBytes(clear, new Uint8Array(sealed));
}

/** DHKEM(X25519, HKDF-SHA256), Encap (RFC 9180, section 4.1). */
async function encapsulate(
  recipient: Uint8Array,
): Promise<{ readonly enc: Uint8Array; readonly shared: Uint8Array }> {
  const { subtle } = crypto;
  const pair = (await subtle.generateKey('X25519', false, ['deriveBits'])) as CryptoKeyPair;
  const enc = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
  const other = await subtle.importKey('raw', own(recipient), 'X25519', false, []);
  const dh = await subtle.deriveBits({ name: 'X25519', public: other }, pair.privateKey, 256);
  const secret = await extract(
    EMPTY,
    concatBytes(VERSION, KEM, utf8('eae_prk'), new Uint8Array(dh)),
  );
  const info = concatBytes(KEM, utf8('shared_secret'), enc, recipient);
  return { enc, shared: await expand(secret, info, SECRET_BYTES) };
}

/** The key schedule of base mode as far as the exporter secret (section 5.1). */
async function exporterSecret(shared: Uint8Array, info: Uint8Array): Promise<Uint8Array> {
  const labeled = (label: string, input: Uint8Array): Uint8Array =>
    concatBytes(VERSION, SUITE, utf8(label), input);
  const context = concatBytes(
    Uint8Array.of(0),
    await extract(EMPTY, labeled('psk_id_hash', EMPTY)),
    await extract(EMPTY, labeled('info_hash', info)),
  );
  const secret = await extract(shared, labeled('secret', EMPTY));
  return expand(secret, concatBytes(SUITE, utf8('exp'), context), SECRET_BYTES);
}

function exportSecret(
  exporter: Uint8Array,
  context: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  return expand(exporter, concatBytes(SUITE, utf8('sec'), context), length);
}

/** HMAC pads its key with zeros, so 32 of them stand for the empty salt that Web Crypto refuses. */
function extract(salt: Uint8Array, input: Uint8Array): Promise<Uint8Array> {
  return hmac(salt.length === 0 ? new Uint8Array(SECRET_BYTES) : salt, input);
}

/** LabeledExpand for at most 32 bytes: one block of HKDF. */
async function expand(
  key: Uint8Array,
  suiteLabelInfo: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  const input = concatBytes(bigEndian(length, 2), VERSION, suiteLabelInfo, Uint8Array.of(1));
  return (await hmac(key, input)).subarray(0, length);
}

async function hmac(key: Uint8Array, input: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', own(key), algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, own(input)));
}

/** A copy on a buffer of its own, as Web Crypto's types ask. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
