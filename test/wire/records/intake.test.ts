import assert from 'node:assert/strict';

import fc from 'fast-check';

import { isWatchkeeperError } from '../../../src/core/errors.ts';
import type { LogRecord } from '../../../src/model/record.ts';
import { createRecordDecoder } from '../../../src/wire/records/decode.ts';
import {
  readJsonRecords,
  readRecords,
  readRecordsInTurns,
} from '../../../src/wire/records/intake.ts';
import type { ReadJsonOptions } from '../../../src/wire/records/intake.ts';
import { isModestJson, MAX_JSON_KEYS } from '../../../src/wire/records/json-scan.ts';
import { describe } from '../../support/suite.ts';
import { NOW, SCHEMA, wire } from './support.ts';

const decoder = createRecordDecoder(SCHEMA);
const read = (text: string, options: Partial<ReadJsonOptions> = {}) =>
  readJsonRecords(Buffer.from(text), {
    format: 'json',
    observedAt: NOW,
    schema: SCHEMA,
    ...options,
  });
const json = (...records: unknown[]) => read(JSON.stringify(records));
const fails = (text: string, code: 'PAYLOAD_INVALID' | 'TOO_LARGE') => {
  assert.throws(
    () => read(text),
    (error) => isWatchkeeperError(error, code) && !error.message.includes('secret'),
  );
};

