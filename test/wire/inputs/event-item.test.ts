import assert from 'node:assert/strict';
import fc from 'fast-check';
import { eventItem, lineItems } from '../../../src/wire/inputs/event-item.ts';
import { eventTime } from '../../../src/wire/inputs/event-time.ts';
import { splitObjects } from '../../../src/wire/inputs/json-sequence.ts';
import { readRecords } from '../../../src/wire/records/intake.ts';
import { logSchema } from '../../support/http-fixture.ts';
import { describe } from '../../support/suite.ts';

const MS = 1_769_860_800_123;
const context = { now: MS, service: undefined };

describe('event time', (it) => {
  for (const [given, expected] of [
    ['2026-01-31T12:00:00.123Z', MS],
    ['2026-01-31T14:00:00.123+02:00', MS],
    ['2026-01-31T14:00:00.123+0200', MS],
    ['2026-01-31 12:00:00.123456', MS],
    ['2026-01-31 12:00:00,123', MS],
    [MS, MS],
    [MS / 1000, MS],
    [String(MS / 1000), MS],
    [MS * 1000, MS],
    ['1769860800123456789', MS],
    [1_769_860_800, MS - 123],
    ['1769860800', MS - 123],
    [0, undefined],
    [-1, undefined],
    [Number.NaN, undefined],
    ['yesterday', undefined],
    ['2026-13-31T12:00:00Z', undefined],
    ['9'.repeat(100), undefined],
    [true, undefined],
    [{}, undefined],
  ] as const) {
    it(`reads ${JSON.stringify(given)} as ${String(expected)}`, () => {
      assert.equal(eventTime(given), expected);
    });
  }
});

describe('event', (it) => {
  const read = (event: object): Record<string, unknown> =>
    eventItem(event as Record<string, unknown>, context);

  for (const [what, event, expected] of [
    [
      'an empty one',
      {},
      { timestamp: MS, level: 'INFO', message: '{}', service: 'unknown_service' },
    ],
    [
      'pino',
      { level: 30, time: MS, pid: 1, msg: 'hi' },
      {
        timestamp: MS,
        level: 'INFO',
        message: 'hi',
        service: 'unknown_service',
        attributes: { pid: 1, severity_text: 30 },
      },
    ],
    [
      'journald',
      { MESSAGE: 'hi', PRIORITY: '3', SYSLOG_IDENTIFIER: 'sshd', _PID: '7' },
      {
        timestamp: MS,
        level: 'ERROR',
        message: 'hi',
        service: 'sshd',
        attributes: { _PID: '7', severity_text: '3' },
      },
    ],
    [
      'ECS, nested',
      { message: 'hi', log: { level: 'warn', logger: 'x' }, service: { name: 'a', type: 'b' } },
      {
        timestamp: MS,
        level: 'WARNING',
        message: 'hi',
        service: 'a',
        attributes: { severity_text: 'warn', log: { logger: 'x' }, service: { type: 'b' } },
      },
    ],
    [
      'Filebeat with fields',
      { message: 'hi', fields: { service: 'a' } },
      { timestamp: MS, level: 'INFO', message: 'hi', service: 'a' },
    ],
    [
      'fields that do not fit',
      { message: 'hi', user_id: 'a b', duration_ms: -1, request_id: {}, error_code: 7, ts: 'soon' },
      {
        timestamp: MS,
        level: 'INFO',
        message: 'hi',
        service: 'unknown_service',
        error_code: '7',
        attributes: { user: 'a b', duration_ms: -1, request_id: {}, ts: 'soon' },
      },
    ],
    [
      'attributes of its own',
      { message: 'hi', attributes: { a: 1 } },
      {
        timestamp: MS,
        level: 'INFO',
        message: 'hi',
        service: 'unknown_service',
        attributes: { a: 1 },
      },
    ],
    [
      'attributes that would hide a field',
      { message: 'hi', a: 2, attributes: { a: 1 } },
      {
        timestamp: MS,
        level: 'INFO',
        message: 'hi',
        service: 'unknown_service',
        attributes: { a: 2, attributes: { a: 1 } },
      },
    ],
    [
      'a time that is none',
      { message: 'hi', '@timestamp': 'soon' },
      { timestamp: 'soon', level: 'INFO', message: 'hi', service: 'unknown_service' },
    ],
  ] as const) {
    it(`reads ${what}`, () => {
      assert.deepEqual(read(event), expected);
    });
  }

  it('leaves the event as it was', () => {
    const event = {
      message: 'hi',
      log: { level: 'warn' },
      service: { name: 'a' },
      attributes: { b: 1 },
    };
    const before = structuredClone(event);
    read(event);
    assert.deepEqual(event, before);
  });

  it('gives a key that would reach a prototype another name', () => {
    for (const text of ['{"__proto__":{"x":1},"message":"a"}', '{"attributes":{"__proto__":1}}']) {
      const item = read(JSON.parse(text) as object);
      assert.equal(({} as Record<string, unknown>)['x'], undefined);
      assert.deepEqual(readRecords([item], { observedAt: MS, schema: logSchema }).rejected, []);
    }
  });

  it('makes of any object an item that is accepted, or refused for its size, keys or time', () => {
    fc.assert(
      fc.property(
        fc.object({
          maxDepth: 3,
          values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)],
        }),
        (event) => {
          const { accepted, rejected } = readRecords([read(event)], {
            observedAt: MS,
            schema: logSchema,
          });
          assert.equal(accepted + rejected.length, 1);
          for (const { pointer } of rejected)
            assert.match(pointer, /^\/(attributes|timestamp|message)?/);
        },
      ),
    );
  });
});

