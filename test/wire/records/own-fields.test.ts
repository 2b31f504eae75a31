import assert from 'node:assert/strict';

import { messageOf } from '../../../src/core/errors.ts';
import { createRecordDecoder } from '../../../src/wire/records/decode.ts';
import { SchemaDrift } from '../../../src/wire/records/drift.ts';
import { encodeRecords, readRecords } from '../../../src/wire/records/intake.ts';
import { LiveSchema } from '../../../src/wire/records/live-schema.ts';
import { loadLogSchema, type LogSchema } from '../../../src/wire/records/schema.ts';
import { runSchemaTests } from '../../../src/wire/records/schema-tests.ts';
import { describe } from '../../support/suite.ts';
import { NOW, SCHEMA_TEXT, wire } from './support.ts';

const FILE = 'log_schema.yaml';
const textWith = (fields: string, rest = ''): string =>
  SCHEMA_TEXT.replace('    attributes:\n', () => `${fields}    attributes:\n`).replace(
    /^tests:[\s\S]*$/m,
    '',
  ) + rest;
const FIELDS = `    tenant: { type: string, maxLength: 4 }
    plan: { type: text, values: [free, paid] }
    seats: { type: integer, min: 1, max: 5 }
    trial: { type: boolean }
`;
const schemaWith = (fields: string, rest = ''): LogSchema =>
  loadLogSchema(textWith(fields, rest), FILE);
const refusal = (fields: string, rest = ''): string => {
  try {
    schemaWith(fields, rest);
  } catch (error) {
    return messageOf(error);
  }
  throw new Error('It was accepted.');
};

describe('fields that the schema adds', (it) => {
  const schema = schemaWith(FIELDS);
  const read = (fields: Record<string, unknown>) =>
    readRecords([wire(fields)], { schema, observedAt: NOW });

  it('are checked, kept as attributes, and hold at the worker too', () => {
    const { groups, rejected } = read({ tenant: 'acme', seats: 5, trial: false, plan: null });
    assert.deepEqual(rejected, []);
    const payload = groups[0]?.payload ?? new Uint8Array();
    const { records } = createRecordDecoder(schema).decode(payload, {
      observedAt: NOW,
      clockOffsetMs: 0,
      service: 'payment',
      deviceId: undefined,
    });
    assert.deepEqual(records[0]?.attributes, {
      tenant: 'acme',
      seats: 5,
      trial: false,
      plan: null,
    });
  });

  it('are refused where they stand, with the reason', () => {
    const table: readonly [Record<string, unknown>, string, string][] = [
      [{ tenant: 'acmes' }, '/tenant', 'Longer than 4 characters.'],
      [{ tenant: 5 }, '/tenant', 'Expected text.'],
      [{ plan: 'gold' }, '/plan', 'Expected one of free, paid.'],
      [{ seats: 6 }, '/seats', 'Expected a number from 1 to 5.'],
      [{ seats: 1.5 }, '/seats', 'Expected a whole number.'],
      [{ seats: '3' }, '/seats', 'Expected a number.'],
      [{ trial: 'no' }, '/trial', 'Expected true or false.'],
      [{ attributes: { tenant: 'acmes' } }, '/attributes/tenant', 'Longer than 4 characters.'],
    ];
    for (const [fields, pointer, reason] of table) {
      assert.deepEqual(read(fields).rejected, [{ index: 0, pointer, reason }]);
    }
  });

  it('are no drift', () => {
    const drift = new SchemaDrift();
    readRecords([wire({ tenant: 'a', other: 1 })], { schema, observedAt: NOW, drift });
    assert.deepEqual(
      drift.list().map(({ field, kind }) => [field, kind]),
      [['other', 'unknown']],
    );
  });

  it('are refused in the file with the place', () => {
    const table: readonly [string, RegExp][] = [
      ['    1st: { type: text }\n', /log_schema\.yaml:\d+:5 Expected a name of a letter/],
      ['    tenant: { type: map }\n', /to be text, number, integer or boolean, got "map"/],
      ['    tenant: { max_length: 4 }\n', /The key "type" is missing here/],
      ['    tenant: { type: text, min: 4 }\n', /Unknown key "min"/],
      ['    tenant: { type: text, maxLength: 0 }\n', /Expected "maxLength" from 1 to 65536/],
      ['    tenant: { type: text, values: [] }\n', /at least one value/],
      ['    tenant: { type: number, max: much }\n', /Expected "max" to be a number, got "much"/],
      ['    tenant: { type: text, required: true }\n', /cannot be required/],
      [
        Array.from({ length: 65 }, (_, index) => `    own${index}: { type: text }\n`).join(''),
        /at most 64 fields of your own/,
      ],
    ];
    for (const [fields, expected] of table) assert.match(refusal(fields), expected, fields);
  });
});

