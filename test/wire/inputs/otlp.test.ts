import assert from 'node:assert/strict';
import fc from 'fast-check';
import { atOnce } from '../../../src/core/steps.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { encodeExportResponse, encodeStatus } from '../../../src/wire/inputs/otlp-answer.ts';
import { readOtlpJson as otlpJsonSteps } from '../../../src/wire/inputs/otlp-json.ts';
import { readOtlpProtobuf as otlpProtobufSteps } from '../../../src/wire/inputs/otlp-protobuf.ts';
import { LEVEL_BY_NAME, levelName } from '../../../src/model/level.ts';
import { levelOfNumber } from '../../../src/wire/records/levels.ts';
import { readRecords } from '../../../src/wire/records/intake.ts';
import { logSchema } from '../../support/http-fixture.ts';
import { emptyLog, otlpJson, otlpProtobuf } from '../../support/otlp-writer.ts';
import type { AnyValue, KeyValue, Log, ResourceLogs } from '../../support/otlp-writer.ts';
import { bytesField } from '../../support/protobuf-writer.ts';
import { describe } from '../../support/suite.ts';

const readOtlpJson = (...args: Parameters<typeof otlpJsonSteps>) => atOnce(otlpJsonSteps(...args));
const readOtlpProtobuf = (...args: Parameters<typeof otlpProtobufSteps>) =>
  atOnce(otlpProtobufSteps(...args));

const context = { now: 1_763_644_800_000, service: undefined };
const NANOS = 1_763_644_572_123_456_789n;

function one(log: Partial<Log>, resource: readonly KeyValue[] = []): Record<string, unknown> {
  const groups = [{ resource, scopeName: '', scopeVersion: '', logs: [{ ...emptyLog, ...log }] }];
  const [item, ...more] = readOtlpProtobuf(otlpProtobuf(groups), context);
  assert.equal(more.length, 0);
  return item as Record<string, unknown>;
}

const text = (stringValue: string): AnyValue => ({ stringValue });

const anyValue = fc.letrec<{ value: AnyValue; pair: KeyValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string({ unit: 'grapheme' }).map((stringValue) => ({ stringValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((intValue) => ({ intValue })),
    fc.double().map((doubleValue) => ({ doubleValue: doubleValue === 0 ? 0 : doubleValue })),
    fc.uint8Array({ maxLength: 20 }).map((bytesValue) => ({ bytesValue })),
    fc.array(tie('value'), { maxLength: 4 }).map((arrayValue) => ({ arrayValue })),
    fc.array(tie('pair'), { maxLength: 4 }).map((kvlistValue) => ({ kvlistValue })),
  ),
  pair: fc.record({
    key: fc.oneof(fc.string(), fc.constantFrom('user_id', 'duration_ms', 'trace_id', 'message')),
    value: tie('value'),
  }),
}));

const nanos = fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 2n ** 62n }));
const log: fc.Arbitrary<Log> = fc.record({
  time: nanos,
  observed: nanos,
  severityNumber: fc.integer({ min: 0, max: 30 }),
  severityText: fc.oneof(fc.constantFrom('', 'INFO', 'warn', 'Error', 'AUDIT'), fc.string()),
  body: fc.option(anyValue.value, { nil: undefined }),
  attributes: fc.array(anyValue.pair, { maxLength: 5 }),
  dropped: fc.nat(10),
  flags: fc.nat(1),
  traceId: fc.oneof(
    fc.constant(new Uint8Array(0)),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  ),
  spanId: fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ minLength: 8, maxLength: 8 })),
  eventName: fc.constantFrom('', 'order.placed'),
});
const requests: fc.Arbitrary<readonly ResourceLogs[]> = fc.array(
  fc.record({
    resource: fc.array(anyValue.pair, { maxLength: 3 }),
    scopeName: fc.constantFrom('', 'app.logger'),
    scopeVersion: fc.constantFrom('', '1.2'),
    logs: fc.array(log, { maxLength: 3 }),
  }),
  { maxLength: 3 },
);