describe('lines that are no events', (it) => {
  it('become what an empty event with that line becomes', () => {
    const name = fc.constantFrom(
      'a',
      'host',
      'level',
      'message',
      'user_id',
      'status',
      'code',
      '@timestamp',
    );
    const envelope = fc.record(
      {
        level: fc.constantFrom('warn', 'odd', 3),
        service: fc.constantFrom('pay', 'pay ment', ''),
        attributes: fc.dictionary(name, fc.constantFrom('x', 'error', '500', 7)),
      },
      { requiredKeys: [] },
    );
    const service = fc.constantFrom(undefined, 'auth');
    const lines = fc.array(fc.tuple(fc.string(), fc.constantFrom(undefined, 0, MS - 5)));
    fc.assert(
      fc.property(envelope, service, lines, (given, bound, all) => {
        const here = { now: MS, service: bound };
        const itemOf = lineItems(here, given);
        for (const [line, timestamp] of all) {
          const one = eventItem({}, here, { ...given, line, timestamp });
          assert.equal(JSON.stringify(itemOf(line, timestamp)), JSON.stringify(one));
        }
      }),
    );
  });
});

describe('JSON objects in a row', (it) => {
  it('finds each of them, however they are set apart', () => {
    const gaps = fc.constantFrom('', ' ', '\n', ',\r\n', '\t');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.object(), gaps)), (parts) => {
        const text = parts.map(([object, gap]) => JSON.stringify(object) + gap).join('');
        const { objects, rest } = splitObjects(Buffer.from(text), 1_000);
        assert.equal(rest, undefined);
        assert.deepEqual(
          objects.map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as unknown),
          parts.map(([object]) => JSON.parse(JSON.stringify(object)) as unknown),
        );
      }),
    );
  });

  it('stops at the limit and at what is no object', () => {
    assert.equal(splitObjects(Buffer.from('{}{}{}'), 2).objects.length, 2);
    assert.equal(Buffer.from(splitObjects(Buffer.from('{} x'), 9).rest ?? []).toString(), 'x');
    assert.equal(splitObjects(Buffer.from('{"a":"}'), 9).objects.length, 0);
  });
});
