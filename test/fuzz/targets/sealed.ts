import { generateDeviceKey } from '../../../src/security/device-key.ts';
import { AES_256_GCM, hpkeSend } from '../../../src/security/hpke.ts';
import { utf8 } from '../../../src/security/bytes.ts';
import { generateKeyPairSync } from 'node:crypto';
import { rawPublicKey } from '../../../src/security/raw-keys.ts';
import { encodeControlFrame } from '../../../src/wire/control.ts';
import { FRAME, HEADER_BYTES } from '../../../src/wire/frame.ts';
import { readGroup } from '../../../src/wire/group-body.ts';
import { createGroupSealer } from '../../../src/wire/group-sealer.ts';
import { signHello } from '../../../src/wire/hello.ts';
import { encodeJournalHello } from '../../../src/wire/journal-hello.ts';
import { createLaneCipher } from '../../../src/wire/lane-cipher.ts';
import { createOpener } from '../../../src/wire/opener.ts';
import { sealInfo } from '../../../src/wire/seal-context.ts';
import { MARKER, type FuzzTarget } from '../target.ts';

const site = 'local';
const device = 'watch-7';
const epoch = 3;
const challenge = new Uint8Array(32).fill(7);

const pair = generateKeyPairSync('x25519');
const publicKey = rawPublicKey(pair.publicKey);
const id = 'ab'.repeat(16);
const keyRing = {
  find: (keyId: string) => (keyId === id ? { id, publicKey, notBefore: 0 } : undefined),
  privateKey: (keyId: string) => (keyId === id ? pair.privateKey : undefined),
};
const opener = createOpener({ site, keyRing });

const scope = { site, device, epoch };
const { enc, context } = hpkeSend({
  recipient: publicKey,
  info: sealInfo(scope),
  aead: AES_256_GCM,
});
const identity = generateDeviceKey();
const hello = signHello(
  { device, epoch, key_id: id, enc, acked: [0, 0], firmware: MARKER, clock: 5 },
  { challenge },
  identity.privateKey,
);
const journalled = encodeJournalHello({
  challenge,
  frame: encodeControlFrame(FRAME.hello, hello),
});
const session = opener.session(device, opener.verifyHello(journalled, device, identity.publicKey));
const data = createLaneCipher(context, 1, scope).seal(
  { kind: FRAME.data, frameClass: 2, lane: 1, epoch, seq: 9 },
  utf8(MARKER),
);
const group = createGroupSealer({
  site,
  recipient: { id, publicKey },
  gateway: 'gate',
  epoch,
}).seal('payment', utf8(MARKER.repeat(2)));

/** The clear part of a `group` journal entry. */
export const groupBody: FuzzTarget = { seeds: [group], run: readGroup };

/** Ciphertext: nothing but what was sealed may come out. */
export const sealedFrame: FuzzTarget = {
  seeds: [data],
  run: (input) => authentic(opener.open(session, input), MARKER),
  repair: (input) => withLength(input, 0),
};

export const sealedGroup: FuzzTarget = {
  seeds: [group],
  run: (input) => authentic(opener.openGroup(input).payload, MARKER.repeat(2)),
};

export const sealedHello: FuzzTarget = {
  seeds: [journalled],
  run: (input) => opener.verifyHello(input, device, identity.publicKey),
  repair: (input) =>
    withLength(input, journalled.length - encodeControlFrame(FRAME.hello, hello).length),
};

function authentic(opened: Uint8Array, expected: string): number {
  if (Buffer.from(opened).toString() === expected) return opened.length;
  throw new Error('What was never sealed passed for sealed.');
}

/** The length in the header of a frame at `at` is that of what follows. */
function withLength(input: Uint8Array, at: number): Uint8Array {
  if (input.length < at + HEADER_BYTES) return input;
  const copy = Buffer.from(input);
  copy.writeUInt32BE(input.length - at - HEADER_BYTES, at + HEADER_BYTES - 4);
  return new Uint8Array(copy);
}