describe('numbers of levels', (it) => {
  it('are read as the schema says, and the number stays', () => {
    const table: readonly [string, number, string | undefined][] = [
      ['opentelemetry', 12, 'INFO'],
      ['opentelemetry', 30, undefined],
      ['syslog', 0, 'CRITICAL'],
      ['syslog', 4, 'WARNING'],
      ['syslog', 8, undefined],
      ['pino', 30, 'INFO'],
      ['pino', 60, 'CRITICAL'],
      ['python', 30, 'WARNING'],
      ['python', 25, 'INFO'],
      ['java', 700, 'DEBUG'],
      ['java', 1000, 'ERROR'],
      ['android', 1, undefined],
      ['android', 7, 'CRITICAL'],
      ['dotnet', 5, 'CRITICAL'],
    ];
    for (const [numbers, level, expected] of table) {
      const text = SCHEMA_TEXT.replace('numbers: opentelemetry', `numbers: ${numbers}`);
      const schema = loadLogSchema(text, FILE);
      const { groups } = readRecords([wire({ level })], { schema, observedAt: NOW });
      const [first] = groups.flatMap(({ payload }) => createRecordDecoder(schema).wire(payload));
      assert.equal(first?.level, expected, `${numbers} ${level}`);
      if (expected !== undefined) assert.deepEqual(first?.attributes, { severity_text: level });
    }
  });

  it('must be of a numbering that is known', () => {
    const text = SCHEMA_TEXT.replace('numbers: opentelemetry', 'numbers: pyton');
    assert.throws(() => loadLogSchema(text, FILE), /got "pyton"\. Did you mean "python"\?/);
  });
});

describe('tests of the schema', (it) => {
  const run = (tests: string) => runSchemaTests(schemaWith(FIELDS, `tests:\n${tests}`));

  it('pass and fail with the place and what differs', () => {
    const record = `{ timestamp: 2026-01-01T12:00:00Z, level: W, service: s, message: m, tenant: acme }`;
    const results =
      run(`  - { name: one, record: ${record}, gives: { level: WARNING, attributes: { severity_text: W, tenant: acme } } }
  - { name: two, record: ${record}, rejected: /tenant }
  - { name: three, record: { timestamp: 0 }, rejected: /level }
  - { name: four, record: { timestamp: 0 } }
  - { name: five, record: ${record}, gives: { level: ERROR, user_id: u } }
  - { name: six, record: { timestamp: 0 }, rejected: /service }
`);
    assert.deepEqual(
      results.map(({ name, passed, reason }) => [name, passed, reason]),
      [
        ['one', true, ''],
        ['two', false, 'Expected it to be rejected at "/tenant".'],
        ['three', true, ''],
        ['four', false, 'It is rejected at "/level": This field is required.'],
        [
          'five',
          false,
          'Expected level "ERROR", got "WARNING". Expected user_id "u", got nothing.',
        ],
        [
          'six',
          false,
          'Expected it to be rejected at "/service", got "/level": This field is required.',
        ],
      ],
    );
    assert.match(results[1]?.place ?? '', /^log_schema\.yaml:\d+:5$/);
  });

  it('are refused with the place', () => {
    assert.match(refusal('', 'tests:\n  - { record: {} }\n'), /The key "name" is missing here/);
    assert.match(refusal('', 'tests:\n  - { name: x, recrd: {} }\n'), /Did you mean "record"/);
    assert.match(
      refusal('', 'tests:\n  - { name: x, record: {}, rejected: /a, gives: {} }\n'),
      /gives nothing: leave one of them out/,
    );
  });
});

describe('a schema that changes', (it) => {
  const context = { observedAt: NOW, clockOffsetMs: 0, service: 's', deviceId: undefined };

  it('holds for whoever holds it, and a wrong one changes nothing', () => {
    const live = new LiveSchema(textWith(''), FILE);
    const decoder = createRecordDecoder(live);
    const payload = encodeRecords([wire({ attributes: { tenant: 'acmes' } })] as never);
    assert.equal(decoder.decode(payload, context).records.length, 1);
    live.use(textWith(FIELDS));
    assert.equal(decoder.decode(payload, context).rejected[0]?.pointer, '/attributes/tenant');
    assert.throws(() => live.use('log_entry: 1'), /CONFIG_INVALID|Expected/);
    assert.equal(live.text, textWith(FIELDS));
    assert.equal(decoder.decode(payload, context).rejected.length, 1);
    live.use(textWith(''));
    assert.equal(decoder.decode(payload, context).records.length, 1);
  });

  it('does not hide what was stored under the one before', () => {
    const strict = loadLogSchema(
      textWith(FIELDS)
        .replaceAll(/max_length: \d+/g, 'max_length: 1')
        .replace('max: 400', 'max: 1'),
      FILE,
    );
    const stored = [
      wire({ attributes: { tenant: 'acmes' }, user_id: 'u-1' }),
      { timestamp: NOW, level: 'INFO', service: 'watch', message: '', heart_rate: 60 },
    ];
    assert.deepEqual(createRecordDecoder(strict).wire(encodeRecords(stored as never)), stored);
  });
});
