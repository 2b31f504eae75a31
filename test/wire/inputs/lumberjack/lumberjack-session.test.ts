import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createLumberjackSession,
  type LumberjackSessionOptions,
} from '../../../../src/wire/inputs/lumberjack/lumberjack-session.ts';
import { describe } from '../../../support/suite.ts';
import { codeOf, cutAt, run } from '../session-run.ts';
import { ack, compressedFrame, jsonFrame, pairsFrame, windowFrame } from './frames.ts';

const NOW = Date.UTC(2026, 5, 1);

function session(changes: Partial<LumberjackSessionOptions> = {}) {
  return createLumberjackSession({
    limits: { maxMessageBytes: 1_048_576, maxEvents: 1_000 },
    now: () => NOW,
    defaultService: 'beats',
    ...changes,
  });
}

/** As Filebeat writes an event. */
const EVENT = {
  '@timestamp': '2026-05-31T23:59:59.250Z',
  '@metadata': { beat: 'filebeat', type: '_doc', version: '8.13.0' },
  message: 'disk is full',
  log: { level: 'error', file: { path: '/var/log/app.log' }, offset: 42 },
  service: { name: 'shop' },
};

describe('Lumberjack', (it) => {
  it('reads an event of Beats', () => {
    const { records } = run(session(), [windowFrame(1), jsonFrame(1, EVENT)]);
    const [record] = records as Record<string, unknown>[];
    assert.equal(record?.['timestamp'], Date.UTC(2026, 4, 31, 23, 59, 59, 250));
    assert.equal(record?.['level'], 'ERROR');
    assert.equal(record?.['service'], 'shop');
    assert.equal(record?.['message'], 'disk is full');
    const attributes = record?.['attributes'] as Record<string, unknown>;
    assert.deepEqual((attributes['log'] as Record<string, unknown>)['offset'], 42);
  });

  it('confirms a window once, by the number of its last event', () => {
    const events = [1, 2, 3].map((sequence) => jsonFrame(sequence, EVENT));
    const plain = run(session(), [windowFrame(3), ...events]);
    assert.deepEqual(plain.replies, [ack(3)]);
    const packed = run(session(), [windowFrame(3), compressedFrame(events)]);
    assert.deepEqual(packed, plain);
    assert.ok(plain.acked.every(Boolean));
  });

  it('confirms numbers that go on over windows, and a window that was left incomplete', () => {
    const bytes = [
      ...[windowFrame(2), jsonFrame(7, EVENT), jsonFrame(8, EVENT)],
      ...[windowFrame(5), jsonFrame(9, EVENT)],
      ...[windowFrame(1), jsonFrame(10, EVENT)],
    ];
    assert.deepEqual(run(session(), bytes).replies, [ack(8), ack(9), ack(10)]);
  });

  it('tells a waiting sender of what is durable', () => {
    const one = session();
    run(one, [windowFrame(3), jsonFrame(1, EVENT)]);
    assert.equal(Buffer.from(one.keepAlive?.() ?? []).toString('latin1'), ack(1));
    const steps = one.push(jsonFrame(2, EVENT));
    let onDurable: (() => void) | undefined;
    for (const step of steps) {
      assert.ok(step.type === 'records');
      assert.equal(Buffer.from(one.keepAlive?.() ?? []).toString('latin1'), ack(1));
      onDurable = step.onDurable;
    }
    assert.equal(Buffer.from(one.keepAlive?.() ?? []).toString('latin1'), ack(1));
    onDurable?.();
    assert.equal(Buffer.from(one.keepAlive?.() ?? []).toString('latin1'), ack(2));
  });

  it('reads version 1, and answers in it', () => {
    const fields = { line: 'ünïcode', host: 'web1', __proto__x: 'y' };
    const bytes = [windowFrame(1, '1'), compressedFrame([pairsFrame(5, fields)], '1')];
    const { records, replies } = run(session(), bytes);
    const [record] = records as Record<string, unknown>[];
    assert.equal(record?.['message'], 'ünïcode');
    assert.deepEqual(record?.['attributes'], { host: 'web1', __proto__x: 'y' });
    assert.deepEqual(replies, [ack(5, '1')]);
  });

  it('keeps one event that is no JSON map raw', () => {
    const bodies = ['{"a":', '[1]', '"x"', '['.repeat(100)];
    const bytes = [windowFrame(4), ...bodies.map((body, index) => jsonFrame(index + 1, body))];
    const { records, replies } = run(session(), bytes);
    const attributes = { unparsed: true, problem: 'not a JSON map' };
    assert.deepEqual(
      records,
      bodies.map((message) => ({
        ...{ timestamp: NOW, level: 'INFO', service: 'beats', message, attributes },
      })),
    );
    assert.deepEqual(replies, [ack(4)]);
  });

  it('delivers the events before a broken frame, in one read or many', () => {
    const bytes = Buffer.concat([windowFrame(3), jsonFrame(1, EVENT), Buffer.from('2X')]);
    for (const pieces of [[bytes], cutAt(bytes, [...bytes.keys()])]) {
      const one = session();
      const read: unknown[] = [];
      const all = (): void => {
        for (const piece of pieces) {
          for (const step of one.push(piece)) if (step.type === 'records') read.push(...step.items);
        }
      };
      assert.equal(codeOf(all), 'FRAME_MALFORMED');
      assert.equal(read.length, 1);
    }
  });

  it('refuses what is not of the protocol with a typed error', () => {
    const event = jsonFrame(1, EVENT);
    const malformed: readonly (readonly [readonly Buffer[], string])[] = [
      [[Buffer.from('GET / HTTP/1.1')], 'FRAME_MALFORMED'],
      [[Buffer.from('2X')], 'FRAME_MALFORMED'],
      [[Buffer.from('1J')], 'FRAME_MALFORMED'],
      [[event], 'FRAME_MALFORMED'],
      [[windowFrame(1_001)], 'FRAME_TOO_LARGE'],
      [[windowFrame(1), Buffer.from('2J\0\0\0\x01\xff\xff\xff\xff', 'latin1')], 'FRAME_TOO_LARGE'],
      [[windowFrame(1), Buffer.from('2C\xff\xff\xff\xff', 'latin1')], 'FRAME_TOO_LARGE'],
      [[windowFrame(1), Buffer.from('1D\0\0\0\x01\xff\xff\xff\xff', 'latin1')], 'FRAME_MALFORMED'],
      [[windowFrame(1), Buffer.from('2C\0\0\0\x03abc', 'latin1')], 'FRAME_MALFORMED'],
      [[windowFrame(1), compressedFrame([compressedFrame([event])])], 'FRAME_MALFORMED'],
      [[windowFrame(1), compressedFrame([event.subarray(0, 20)])], 'FRAME_MALFORMED'],
      [[windowFrame(1), compressedFrame([Buffer.alloc(64 * 1_048_576)])], 'FRAME_TOO_LARGE'],
    ];
    for (const [index, [bytes, code]] of malformed.entries()) {
      assert.equal(
        codeOf(() => run(session(), bytes)),
        code,
        `case ${index}`,
      );
    }
  });

  it('reads the same however the bytes are cut', () => {
    const events = [1, 2, 3, 4].map((sequence) => jsonFrame(sequence, EVENT));
    const bytes = Buffer.concat([
      ...[windowFrame(6), ...events.slice(0, 2), compressedFrame(events.slice(2))],
      ...[pairsFrame(5, { line: 'x' }, '2'), jsonFrame(6, '{')],
      ...[windowFrame(1), jsonFrame(1, EVENT)],
    ]);
    const whole = run(session(), [bytes]);
    assert.equal(whole.records.length, 7);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (places) => {
        assert.deepEqual(run(session(), cutAt(bytes, places)), whole);
      }),
      { numRuns: 200 },
    );
    assert.deepEqual(run(session(), cutAt(bytes, [...bytes.keys()])), whole);
  });

  it('answers any bytes with steps or a typed error that tells nothing of them', () => {
    const event = { message: 'SECRETWORD' };
    const seed = Buffer.concat([
      ...[windowFrame(3), jsonFrame(1, event), compressedFrame([jsonFrame(2, event)])],
      pairsFrame(3, { line: 'SECRETWORD' }),
    ]);
    const mutated = fc
      .array(fc.tuple(fc.nat({ max: seed.length - 1 }), fc.nat({ max: 255 })), { maxLength: 6 })
      .map((edits) => {
        const bytes = Buffer.from(seed);
        for (const [at, value] of edits) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 2_000 })), (bytes) => {
        try {
          run(session(), [bytes]);
        } catch (error) {
          const { code, message } = error as { code: string; message: string };
          assert.match(code, /^(FRAME_MALFORMED|FRAME_TOO_LARGE)$/);
          assert.ok(!message.includes('SECRET'));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
