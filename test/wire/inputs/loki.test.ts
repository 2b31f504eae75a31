import assert from 'node:assert/strict';
import fc from 'fast-check';
import { atOnce } from '../../../src/core/steps.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { readLabelSet } from '../../../src/wire/inputs/label-set.ts';
import * as loki from '../../../src/wire/inputs/loki-push.ts';
import { bytesField, varintField } from '../../support/protobuf-writer.ts';
import { describe } from '../../support/suite.ts';

const readLokiJson = (...args: Parameters<typeof loki.readLokiJson>) =>
  atOnce(loki.readLokiJson(...args));
const readLokiProtobuf = (...args: Parameters<typeof loki.readLokiProtobuf>) =>
  atOnce(loki.readLokiProtobuf(...args));

const MS = 1_769_860_800_123;
const context = { now: MS, service: undefined };

/** Quotes as Go does what it must. */
const quote = (text: string): string =>
  `"${text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replaceAll('\u0000', '\\x00')}"`;

describe('Loki labels', (it) => {
  for (const [text, expected] of [
    ['{}', {}],
    ['{a="b"}', { a: 'b' }],
    [' { a = "b" , c_1 = "d, }" , } ', { a: 'b', c_1: 'd, }' }],
    [String.raw`{a="\"\\\n\t\u00e9\x41\101\U0001F600\q"}`, { a: '"\\\n\téAA😀q' }],
    ['{a=`raw \\n`}', { a: 'raw \\n' }],
    [String.raw`{a="\UFFFFFFFF"}`, { a: '\ufffd' }],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.deepEqual(readLabelSet(text), expected);
    });
  }

  for (const text of [
    '',
    'a="b"',
    '{a}',
    '{a=b}',
    '{a="b',
    '{a="b"} x',
    '{a="b" c="d"}',
    '{="b"}',
    `{a="${'x'.repeat(70_000)}"}`,
  ]) {
    it(`refuses ${text.slice(0, 20)}`, () => {
      assert.throws(
        () => readLabelSet(text),
        (error) => isWatchkeeperError(error, 'PAYLOAD_INVALID'),
      );
    });
  }

  it('reads any value that is quoted', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        assert.deepEqual(readLabelSet(`{a=${quote(value)}}`), { a: value });
      }),
    );
  });
});

describe('Loki push', (it) => {
  const push = (stream: object, ...values: unknown[]): Buffer =>
    Buffer.from(JSON.stringify({ streams: [{ stream, values }] }));
  const nanos = `${MS}456789`;

  it('takes service and level from labels, structured metadata or a JSON line', () => {
    const items = [
      ...readLokiJson(push({ job: 'a', level: 'warn', x: '1' }, [nanos, 'line']), context),
      ...readLokiJson(
        push({ x: '1' }, [nanos, 'line', { detected_level: 'error', app: 'b' }]),
        context,
      ),
      ...readLokiJson(
        push({ x: '1' }, [nanos, '{"msg":"m","service":"c","severity":"debug","x":2}']),
        context,
      ),
      ...readLokiJson(push({}, [nanos, '{not json}']), context),
    ];
    assert.deepEqual(items, [
      {
        timestamp: MS,
        level: 'WARNING',
        message: 'line',
        service: 'a',
        attributes: { x: '1', severity_text: 'warn' },
      },
      { timestamp: MS, level: 'ERROR', message: 'line', service: 'b', attributes: { x: '1' } },
      { timestamp: MS, level: 'DEBUG', message: 'm', service: 'c', attributes: { x: 2, x_2: '1' } },
      { timestamp: MS, level: 'INFO', message: '{not json}', service: 'unknown_service' },
    ]);
  });

  for (const [what, body] of [
    ['no JSON', 'x'],
    ['no streams', '{}'],
    ['a stream that is none', '{"streams":[1]}'],
    ['labels that are no text', '{"streams":[{"stream":{"a":1},"values":[]}]}'],
    ['a time that is a number', '{"streams":[{"stream":{},"values":[[1,"x"]]}]}'],
    ['a line that is none', '{"streams":[{"stream":{},"values":[["1",2]]}]}'],
    ['values that are no list', '{"streams":[{"stream":{},"values":{}}]}'],
    ['metadata that is none', '{"streams":[{"stream":{},"values":[["1","x",[]]]}]}'],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => readLokiJson(Buffer.from(body), context),
        (error) => isWatchkeeperError(error, 'PAYLOAD_INVALID'),
      );
    });
  }

  it('reads protobuf whatever the order of its fields, and skips those it does not know', () => {
    const time = bytesField(1, varintField(1, Math.floor(MS / 1000)));
    const entry = bytesField(2, Buffer.concat([bytesField(2, 'hi'), varintField(9, 1), time]));
    const stream = Buffer.concat([entry, varintField(3, 7n), bytesField(1, '{app="a"}')]);
    const [item] = readLokiProtobuf(
      Buffer.concat([varintField(2, 1), bytesField(1, stream)]),
      context,
    );
    assert.deepEqual(item, { timestamp: MS - 123, level: 'INFO', message: 'hi', service: 'a' });
  });

  it('refuses labels that would be copied to many entries, and streams without end', () => {
    const values = Array.from({ length: 2_000 }, () => ['1', 'x']);
    const big = push({ a: 'x'.repeat(60_000) }, ...values);
    const empty = Buffer.alloc(30_000, Buffer.from([0x0a, 0x00]));
    const entries = bytesField(1, Buffer.alloc(30_000, Buffer.from([0x12, 0x00])));
    for (const read of [
      () => readLokiJson(big, context),
      () => readLokiProtobuf(empty, context),
      () => readLokiProtobuf(entries, context),
    ]) {
      assert.throws(read, (error) => isWatchkeeperError(error, 'TOO_LARGE'));
    }
  });
});
