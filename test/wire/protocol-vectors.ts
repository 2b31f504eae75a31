import { createHash } from 'node:crypto';
import { pack } from 'msgpackr';
import { concatBytes, hex } from '../../src/security/bytes.ts';
import { devicePublicKey } from '../../src/security/device-key.ts';
import { AES_256_GCM, hpkeSend } from '../../src/security/hpke.ts';
import { keyIdOf } from '../../src/security/key-id.ts';
import { importPrivateKey, rawPublicKey } from '../../src/security/raw-keys.ts';
import { encodeControlFrame } from '../../src/wire/control.ts';
import { FRAME, HEADER_BYTES } from '../../src/wire/frame.ts';
import { encodeGap } from '../../src/wire/gap.ts';
import { helloInput, type HelloContext } from '../../src/wire/hello-input.ts';
import { signHello } from '../../src/wire/hello.ts';
import { createLaneCipher } from '../../src/wire/lane-cipher.ts';
import { aadSuffix, exporterContexts, sealInfo, writeNonce } from '../../src/wire/seal-context.ts';
import type { Lane } from '../../src/model/frame.ts';

const site = 'local';
const device = 'watch-0001';
const epoch = 7;
const repeat = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const secrets = { site: repeat(0x11), device: repeat(0x22), ephemeral: repeat(0x33) };
const challenge = Uint8Array.from({ length: 32 }, (_, index) => index);
const signedAt = 1_767_225_600_500;

/** The one record of the worked example. */
const RECORDS = [
  {
    timestamp: 1_767_225_600_000,
    level: 'INFO',
    service: 'watch',
    message: 'vitals',
    heart_rate: 61,
    worn: true,
  },
];
const GAP = { dropped: [0, 0, 12, 340] as const, from: 1_767_225_000_000, to: 1_767_225_500_000 };

/** The content of docs/vectors/protocol-v1.json, from fixed keys. */
export function protocolVectors(): Readonly<Record<string, unknown>> {
  const sitePublic = rawPublicKey(importPrivateKey('x25519', secrets.site));
  const keyId = keyIdOf(sitePublic);
  const scope = { site, device, epoch };
  const { enc, context } = hpkeSend({
    recipient: sitePublic,
    info: sealInfo(scope),
    aead: AES_256_GCM,
    ephemeral: importPrivateKey('x25519', secrets.ephemeral),
  });
  const lane = (index: Lane) => {
    const names = exporterContexts(index);
    return {
      key: context.export(names.key, 32),
      nonce: context.export(names.nonce, 12),
      cipher: createLaneCipher(context, index, scope),
    };
  };
  const lanes = [lane(0), lane(1)] as const;
  const unsigned = {
    device,
    epoch,
    key_id: keyId,
    enc,
    acked: [0, 0] as const,
    firmware: '1.4.2',
    clock: 1_767_225_600_123,
  };
  const data = frameVector({ lane: lanes[0], seq: 1, gap: false, plaintext: pack(RECORDS) });
  const gap = frameVector({ lane: lanes[0], seq: 2, gap: true, plaintext: encodeGap(GAP) });
  const rest = concatBytes(data.bytes, gap.bytes);
  const bodyHash = createHash('sha256').update(rest).digest();
  return {
    about: 'Watchkeeper protocol 1; bytes are hex. See docs/protocol.md.',
    site: {
      name: site,
      private_key: hex(secrets.site),
      public_key: hex(sitePublic),
      key_id: keyId,
    },
    device: {
      id: device,
      private_key: hex(secrets.device),
      public_key: hex(devicePublicKey(secrets.device)),
    },
    seal: {
      epoch,
      ephemeral_private_key: hex(secrets.ephemeral),
      enc: hex(enc),
      info: hex(sealInfo(scope)),
      exporter_secret: hex(context.exporterSecret),
      urgent: { key: hex(lanes[0].key), nonce: hex(lanes[0].nonce) },
      bulk: { key: hex(lanes[1].key), nonce: hex(lanes[1].nonce) },
    },
    hello: helloVector(unsigned, { challenge }),
    hello_by_post: helloVector({ ...unsigned, signed_at: signedAt }, { signedAt, bodyHash }),
    data: { ...data, bytes: hex(data.bytes), records: RECORDS },
    gap: { ...gap, bytes: hex(gap.bytes), report: GAP },
    nonces: [1, 256, Number.MAX_SAFE_INTEGER].map((seq) => ({
      seq,
      urgent: hex(nonceOf(lanes[0].nonce, seq)),
    })),
  };
}

interface FrameCase {
  readonly lane: {
    readonly key: Uint8Array;
    readonly nonce: Uint8Array;
    readonly cipher: ReturnType<typeof createLaneCipher>;
  };
  readonly seq: number;
  readonly gap: boolean;
  readonly plaintext: Uint8Array;
}

function frameVector({ lane, seq, gap, plaintext }: FrameCase) {
  const kind = gap ? FRAME.gap : FRAME.data;
  const header = { kind, frameClass: 1, lane: 0, epoch, seq } as const;
  const bytes = lane.cipher.seal(header, plaintext);
  const clear = bytes.subarray(0, HEADER_BYTES);
  return {
    kind,
    class: 1,
    lane: 0,
    seq,
    plaintext: hex(plaintext),
    header: hex(clear),
    aad: hex(concatBytes(clear, aadSuffix({ site, device }))),
    nonce: hex(nonceOf(lane.nonce, seq)),
    bytes,
  };
}

function helloVector(body: Parameters<typeof helloInput>[0], context: HelloContext) {
  const signed = signHello(body, context, secrets.device);
  return {
    ...('challenge' in context
      ? { challenge: hex(context.challenge) }
      : { signed_at: context.signedAt, body_hash: hex(context.bodyHash) }),
    acked: body.acked,
    firmware: body.firmware,
    clock: body.clock,
    input: hex(helloInput(body, context)),
    signature: hex(signed.signature),
    frame: hex(encodeControlFrame(FRAME.hello, signed)),
  };
}

function nonceOf(base: Uint8Array, seq: number): Uint8Array {
  const nonce = new Uint8Array(12);
  writeNonce(nonce, base, seq);
  return nonce;
}

/** The file's text. */
export function vectorsText(): string {
  return `${JSON.stringify(protocolVectors(), undefined, 2)}\n`;
}
