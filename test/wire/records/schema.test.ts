import assert from 'node:assert/strict';

import { messageOf } from '../../../src/core/errors.ts';
import { FIELD, FIELDS } from '../../../src/wire/records/fields.ts';
import { recordJsonSchema } from '../../../src/wire/records/json-schema.ts';
import { parseRfc3339 } from '../../../src/wire/records/rfc3339.ts';
import { loadLogSchema } from '../../../src/wire/records/schema.ts';
import { describe } from '../../support/suite.ts';
import { NOW, SCHEMA, SCHEMA_TEXT } from './support.ts';

const refusal = (from: string, to: string): string => {
  const text = SCHEMA_TEXT.replace(from, to);
  assert.notEqual(text, SCHEMA_TEXT);
  try {
    loadLogSchema(text, 'config/log_schema.yaml');
  } catch (error) {
    return messageOf(error);
  }
  throw new Error('It was accepted.');
};

describe('log schema', (it) => {
  it('describes every field once, in order', () => {
    assert.deepEqual(
      SCHEMA.rules.map(({ name }) => name),
      FIELDS.map(({ name }) => name),
    );
    assert.equal(FIELDS[FIELD.charging]?.name, 'charging');
    assert.equal(SCHEMA.rules[FIELD.heartRate]?.vital, true);
  });

  it('refuses what it does not know, with place and likely spelling', () => {
    const table: readonly [string, string, RegExp][] = [
      [
        'max_length: 32768',
        'max_lenght: 32768',
        /^config\/log_schema\.yaml:\d+:7 Unknown key "max_lenght"\. Did you mean "max_length"\?$/,
      ],
      ['    user_id:', '    usr_id:', /Unknown key "usr_id"\. Did you mean "user_id"\?$/],
      ['log_entry:', 'log_entri:', /Unknown key "log_entri"/],
      ['type: level', 'type: text', /Expected the type of "level" to be "level", got "text"/],
      ['max_length: 32768', 'max_length: 0', /Expected "max_length" from 1 to 65536/],
      ['max_length: 128', 'max_length: 129', /Expected "max_length" from 1 to 128/],
      ['values: [DEBUG', 'values: [LOUD', /Expected one of DEBUG.*got "LOUD"/],
      ['required: true', 'required: 1', /Expected "required" to be true or false, got 1/],
      ['type: timestamp\n      required: true', 'type: timestamp', /has no place in time/],
      ['min: 0', 'min: low', /Expected "min" to be a number, got "low"/],
      ['units: ms', 'units: 5', /Expected "units" to be text/],
      ['    charging:\n      type: boolean\n', '    charging:\n', /The key "type" is missing here/],
    ];
    for (const [from, to, expected] of table) assert.match(refusal(from, to), expected, to);
  });

  it('exports a JSON Schema', () => {
    const schema = recordJsonSchema(SCHEMA) as {
      properties: Record<string, { anyOf: readonly Record<string, unknown>[] }>;
      anyOf: readonly { required: readonly string[] }[];
    };
    assert.deepEqual(
      Object.keys(schema.properties),
      FIELDS.map(({ name }) => name),
    );
    assert.equal(schema.properties['heart_rate']?.anyOf[0]?.['maximum'], 400);
    assert.equal(schema.properties['message']?.anyOf[0]?.['maxLength'], 32_768);
    assert.deepEqual(schema.anyOf[0]?.required, ['timestamp', 'level', 'service', 'message']);
    assert.ok(schema.anyOf.some(({ required }) => required.includes('heart_rate')));
  });
});

describe('RFC 3339', (it) => {
  it('reads date-times and nothing else', () => {
    const table: readonly [string, number][] = [
      ['2026-01-01T12:00:00Z', NOW],
      ['2026-01-01t12:00:00z', NOW],
      ['2026-01-01 12:00:00Z', NOW],
      ['2026-01-01T12:00:00.123456789Z', NOW + 123],
      ['2026-01-01T12:00:00.999Z', NOW + 999],
      ['2026-01-01T17:30:00+05:30', NOW],
      ['2026-01-01T08:00:00-04:00', NOW],
      ['2025-12-31T23:59:60Z', Date.UTC(2026, 0, 1)],
      ['0001-01-01T00:00:00Z', Date.parse('0001-01-01T00:00:00Z')],
    ];
    for (const [text, ms] of table) assert.equal(parseRfc3339(text), ms, text);
    const wrong = [
      '',
      '2026-01-01',
      '2026-01-01T12:00:00',
      '2026-13-01T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '2026-01-01T12:60:00Z',
      '2026-01-01T12:00:00+25:00',
      '1767268800000',
      `2026-01-01T12:00:00.${'1'.repeat(99)}Z`,
    ];
    for (const text of wrong) assert.ok(Number.isNaN(parseRfc3339(text)), text);
  });
});
