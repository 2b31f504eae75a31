import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { laneOf, type FrameClass } from '../../src/model/frame.ts';
import { utf8 } from '../../src/security/bytes.ts';
import { generateDeviceKey } from '../../src/security/device-key.ts';
import { AES_256_GCM, hpkeSend } from '../../src/security/hpke.ts';
import { openKeyRing, type KeyRing } from '../../src/security/key-ring.ts';
import { encodeControlFrame } from '../../src/wire/control.ts';
import { FRAME, HEADER_BYTES } from '../../src/wire/frame.ts';
import { createGroupSealer } from '../../src/wire/group-sealer.ts';
import { signHello } from '../../src/wire/hello.ts';
import { encodeJournalHello } from '../../src/wire/journal-hello.ts';
import { createLaneCipher } from '../../src/wire/lane-cipher.ts';
import { createOpener } from '../../src/wire/opener.ts';
import { sealInfo } from '../../src/wire/seal-context.ts';
import { describe } from '../support/suite.ts';

const site = 'local';
const device = 'watch-7';
const challenge = new Uint8Array(32).fill(7);

function code(expected: string): (error: unknown) => boolean {
  return (error) => isWatchkeeperError(error) && error.code === expected;
}

/** A watch's side of one epoch, sealed to the ring's current key. */
function watch(keyRing: KeyRing, epoch = 3) {
  const { id, publicKey } = keyRing.current();
  const scope = { site, device, epoch };
  const info = sealInfo(scope);
  const { enc, context } = hpkeSend({ recipient: publicKey, info, aead: AES_256_GCM });
  const lanes = [createLaneCipher(context, 0, scope), createLaneCipher(context, 1, scope)] as const;
  const identity = generateDeviceKey();
  const hello = signHello(
    { device, epoch, key_id: id, enc, acked: [0, 0], firmware: 'f', clock: 5 },
    { challenge },
    identity.privateKey,
  );
  const frame = encodeControlFrame(FRAME.hello, hello);
  const data = (seq: number, frameClass: FrameClass, plaintext: Uint8Array): Uint8Array => {
    const lane = laneOf(frameClass);
    return lanes[lane].seal({ kind: FRAME.data, frameClass, lane, epoch, seq }, plaintext);
  };
  return { identity, journalled: encodeJournalHello({ challenge, frame }), data };
}

