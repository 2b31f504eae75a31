import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pack } from 'msgpackr';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { NACK_CODES, type ControlBodies, type ControlKind } from '../../src/wire/control-bodies.ts';
import { decodeControl, encodeControl, encodeControlFrame } from '../../src/wire/control.ts';
import { FRAME, readHeader, splitFrames } from '../../src/wire/frame.ts';
import { decodeGap, encodeGap } from '../../src/wire/gap.ts';
import { describe } from '../support/suite.ts';

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const int = fc.maxSafeNat();
const name = fc.stringMatching(/^[A-Za-z0-9._@:-]{1,128}$/);
const text = (maxLength: number, minLength = 1) => fc.string({ minLength, maxLength });
const pair = fc.tuple(int, int);
const credits = fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat());
const lane = fc.constantFrom<0 | 1>(0, 1);
const laneSeqs = fc.array(fc.tuple(lane, int), { maxLength: 64 });
const some = { requiredKeys: [] };

/** Bodies of every kind, and of every shape that the types allow. */
const BODIES: { readonly [K in ControlKind]: fc.Arbitrary<ControlBodies[K]> } = {
  [FRAME.challenge]: fc.record({
    nonce: bytes(32),
    server_time: int,
    site: name,
    key_id: text(32),
    public_key: bytes(32),
  }),
  [FRAME.hello]: fc
    .tuple(
      fc.record({
        device: name,
        epoch: fc.integer({ min: 1, max: 0xffff_ffff }),
        key_id: text(32),
        enc: bytes(32),
        acked: pair,
        firmware: text(64, 0),
        clock: int,
        signature: bytes(64),
      }),
      fc.record({ signed_at: int }, some),
    )
    .map(([hello, post]) => ({ ...hello, ...post })),
  [FRAME.welcome]: fc
    .tuple(
      fc.record({ session: text(256), acked: pair, credits, server_time: int }),
      fc.record({ site_epoch: int }, some),
    )
    .map(([welcome, rest]) => ({ ...welcome, ...rest })),
  [FRAME.ack]: fc
    .tuple(laneSeqs, fc.record({ shed: laneSeqs }, some))
    .map(([acks, shed]) => ({ acks, ...shed })),
  [FRAME.nack]: fc
    .tuple(
      fc.record({ code: fc.constantFrom(...NACK_CODES), message: text(256, 0) }),
      fc.record({ lane, seq: int, expected: int, retry_after_ms: fc.nat(86_400_000) }, some),
    )
    .map(([nack, rest]) => ({ ...nack, ...rest })),
  [FRAME.note]: fc.record({ frame: text(256), reason: text(256, 0) }),
  [FRAME.flow]: fc.record({ credits }),
  [FRAME.beat]: fc.record({
    battery: fc.double({ min: 0, max: 100, noNaN: true }).map((value) => value + 0),
    worn: fc.boolean(),
    charging: fc.boolean(),
    buffered: int,
    oldest: int,
  }),
  [FRAME.cmd]: fc.record({
    id: text(64),
    verb: text(64),
    arguments: fc.constant({ level: 'DEBUG', seconds: 60, deep: { list: [1, null] } }),
  }),
  [FRAME.res]: fc.record({
    id: text(64),
    ok: fc.boolean(),
    result: fc.constantFrom<unknown>(null, 1, 'x', { a: [true] }),
  }),
  [FRAME.key]: fc.record({ key_id: text(32), public_key: bytes(32), not_before: int }),
  [FRAME.bye]: fc.record({
    code: fc.integer({ min: 1000, max: 4999 }),
    resume_after_ms: fc.nat(86_400_000),
    reason: text(256, 0),
  }),
};
const KINDS = Object.keys(BODIES).map(Number) as ControlKind[];

const malformed = (error: unknown): boolean => isWatchkeeperError(error, 'FRAME_MALFORMED');
const packed = (value: unknown): Uint8Array => new Uint8Array(pack(value));

