import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWatchkeeperError, type WatchkeeperError } from '../../src/core/errors.ts';
import { laneOf, type FrameClass } from '../../src/model/frame.ts';
import { concatBytes } from '../../src/security/bytes.ts';
import {
  bodyOf,
  encodeFrame,
  FRAME,
  HEADER_BYTES,
  MAX_CONTROL_BYTES,
  MAX_FRAME_BYTES,
  readHeader,
  splitFrames,
  writeHeader,
  type FrameKind,
} from '../../src/wire/frame.ts';
import { describe } from '../support/suite.ts';

function code(expected: WatchkeeperError['code']): (error: unknown) => boolean {
  return (error) => isWatchkeeperError(error, expected);
}

const control = { frameClass: 0, lane: 0, epoch: 0, seq: 0 } as const;
const sealed = { kind: FRAME.data, frameClass: 1, lane: 0, epoch: 1, seq: 1 } as const;
const body = new Uint8Array(16);

const anyFrame = fc
  .record({
    kind: fc.constantFrom<FrameKind>(FRAME.data, FRAME.gap),
    frameClass: fc.constantFrom<FrameClass>(0, 1, 2, 3),
    epoch: fc.integer({ min: 1, max: 0xffff_ffff }),
    seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    body: fc.uint8Array({ minLength: 16, maxLength: 80 }),
  })
  .map(({ body: content, ...rest }) => {
    const header = { ...rest, lane: laneOf(rest.frameClass) };
    return { header, body: content, frame: encodeFrame(header, content) };
  });

describe('frame', (it) => {
  it('has the header that docs/protocol.md draws', () => {
    const header = { kind: FRAME.gap, frameClass: 2, lane: 1, epoch: 0x01020304 } as const;
    assert.deepEqual(
      encodeFrame({ ...header, seq: 0x1f_0504_0302_0100 }, body).subarray(0, HEADER_BYTES),
      // prettier-ignore
      Uint8Array.of(1, 5, 2, 1, 1, 2, 3, 4, 0, 0x1f, 5, 4, 3, 2, 1, 0, 0, 0, 0, 16),
    );
  });

  it('reads what it wrote, at any offset', () => {
    fc.assert(
      fc.property(
        anyFrame,
        fc.uint8Array({ maxLength: 9 }),
        ({ header, frame, body: b }, before) => {
          const expected = { ...header, length: b.length };
          assert.deepEqual(readHeader(concatBytes(before, frame), before.length), expected);
          assert.deepEqual(bodyOf(frame), b);
        },
      ),
    );
  });

  it('splits a message into its frames without copying', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 5 }), (frames) => {
        const message = concatBytes(...frames.map(({ frame }) => frame));
        const split = splitFrames(message);
        assert.deepEqual(
          split.map(({ frame }) => frame),
          frames.map(({ frame }) => frame),
        );
        assert.ok(split.every(({ frame }) => frame.buffer === message.buffer));
      }),
    );
  });

  it('throws nothing but its own errors on any bytes, and names no payload', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          splitFrames(bytes);
        } catch (error) {
          assert.ok(isWatchkeeperError(error));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses a message that is empty, cut short or longer than its frames', () => {
    const frame = encodeFrame(sealed, body);
    for (const bad of [
      new Uint8Array(0),
      frame.subarray(0, 19),
      frame.subarray(0, frame.length - 1),
      concatBytes(frame, Uint8Array.of(1)),
    ]) {
      assert.throws(() => splitFrames(bad), code('FRAME_MALFORMED'));
    }
  });

  it('refuses each field outside its range', () => {
    const edits: readonly (readonly [at: number, value: number])[] = [
      [0, 0],
      [0, 2],
      [1, 0],
      [1, 15],
      [1, FRAME.ack],
      [2, 4],
      [2, 2],
      [3, 1],
      [3, 2],
      [7, 0],
      [15, 0],
      [8, 1],
      [9, 0x20],
      [19, 15],
    ];
    for (const [at, value] of edits) {
      const frame = encodeFrame(sealed, body);
      frame[at] = value;
      assert.throws(() => readHeader(frame), code('FRAME_MALFORMED'), `byte ${at} = ${value}`);
    }
  });

  it('refuses control frames with a class, lane, epoch or seq', () => {
    for (const at of [2, 3, 4, 7, 8, 15]) {
      const frame = encodeFrame({ ...control, kind: FRAME.bye }, body);
      frame[at] = 1;
      assert.throws(() => readHeader(frame), code('FRAME_MALFORMED'), `byte ${at}`);
    }
  });

  it('takes bodies up to the limits and not one byte more', () => {
    const largest = MAX_FRAME_BYTES - HEADER_BYTES;
    assert.equal(readHeader(encodeFrame(sealed, new Uint8Array(largest))).length, largest);
    assert.throws(() => encodeFrame(sealed, new Uint8Array(largest + 1)), code('FRAME_TOO_LARGE'));
    const header = new Uint8Array(HEADER_BYTES);
    writeHeader(header, { ...sealed, length: largest });
    new DataView(header.buffer).setUint32(16, largest + 1);
    assert.throws(() => readHeader(header), code('FRAME_TOO_LARGE'));
    writeHeader(header, { ...control, kind: FRAME.ack, length: MAX_CONTROL_BYTES });
    assert.equal(readHeader(header).length, MAX_CONTROL_BYTES);
    writeHeader(header, { ...control, kind: FRAME.ack, length: MAX_CONTROL_BYTES + 1 });
    assert.throws(() => readHeader(header), code('FRAME_TOO_LARGE'));
  });
});