describe('opener', (it) => {
  let folder: string;
  let keyRing: KeyRing;
  it.before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wk-opener-'));
    keyRing = await openKeyRing({ folder, clock: new SimulatedClock() });
  });
  it.after(() => rm(folder, { recursive: true }));

  it('opens what a watch sealed, in any class and of any length', () => {
    const opener = createOpener({ site, keyRing });
    const { identity, journalled, data } = watch(keyRing);
    const sealed = opener.verifyHello(journalled, device, identity.publicKey);
    const session = opener.session(device, sealed);
    assert.equal(sealed.epoch, 3);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom<FrameClass>(0, 1, 2, 3),
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        (plaintext, frameClass, seq) => {
          const opened = opener.open(session, data(seq, frameClass, plaintext));
          assert.deepEqual(new Uint8Array(opened), plaintext);
        },
      ),
    );
  });

  it('refuses a frame with any single bit flipped, in header, body or tag', () => {
    const opener = createOpener({ site, keyRing });
    const { identity, journalled, data } = watch(keyRing);
    const session = opener.session(
      device,
      opener.verifyHello(journalled, device, identity.publicKey),
    );
    const frame = data(9, 1, utf8('heart rate 61'));
    for (let bit = 0; bit < frame.length * 8; bit += 1) {
      const forged = frame.slice();
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(
        () => opener.open(session, forged),
        (error) => isWatchkeeperError(error),
        `bit ${bit} flipped was accepted`,
      );
    }
    assert.deepEqual(new Uint8Array(opener.open(session, frame)), utf8('heart rate 61'));
  });

  it('refuses frames of another device, site or epoch', () => {
    const opener = createOpener({ site, keyRing });
    const { identity, journalled, data } = watch(keyRing);
    const sealed = opener.verifyHello(journalled, device, identity.publicKey);
    const frame = data(1, 2, utf8('x'));
    assert.throws(() => opener.open(opener.session('other', sealed), frame), code('SEAL_INVALID'));
    const elsewhere = createOpener({ site: 'far', keyRing });
    assert.throws(
      () => elsewhere.open(elsewhere.session(device, sealed), frame),
      code('SEAL_INVALID'),
    );
    const later = opener.session(device, { ...sealed, epoch: 4 });
    assert.throws(() => opener.open(later, frame), code('EPOCH_INVALID'));
  });

  it('refuses frames that are not one whole data or gap frame', () => {
    const opener = createOpener({ site, keyRing });
    const { identity, journalled, data } = watch(keyRing);
    const session = opener.session(
      device,
      opener.verifyHello(journalled, device, identity.publicKey),
    );
    const frame = data(1, 2, utf8('abc'));
    for (const bad of [
      frame.subarray(0, HEADER_BYTES),
      new Uint8Array([...frame, 0]),
      new Uint8Array(0),
    ]) {
      assert.throws(() => opener.open(session, bad), code('FRAME_MALFORMED'));
    }
    const bye = encodeControlFrame(FRAME.bye, { code: 4000, resume_after_ms: 0, reason: '' });
    assert.throws(() => opener.open(session, bye), code('FRAME_MALFORMED'));
  });

  it('refuses a hello of another device, with another signature or for an unknown key', async () => {
    const opener = createOpener({ site, keyRing });
    const { identity, journalled } = watch(keyRing);
    const other = generateDeviceKey().publicKey;
    assert.throws(() => opener.verifyHello(journalled, device, other), code('SIGNATURE_INVALID'));
    assert.throws(
      () => opener.verifyHello(journalled, 'watch-8', identity.publicKey),
      code('SIGNATURE_INVALID'),
    );
    const empty = createOpener({
      site,
      keyRing: { find: () => undefined, privateKey: () => undefined },
    });
    assert.throws(
      () => empty.verifyHello(journalled, device, identity.publicKey),
      code('KEY_UNKNOWN'),
    );
    const sealed = opener.verifyHello(journalled, device, identity.publicKey);
    assert.throws(() => empty.session(device, sealed), code('KEY_UNKNOWN'));
  });

  it('refuses an encapsulated key of low order', () => {
    const opener = createOpener({ site, keyRing });
    const sealed = { epoch: 1, keyId: keyRing.current().id, enc: new Uint8Array(32) };
    assert.throws(() => opener.session(device, sealed), code('SEAL_INVALID'));
  });

  it('opens what a gateway sealed, and nothing with a bit flipped', () => {
    const opener = createOpener({ site, keyRing });
    const sealer = createGroupSealer({
      site,
      recipient: keyRing.current(),
      gateway: 'gw-1',
      epoch: 12,
    });
    sealer.seal('cart', utf8('first'));
    const body = sealer.seal('checkout', utf8('second'));
    const { payload, ...rest } = opener.openGroup(body);
    assert.deepEqual(rest, { service: 'checkout', gateway: 'gw-1', epoch: 12, seq: 2 });
    assert.deepEqual(new Uint8Array(payload), utf8('second'));
    for (let bit = 0; bit < body.length * 8; bit += 1) {
      const forged = body.slice();
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(
        () => opener.openGroup(forged),
        (error) => isWatchkeeperError(error),
        `bit ${bit}`,
      );
    }
  });

  it('opens groups of more gateways than it keeps keys for', () => {
    const opener = createOpener({ site, keyRing });
    const bodies = Array.from({ length: 80 }, (_, index) =>
      createGroupSealer({
        site,
        recipient: keyRing.current(),
        gateway: `gw-${index}`,
        epoch: 1,
      }).seal('s', utf8(String(index))),
    );
    for (const [index, body] of [...bodies.entries(), ...bodies.entries()]) {
      assert.deepEqual(new Uint8Array(opener.openGroup(body).payload), utf8(String(index)));
    }
  });

  it('refuses groups above 64 KiB, and services without a name', () => {
    const sealer = createGroupSealer({
      site,
      recipient: keyRing.current(),
      gateway: 'g',
      epoch: 1,
    });
    assert.throws(() => sealer.seal('s', new Uint8Array(65_536)), code('TOO_LARGE'));
    assert.throws(() => sealer.seal('', new Uint8Array(1)), code('BAD_REQUEST'));
    const opener = createOpener({ site, keyRing });
    assert.equal(opener.openGroup(sealer.seal('s', utf8('x'))).seq, 1);
    assert.throws(() => opener.openGroup(new Uint8Array(70_000)), code('FRAME_TOO_LARGE'));
    assert.throws(() => opener.openGroup(new Uint8Array(10)), code('FRAME_MALFORMED'));
  });
});
