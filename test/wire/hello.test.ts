import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { devicePublicKeyObject, generateDeviceKey } from '../../src/security/device-key.ts';
import type { HelloBody } from '../../src/wire/control-bodies.ts';
import { encodeControlFrame } from '../../src/wire/control.ts';
import { FRAME } from '../../src/wire/frame.ts';
import { signHello, verifyHello } from '../../src/wire/hello.ts';
import { decodeJournalHello, encodeJournalHello } from '../../src/wire/journal-hello.ts';
import { describe } from '../support/suite.ts';

const { publicKey, privateKey } = generateDeviceKey();
const challenge = new Uint8Array(32).fill(9);
const bodyHash = new Uint8Array(32).fill(4);
const unsigned = {
  device: 'watch-1',
  epoch: 5,
  key_id: 'ab',
  enc: new Uint8Array(32).fill(1),
  acked: [3, 4] as const,
  firmware: '1.0',
  clock: 1_767_225_600_000,
};

describe('hello', (it) => {
  it('is verified by the device that signed it, for its own challenge only', () => {
    const hello = signHello(unsigned, { challenge }, privateKey);
    assert.equal(verifyHello(hello, { challenge }, publicKey), true);
    assert.equal(verifyHello(hello, { challenge }, devicePublicKeyObject(publicKey)), true);
    assert.equal(verifyHello(hello, { challenge: bodyHash }, publicKey), false);
    assert.equal(verifyHello(hello, { challenge }, generateDeviceKey().publicKey), false);
  });

  it('covers every one of its fields', () => {
    const hello = signHello(unsigned, { challenge }, privateKey);
    const changes: Partial<HelloBody>[] = [
      { device: 'watch-2' },
      { epoch: 6 },
      { key_id: 'ac' },
      { enc: new Uint8Array(32).fill(2) },
      { acked: [4, 3] },
      { acked: [3, 5] },
      { firmware: '1.1' },
      { clock: unsigned.clock + 1 },
      { signed_at: 1 },
      { signature: new Uint8Array(64) },
    ];
    for (const change of changes) {
      const forged = { ...hello, ...change };
      assert.equal(verifyHello(forged, { challenge }, publicKey), false, Object.keys(change)[0]);
    }
  });

  it('cannot move a character from one field to the next', () => {
    const hello = signHello({ ...unsigned, device: 'ab', key_id: 'c' }, { challenge }, privateKey);
    assert.equal(
      verifyHello({ ...hello, device: 'a', key_id: 'bc' }, { challenge }, publicKey),
      false,
    );
  });

  it('by POST is bound to its time and the rest of the body, and not usable over a socket', () => {
    const context = { signedAt: 1_000, bodyHash };
    const hello = signHello(unsigned, context, privateKey);
    assert.equal(hello.signed_at, 1_000);
    assert.equal(verifyHello(hello, context, publicKey), true);
    assert.equal(verifyHello(hello, { signedAt: 1_001, bodyHash }, publicKey), false);
    assert.equal(verifyHello(hello, { signedAt: 1_000, bodyHash: challenge }, publicKey), false);
    assert.equal(verifyHello(hello, { challenge: bodyHash }, publicKey), false);
  });

  it('is journalled with all that a second check needs', () => {
    for (const context of [{ challenge }, { signedAt: 1_767_225_600_001, bodyHash }]) {
      const body = signHello(unsigned, context, privateKey);
      const frame = encodeControlFrame(FRAME.hello, body);
      const entry = decodeJournalHello(encodeJournalHello({ ...context, frame }));
      assert.deepEqual(entry.body, { ...body, signature: new Uint8Array(body.signature) });
      assert.deepEqual(entry.context, context);
      assert.deepEqual(entry.frame, frame);
      assert.equal(verifyHello(entry.body, entry.context, publicKey), true);
    }
  });

  it('cannot be read back from anything else', () => {
    const frame = encodeControlFrame(FRAME.hello, signHello(unsigned, { challenge }, privateKey));
    const good = encodeJournalHello({ challenge, frame });
    const bye = encodeControlFrame(FRAME.bye, { code: 1000, resume_after_ms: 0, reason: '' });
    const wrongTime = encodeJournalHello({ signedAt: 0, bodyHash, frame });
    wrongTime[2] = 0xff;
    for (const bad of [
      new Uint8Array(0),
      good.subarray(0, good.length - 1),
      new Uint8Array([...good, ...bye]),
      new Uint8Array([2, ...good.subarray(1)]),
      new Uint8Array([1, 2, ...good.subarray(2)]),
      encodeJournalHello({ challenge, frame: bye }),
      wrongTime,
    ]) {
      assert.throws(
        () => decodeJournalHello(bad),
        (e) => isWatchkeeperError(e, 'FRAME_MALFORMED'),
      );
    }
  });

  it('journalled and changed in one bit is never taken for the device’s', () => {
    const frame = encodeControlFrame(FRAME.hello, signHello(unsigned, { challenge }, privateKey));
    const good = encodeJournalHello({ challenge, frame });
    fc.assert(
      fc.property(fc.nat(good.length * 8 - 1), (bit) => {
        const forged = good.slice();
        forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        try {
          const { body, context } = decodeJournalHello(forged);
          assert.equal(verifyHello(body, context, publicKey), false);
        } catch (error) {
          assert.ok(isWatchkeeperError(error), String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
