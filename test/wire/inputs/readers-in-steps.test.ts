import assert from 'node:assert/strict';
import fc from 'fast-check';
import { atOnce, type Steps } from '../../../src/core/steps.ts';
import { readBulk } from '../../../src/wire/inputs/elastic-bulk.ts';
import {
  readEventArray,
  readEventLines,
  readPythonForm,
  readTextLines,
} from '../../../src/wire/inputs/json-events.ts';
import { readLokiJson, readLokiProtobuf } from '../../../src/wire/inputs/loki-push.ts';
import { readOtlpJson } from '../../../src/wire/inputs/otlp-json.ts';
import { readOtlpProtobuf } from '../../../src/wire/inputs/otlp-protobuf.ts';
import { readSplunkEvents, readSplunkRaw } from '../../../src/wire/inputs/splunk-events.ts';
import { ndjsonItemLines, readJsonItemSteps } from '../../../src/wire/records/intake.ts';
import { bytesField } from '../../support/protobuf-writer.ts';
import { describe } from '../../support/suite.ts';

const context = { now: 1_769_860_800_123, service: undefined };
const RECORDS = 2_000;
const WITH_COMMA = '{"message":"some text of a record, with a comma"}';
const times = (text: string, joint = ''): string => Array(RECORDS).fill(text).join(joint);
const protobuf = (each: Buffer): Buffer => Buffer.concat(Array<Buffer>(RECORDS).fill(each));
const bulk = (body: Buffer) => readBulk(body, 'i', context);

type Read = (body: Buffer) => Steps<readonly unknown[]>;
type Row = readonly [name: string, read: Read, body: Buffer, leastTurns?: number];

const READERS: readonly Row[] = [
  [
    'a JSON array',
    (body) => readJsonItemSteps(body, 'json'),
    Buffer.from(`[${times(WITH_COMMA, ',')}]`),
    0,
  ],
  ['NDJSON', (body) => readJsonItemSteps(body, 'ndjson'), Buffer.from(times(WITH_COMMA, '\n')), 1],
  ['events', (body) => readEventArray(body, context), Buffer.from(`[${times('{"a":1}', ',')}]`)],
  ['lines of events', (body) => readEventLines(body, context), Buffer.from(times('{"a":1}', '\n'))],
  ['lines of text', (body) => readTextLines(body, context), Buffer.from(times('a', '\n'))],
  [
    'OTLP in JSON',
    (body) => readOtlpJson(body, context),
    Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${times('{}', ',')}]}]}]}`),
  ],
  [
    'OTLP as protobuf',
    (body) => readOtlpProtobuf(body, context),
    bytesField(1, bytesField(2, protobuf(bytesField(2, Buffer.of(0x10, 9))))),
  ],
  [
    'Loki in JSON',
    (body) => readLokiJson(body, context),
    Buffer.from(`{"streams":[{"values":[${times('["1","x"]', ',')}]}]}`),
  ],
  [
    'Loki as protobuf',
    (body) => readLokiProtobuf(body, context),
    bytesField(1, protobuf(bytesField(2, Buffer.from('\x12\x01x')))),
  ],
  ['a bulk request', bulk, Buffer.from(times('{"index":{}}\n{}\n'))],
  ['Splunk events', (body) => readSplunkEvents(body, context), Buffer.from(times('{"event":"x"}'))],
  ['Splunk lines', (body) => readSplunkRaw(body, {}, context), Buffer.from(times('a', '\n'))],
];

describe('bodies read in steps', (it) => {
  for (const [name, read, body, least = RECORDS / 512] of READERS) {
    it(`${name}: many steps, and all records`, () => {
      const steps = read(body);
      let turns = 0;
      for (;;) {
        const step = steps.next();
        if (step.done === true) {
          assert.equal(step.value.length, RECORDS);
          break;
        }
        turns += 1;
      }
      assert.ok(turns >= least, `${turns} turns`);
    });
  }

  it('passes over megabytes of blank lines in steps', () => {
    const body = Buffer.alloc(1_048_576, 0x0a);
    assert.ok([...readTextLines(body, context)].length >= 15);
  });

  it('gives NDJSON what each line alone is, and finds the lines again', () => {
    const line = fc.oneof(
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.constantFrom('', ' ', '\t\r', '{broken', '\u000b', '"\u00e9'),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const body = Buffer.from(lines.join('\n'));
        const items = atOnce(readJsonItemSteps(body, 'ndjson'));
        const expected = lines.filter((text) => /[^ \t\r]/.test(text));
        assert.deepEqual(
          [...ndjsonItemLines(body)].map(String),
          expected.map((text) => String(Buffer.from(text))),
        );
        assert.equal(items.length, expected.length);
        for (const [index, text] of expected.entries()) {
          let parsed: unknown;
          try {
            parsed = JSON.parse(text);
          } catch {
            assert.equal(typeof items[index], 'symbol');
            continue;
          }
          assert.deepEqual(items[index], parsed);
        }
      }),
    );
  });

  it('counts the fields of a form before it takes them apart', () => {
    const fields = (count: number): Buffer => Buffer.from(`&&${'a=1&'.repeat(count)}&`);
    assert.equal(atOnce(readPythonForm(fields(256), context)).length, 1);
    for (const count of [0, 257, 500_000]) {
      assert.throws(() => atOnce(readPythonForm(fields(count), context)), /not a form/);
    }
  });
});