describe('control frames', (it) => {
  for (const kind of KINDS) {
    it(`of kind ${kind} read back as they were written`, () => {
      fc.assert(
        fc.property(BODIES[kind] as fc.Arbitrary<ControlBodies[ControlKind]>, (body) => {
          assert.deepEqual(decodeControl(kind, encodeControl(kind, body)), { ...body });
        }),
        { numRuns: 50 },
      );
    });

    it(`of kind ${kind} throw nothing but FRAME_MALFORMED when bytes are changed`, () => {
      const [body] = fc.sample(BODIES[kind] as fc.Arbitrary<ControlBodies[ControlKind]>, 1);
      const good = encodeControl(kind, body!);
      fc.assert(
        fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, end) => {
          const bad = good.slice();
          bad[at] = value;
          for (const candidate of [bad, good.subarray(0, end)]) {
            try {
              decodeControl(kind, candidate);
            } catch (error) {
              assert.ok(malformed(error), String(error));
            }
          }
        }),
      );
    });

    it(`of kind ${kind} are refused without their fields`, () => {
      assert.throws(() => decodeControl(kind, packed({})), malformed);
      for (const value of [null, 7, 'text', [1], new Uint8Array(3)]) {
        assert.throws(() => decodeControl(kind, packed(value)), malformed);
      }
    });
  }

  it('write whole numbers as integers of 64 bits, never as floats', () => {
    const body = { credits: [0, 1, 0xffff_ffff, 2] as const };
    assert.equal(encodeControl(FRAME.flow, body).includes(0xcb), false);
    const ack = encodeControl(FRAME.ack, { acks: [[1, Number.MAX_SAFE_INTEGER]] });
    assert.equal(Buffer.from(ack).toString('hex').endsWith('001fffffffffffff'), true);
  });

  it('are whole frames with an empty clear part', () => {
    const frame = encodeControlFrame(FRAME.flow, { credits: [1, 2, 3, 4] });
    const { kind, length } = readHeader(frame);
    assert.deepEqual([kind, length + 20, splitFrames(frame).length], [FRAME.flow, frame.length, 1]);
  });

  it('ignore fields that are not known, and fields that are nil where they are optional', () => {
    const body = packed({ credits: [1, 2, 3, 4], color: 'red' });
    assert.deepEqual(decodeControl(FRAME.flow, body), { credits: [1, 2, 3, 4] });
    const nack = packed({ code: 'GAP', message: '', lane: null, seq: null });
    assert.deepEqual(decodeControl(FRAME.nack, nack), { code: 'GAP', message: '' });
  });

  it('take floats with a whole value for integers, and refuse every other number', () => {
    assert.equal(
      decodeControl(FRAME.key, keyBody(1_767_225_600_000)).not_before,
      1_767_225_600_000,
    );
    for (const value of [-1, 1.5, Number.NaN, Infinity, 2 ** 53, '5', null, 2n ** 63n]) {
      assert.throws(() => decodeControl(FRAME.key, keyBody(value)), malformed, String(value));
    }
  });

  it('refuse names with other characters, and unknown codes and lanes', () => {
    const hello = fc.sample(BODIES[FRAME.hello], 1)[0]!;
    for (const device of ['', 'a b', 'ä', 'x'.repeat(129), '../etc']) {
      assert.throws(() => decodeControl(FRAME.hello, packed({ ...hello, device })), malformed);
    }
    assert.throws(() => decodeControl(FRAME.nack, packed({ code: 'NO', message: '' })), malformed);
    for (const acks of [[[2, 1]], [[0]], [[0, 1, 2]], 5, [5], new Array(257).fill([0, 1])]) {
      assert.throws(() => decodeControl(FRAME.ack, packed({ acks })), malformed);
    }
  });

  it('keep nothing of the received message alive', () => {
    const challenge = fc.sample(BODIES[FRAME.challenge], 1)[0]!;
    const received = encodeControl(FRAME.challenge, challenge);
    const { nonce } = decodeControl(FRAME.challenge, received);
    received.fill(0);
    assert.deepEqual(nonce, challenge.nonce);
  });

  it('are limited to 4 KiB, 8 levels and 1,024 values', () => {
    const tooLarge = (e: unknown): boolean => isWatchkeeperError(e, 'FRAME_TOO_LARGE');
    const command = { id: 'a', verb: 'b', arguments: { pad: 'x'.repeat(4_100) } };
    assert.throws(() => encodeControl(FRAME.cmd, command), tooLarge);
    assert.throws(() => decodeControl(FRAME.cmd, new Uint8Array(4_097)), tooLarge);
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    const result = (depth: number) => packed({ id: 'a', ok: true, result: nested(depth) });
    assert.ok(decodeControl(FRAME.res, result(7)));
    assert.throws(() => decodeControl(FRAME.res, result(8)), malformed);
    const list = (size: number) => packed({ id: 'a', ok: true, result: new Array(size).fill(1) });
    assert.ok(decodeControl(FRAME.res, list(1_000)));
    assert.throws(() => decodeControl(FRAME.res, list(1_030)), malformed);
  });

  it('give no part of the body in their errors', () => {
    const bad = packed({ credits: 'canary-8c1f' });
    assert.throws(
      () => decodeControl(FRAME.flow, bad),
      (e) => malformed(e) && !String(e).includes('canary'),
    );
  });
});

describe('gap report', (it) => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(credits, int, int, (dropped, from, to) => {
        const report = { dropped, from, to };
        assert.deepEqual(decodeGap(encodeGap(report)), report);
      }),
    );
  });

  it('is refused when it is anything else', () => {
    for (const value of [{}, [], { dropped: [1, 2, 3], from: 0, to: 0 }, { dropped: 1 }]) {
      assert.throws(() => decodeGap(packed(value)), malformed);
    }
    assert.throws(() => decodeGap(new Uint8Array(0)), malformed);
  });
});

function keyBody(notBefore: unknown): Uint8Array {
  return packed({ key_id: 'k', public_key: new Uint8Array(32), not_before: notBefore });
}