describe('JSON intake', (it) => {
  it('groups records by service in the order they came', () => {
    const { groups, accepted, rejected } = json(
      wire({ message: 'one' }),
      wire({ service: 'auth', level: 'ERROR' }),
      wire({ message: 'two' }),
    );
    assert.equal(accepted, 3);
    assert.deepEqual(rejected, []);
    assert.deepEqual(
      groups.map(({ service, count, urgent }) => [service, count, urgent]),
      [
        ['payment', 2, false],
        ['auth', 1, true],
      ],
    );
    const messages = decoder.wire(groups[0]!.payload).map(({ message }) => message);
    assert.deepEqual(messages, ['one', 'two']);
  });

  it('reads one object per line, and one object alone', () => {
    const text = `${JSON.stringify(wire())}\r\n\n{broken secret\n${JSON.stringify(wire())}`;
    const lines = read(text, { format: 'ndjson' });
    assert.equal(lines.accepted, 2);
    assert.deepEqual(lines.rejected, [
      {
        index: 1,
        pointer: '',
        reason: 'Expected JSON of at most 64 levels and 4096 keys in one map.',
      },
    ]);
    assert.equal(read(JSON.stringify(wire())).accepted, 1);
  });

  it('rejects records alone, by index, pointer and reason', () => {
    const { accepted, rejected } = json(
      wire(),
      5,
      wire({ level: 'LOUD' }),
      { timestamp: NOW },
      null,
    );
    assert.equal(accepted, 1);
    assert.deepEqual(
      rejected.map(({ index, pointer }) => `${index}${pointer}`),
      ['1', '2/level', '3/level', '4'],
    );
    assert.doesNotMatch(JSON.stringify(rejected), /LOUD/);
  });

  it('refuses bodies that are no JSON, too deep or too many', () => {
    fails('{"secret"', 'PAYLOAD_INVALID');
    fails('', 'PAYLOAD_INVALID');
    fails('['.repeat(100_000), 'PAYLOAD_INVALID');
    fails(`[${'1,'.repeat(10_000)}1]`, 'TOO_LARGE');
    const deep = `${'['.repeat(65)}${']'.repeat(65)}`;
    assert.equal(read(`${deep.slice(1, -1)}`).rejected.length, 1);
    fails(deep, 'PAYLOAD_INVALID');
  });

  it('refuses numbers that are infinite and keys that reach a prototype', () => {
    const line = (more: string) =>
      read(`[{"timestamp":${NOW},"level":"INFO","service":"a","message":"b",${more}}]`);
    assert.equal(line('"duration_ms":1e400').rejected[0]?.pointer, '/duration_ms');
    assert.equal(line('"x":{"y":1e999}').rejected[0]?.pointer, '/attributes');
    assert.equal(line('"__proto__":{"polluted":true}').rejected[0]?.pointer, '/attributes');
    assert.equal(line('"attributes":{"a":{"__proto__":{"polluted":true}}}').accepted, 0);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    assert.equal(line('"message":"later wins"').accepted, 1);
  });

  it('fills in the service of the token and refuses another', () => {
    const { groups, rejected } = read(
      JSON.stringify([{ timestamp: NOW, level: 'INFO', message: 'x' }, wire({ service: 'auth' })]),
      { service: 'payment' },
    );
    assert.equal(groups[0]?.service, 'payment');
    assert.equal(groups[0]?.count, 1);
    assert.deepEqual(rejected, [
      { index: 1, pointer: '/service', reason: 'The token may not post for this service.' },
    ]);
  });

  it('splits what exceeds 48 KiB and rejects what does alone', () => {
    const big = (index: number) => wire({ message: `${index} `.repeat(1000) });
    const { groups, accepted } = json(...Array.from({ length: 100 }, (_, index) => big(index)));
    assert.equal(accepted, 100);
    assert.ok(groups.length > 3);
    for (const { payload } of groups) assert.ok(payload.length <= 48 * 1024);
    const order = groups
      .flatMap(({ payload }) => decoder.wire(payload))
      .map(({ message }) => message.split(' ')[0]);
    assert.deepEqual(
      order,
      Array.from({ length: 100 }, (_, index) => String(index)),
    );
    const huge = json(wire(), wire({ attributes: { text: 'x'.repeat(50_000) } }));
    assert.equal(huge.accepted, 1);
    assert.deepEqual(huge.rejected, [{ index: 1, pointer: '', reason: 'Larger than 48 KiB.' }]);
  });

  it('reads a large body in turns, to the same records as at once', async () => {
    const items = Array.from({ length: 3_000 }, (_, index) =>
      index % 700 === 5 ? 'no map' : wire({ message: `m${index}`, service: `s${index % 2}` }),
    );
    let turns = 0;
    const options = { observedAt: NOW, schema: SCHEMA };
    let most = 0;
    let since = 0;
    const counted = {
      record: (record: LogRecord) => {
        since += 1;
        most = Math.max(most, since);
        return record;
      },
    };
    const inTurns = await readRecordsInTurns(items, { ...options, redactor: counted }, () => {
      since = 0;
      turns += 1;
      return Promise.resolve();
    });
    assert.deepEqual(inTurns, readRecords(items, options));
    assert.deepEqual(
      inTurns.rejected.map(({ index }) => index),
      [5, 705, 1405, 2105, 2805],
    );
    assert.ok(most <= 256, `${most} records in one turn`);
    assert.ok(turns >= 11 + inTurns.groups.length);
  });

  it('tells how many timestamps will be moved', () => {
    assert.equal(json(wire(), wire({ timestamp: NOW + 300_001 })).clamped, 1);
  });

  it('answers any text with records or a typed error', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const records = fc.array(
      fc.oneof(value, fc.record({ timestamp: value, level: value, message: value, extra: value })),
    );
    const body = fc.oneof(
      fc.string(),
      records.map((items) => JSON.stringify(items)),
    );
    fc.assert(
      fc.property(body, fc.constantFrom('json' as const, 'ndjson' as const), (text, format) => {
        try {
          const { groups, accepted } = read(text, { format });
          const stored = groups.flatMap(({ payload }) => decoder.wire(payload));
          assert.equal(stored.length, accepted);
        } catch (error) {
          assert.ok(isWatchkeeperError(error), String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('modest JSON', (it) => {
  const isModest = (text: string, depth: number): boolean => isModestJson(Buffer.from(text), depth);

  for (const [text, depth] of [
    ['1', 0],
    ['[{"a":[]}]', 3],
    ['["[[[[\\"[[[["]', 1],
    ['["\\\\",[]]', 2],
    ['[],[]', 1],
  ] as const) {
    it(`counts ${depth} levels in ${text}`, () => {
      assert.ok(isModest(text, depth));
      if (depth > 0) assert.ok(!isModest(text, depth - 1));
    });
  }

  it('bounds the keys of one map, wherever it stands, and not those of all', () => {
    const map = (count: number): string =>
      `{${Array.from({ length: count }, (_, index) => `"${index}:":{}`).join(',')}}`;
    assert.ok(isModest(map(MAX_JSON_KEYS), 9));
    assert.ok(!isModest(map(MAX_JSON_KEYS + 1), 9));
    assert.ok(isModest(`[${map(MAX_JSON_KEYS)},${map(MAX_JSON_KEYS)}]`, 9));
    assert.ok(!isModest(`[{"a":${map(MAX_JSON_KEYS + 1)}}]`, 9));
  });
});
