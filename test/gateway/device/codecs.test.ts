import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { encodeAck } from '../../../src/gateway/device/ack-frame.ts';
import { encodeAcks } from '../../../src/gateway/device/ack-state.ts';
import { RateMeter } from '../../../src/gateway/device/rate-meter.ts';
import { SessionTable } from '../../../src/gateway/device/sessions.ts';
import { decodeShed, encodeShed } from '../../../src/gateway/device/shed-outcome.ts';
import { DEVICE_LIMITS } from '../../../src/gateway/limits.ts';
import type { FrameClass, Lane } from '../../../src/model/frame.ts';
import { FRAME, readHeader, splitFrames } from '../../../src/wire/frame.ts';
import { bodiesOf } from '../../support/device-site.ts';
import { describe } from '../../support/suite.ts';

const seq = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  fc.constantFrom(127, 128, 0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER),
);
const lane = fc.constantFrom<Lane>(0, 1);

describe('ack frame', (it) => {
  it('reads back through the codec of control frames, whatever the numbers', () => {
    const marks = fc.array(fc.record({ lane, seq }), { maxLength: 256, size: 'max' });
    fc.assert(
      fc.property(
        fc.option(seq, { nil: 0 }),
        fc.option(seq, { nil: 0 }),
        marks,
        (urgent, bulk, shed) => {
          const frame = encodeAck({ urgent, bulk }, shed);
          assert.equal(readHeader(frame).length, frame.length - 20);
          const acks = [...(urgent > 0 ? [[0, urgent]] : []), ...(bulk > 0 ? [[1, bulk]] : [])];
          const expected =
            shed.length > 0 ? { acks, shed: shed.map((each) => [each.lane, each.seq]) } : { acks };
          assert.deepEqual(bodiesOf(FRAME.ack, [frame]), [expected]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('comes in several when there are more marks than one may hold', () => {
    const shed = Array.from({ length: 513 }, (_, index) => ({ lane: 1 as const, seq: index + 1 }));
    const frames = splitFrames(encodeAcks({ urgent: 0, bulk: 513 }, shed));
    const counts = bodiesOf(
      FRAME.ack,
      frames.map(({ frame }) => frame),
    ).map((body) => body.shed?.length);
    assert.deepEqual(counts, [256, 256, 1]);
  });
});

describe('shed outcome', (it) => {
  const shed = fc.record(
    {
      epoch: fc.integer({ min: 1, max: 0xffff_ffff }),
      lane,
      seq,
      frameClass: fc.constantFrom<FrameClass>(2, 3),
    },
    { noNullPrototype: true },
  );

  it('is msgpack that any decoder reads as the outcome of the model', () => {
    const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._@:-]{1,128}$/), shed, (device, frame) => {
        const bytes = encodeShed(device, frame);
        assert.deepEqual(unpackr.unpack(bytes), { type: 'shed', device, ...frame });
        assert.deepEqual(decodeShed(bytes), frame);
      }),
    );
  });

  it('is told from other outcomes and from bytes cut short', () => {
    const bytes = encodeShed('w', { epoch: 1, lane: 1, seq: 1, frameClass: 3 });
    assert.equal(decodeShed(bytes.subarray(0, bytes.length - 2)), undefined);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (other) => decodeShed(other) === undefined),
    );
  });
});

describe('rate meter', (it) => {
  it('lets no more through in any time than its burst and its rate allow', () => {
    const limits = { ...DEVICE_LIMITS, framesPerSecond: 100, frameBurst: 20 };
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 300, size: 'max' }), (pauses) => {
        const sessions = new SessionTable();
        const meter = new RateMeter(sessions, limits);
        const slot = sessions.slot('w');
        let now = 1_000;
        let taken = 0;
        for (const pause of pauses) {
          now += pause;
          if (meter.take(slot, 100, now) === 0) taken += 1;
        }
        assert.ok(
          taken <= 20 + ((now - 1_000) * 100) / 1_000 + 1e-6,
          `${taken} in ${now - 1_000} ms`,
        );
      }),
    );
  });

  it('tells how long to wait, and that is enough', () => {
    const sessions = new SessionTable();
    const meter = new RateMeter(sessions, { ...DEVICE_LIMITS, framesPerSecond: 10, frameBurst: 1 });
    const slot = sessions.slot('w');
    assert.equal(meter.take(slot, 1, 0), 0);
    const wait = meter.take(slot, 1, 40);
    assert.equal(wait, 60);
    assert.equal(meter.take(slot, 1, 40 + wait), 0);
  });
});