describe('OTLP logs', (it) => {
  it('gives the same items for protobuf and for JSON', () => {
    fc.assert(
      fc.property(requests, (groups) => {
        const fromJson = readOtlpJson(Buffer.from(otlpJson(groups)), context);
        assert.deepEqual(readOtlpProtobuf(otlpProtobuf(groups), context), fromJson);
      }),
      { numRuns: 300 },
    );
  });

  it('maps resource, scope, ids and attributes', () => {
    const groups: ResourceLogs[] = [
      {
        resource: [
          { key: 'service.name', value: text('payment') },
          { key: 'host.name', value: text('h1') },
        ],
        scopeName: 'app.logger',
        scopeVersion: '1.2',
        logs: [
          {
            ...emptyLog,
            time: NANOS,
            severityNumber: 17,
            severityText: 'ERROR',
            body: text('card declined'),
            attributes: [
              { key: 'user_id', value: text('u-7') },
              { key: 'duration_ms', value: { doubleValue: 12.5 } },
              { key: 'order', value: { intValue: 2n ** 60n } },
            ],
            flags: 1,
            dropped: 2,
            traceId: Buffer.from('0af7651916cd43dd8448eb211c80319c', 'hex'),
            spanId: Buffer.from('b7ad6b7169203331', 'hex'),
            eventName: 'order.declined',
          },
        ],
      },
    ];
    assert.deepEqual(readOtlpProtobuf(otlpProtobuf(groups), context), [
      {
        timestamp: 1_763_644_572_123,
        level: 'ERROR',
        message: 'card declined',
        service: 'payment',
        user_id: 'u-7',
        duration_ms: 12.5,
        attributes: {
          order: '1152921504606846976',
          trace_id: '0af7651916cd43dd8448eb211c80319c',
          span_id: 'b7ad6b7169203331',
          trace_flags: 1,
          event_name: 'order.declined',
          dropped_attributes_count: 2,
          resource: { 'host.name': 'h1' },
          scope: { name: 'app.logger', version: '1.2' },
        },
      },
    ]);
  });

  it('keeps every severity number and its text, whatever level it becomes', () => {
    for (let severityNumber = 1; severityNumber <= 24; severityNumber += 1) {
      const item = one({ severityNumber, severityText: 'AUDIT', body: text('x') });
      const { groups, rejected } = readRecords([item], {
        observedAt: context.now,
        schema: logSchema,
      });
      assert.deepEqual([groups.length, rejected], [1, []]);
      const level = levelName(levelOfNumber(severityNumber)?.level ?? 5);
      assert.equal(item['level'], level);
      const isSame = LEVEL_BY_NAME[level] === severityNumber;
      const number = isSame ? {} : { severity_number: severityNumber };
      assert.deepEqual(item['attributes'], { ...number, severity_text: 'AUDIT' });
      const bare = one({ severityNumber, body: text('x') });
      assert.deepEqual([bare['level'], bare['attributes'] ?? {}], [level, number]);
    }
    assert.deepEqual(one({ severityNumber: 21 })['level'], 'CRITICAL');
    assert.equal(one({ severityText: 'warn' })['level'], 'warn');
    assert.deepEqual(one({ severityText: 'AUDIT' })['attributes'], { severity_text: 'AUDIT' });
    const odd = one({ severityNumber: 99 });
    assert.deepEqual([odd['level'], odd['attributes']], ['INFO', { severity_number: 99 }]);
    assert.equal(one({})['level'], 'INFO');
  });

  it('falls back to the observed time, then to now', () => {
    assert.equal(one({ observed: NANOS })['timestamp'], 1_763_644_572_123);
    assert.equal(one({ time: 5_000_000n, observed: NANOS })['timestamp'], 5);
    assert.equal(one({})['timestamp'], context.now);
  });

  it('names the service of the resource, of the token, or that it is not known', () => {
    assert.equal(one({})['service'], 'unknown_service');
    const named = one({}, [{ key: 'service.name', value: text('my shop/web') }]);
    assert.equal(named['service'], 'my-shop-web');
    assert.deepEqual(named['attributes'], { service_original: 'my shop/web' });
    const groups = [{ resource: [], scopeName: '', scopeVersion: '', logs: [emptyLog] }];
    const [bound] = readOtlpProtobuf(otlpProtobuf(groups), { ...context, service: 'auth' });
    assert.equal('service' in (bound ?? {}), false);
  });

  for (const [what, body, message, attributes] of [
    ['none', undefined, '', undefined],
    ['text', text('a\n'), 'a\n', undefined],
    ['a number', { intValue: -7n }, '-7', undefined],
    ['a truth', { boolValue: true }, 'true', undefined],
    ['bytes', { bytesValue: Buffer.from('ab') }, 'YWI=', undefined],
    ['a list', { arrayValue: [{ intValue: 1n }] }, '[1]', { body: [1] }],
    ['a map', { kvlistValue: [{ key: 'a', value: { intValue: 1n } }] }, '{"a":1}', { a: 1 }],
    [
      'a map with a message',
      {
        kvlistValue: [
          { key: 'log', value: text('hi\n') },
          { key: 'a', value: text('b') },
        ],
      },
      'hi',
      { a: 'b' },
    ],
  ] as const satisfies readonly (readonly [string, AnyValue | undefined, string, unknown])[]) {
    it(`reads a body of ${what}`, () => {
      const item = one(body === undefined ? {} : { body });
      assert.deepEqual([item['message'], item['attributes']], [message, attributes]);
    });
  }

  it('keeps an attribute of the sender that has a name of ours', () => {
    const item = one({
      traceId: Buffer.alloc(16, 1),
      attributes: [{ key: 'trace_id', value: text('mine') }],
    });
    assert.deepEqual(item['attributes'], { trace_id: 'mine', trace_id_2: '01'.repeat(16) });
  });

  const nested = (depth: number): AnyValue =>
    depth === 0 ? text('x') : { arrayValue: [nested(depth - 1)] };

  for (const [what, body, code] of [
    [
      'a truncated message',
      otlpProtobuf([{ resource: [], scopeName: 'abc', scopeVersion: '', logs: [] }]).subarray(0, 8),
      'PAYLOAD_INVALID',
    ],
    ['a group', Buffer.from([0x0b, 0x0c]), 'PAYLOAD_INVALID'],
    ['field 0', Buffer.from([0x02, 0x00]), 'PAYLOAD_INVALID'],
    ['a varint without end', Buffer.alloc(12, 0xff), 'PAYLOAD_INVALID'],
    ['another wire type', Buffer.from([0x08, 0x01]), 'PAYLOAD_INVALID'],
    [
      'half a million empty messages',
      Buffer.alloc(1_100_000, Buffer.from([0x0a, 0x00])),
      'TOO_LARGE',
    ],
    [
      'too many records',
      bytesField(1, bytesField(2, Buffer.alloc(20_002, Buffer.from([0x12, 0x00])))),
      'TOO_LARGE',
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => readOtlpProtobuf(body, context),
        (error) => isWatchkeeperError(error, code),
      );
    });
  }

  it('refuses what nests too deeply, in both forms', () => {
    const groups = [
      { resource: [], scopeName: '', scopeVersion: '', logs: [{ ...emptyLog, body: nested(100) }] },
    ];
    for (const read of [
      () => readOtlpProtobuf(otlpProtobuf(groups), context),
      () => readOtlpJson(Buffer.from(otlpJson(groups)), context),
    ]) {
      assert.throws(read, (error) => isWatchkeeperError(error, 'PAYLOAD_INVALID'));
    }
  });

  it('refuses a resource that would be copied to many records', () => {
    const resource = [{ key: 'big', value: text('x'.repeat(100_000)) }];
    const logs = Array.from({ length: 1_000 }, () => emptyLog);
    assert.throws(
      () =>
        readOtlpProtobuf(
          otlpProtobuf([{ resource, scopeName: '', scopeVersion: '', logs }]),
          context,
        ),
      (error) => isWatchkeeperError(error, 'TOO_LARGE'),
    );
  });

  it('answers any JSON with items or a typed error that does not quote it', () => {
    const canary = fc.constantFrom(
      'canary',
      'resourceLogs',
      'scopeLogs',
      'logRecords',
      'attributes',
    );
    fc.assert(
      fc.property(fc.json(), fc.object({ key: canary, maxDepth: 6 }), (any, shaped) => {
        for (const body of [any, JSON.stringify({ resourceLogs: [shaped] })]) {
          onlyTyped(() => readOtlpJson(Buffer.from(body), context));
        }
      }),
    );
  });

  it('answers any bytes with items or a typed error', () => {
    fc.assert(
      fc.property(requests, fc.uint8Array({ maxLength: 64 }), fc.nat(), (groups, noise, at) => {
        const body = otlpProtobuf(groups);
        body.set(
          noise.subarray(0, body.length),
          body.length <= noise.length ? 0 : at % (body.length - noise.length),
        );
        onlyTyped(() => readOtlpProtobuf(body, context));
        onlyTyped(() => readOtlpProtobuf(Buffer.from(noise), context));
      }),
      { numRuns: 500 },
    );
  });

  it('writes answers as protobuf', () => {
    assert.equal(encodeExportResponse({ count: 0, message: '' }).length, 0);
    assert.equal(
      encodeExportResponse({ count: 300, message: 'no' }).toString('hex'),
      '0a0708ac0212026e6f',
    );
    assert.equal(encodeStatus(14, 'busy').toString('hex'), '080e120462757379');
  });
});

function onlyTyped(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    assert.ok(isWatchkeeperError(error));
    assert.doesNotMatch(error.message, /canary/);
  }
}
