import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import ts from 'typescript';

import { recordJsonSchema } from '../../../src/wire/records/json-schema.ts';
import { readRecords } from '../../../src/wire/records/intake.ts';
import { recordTypes } from '../../../src/wire/records/record-types.ts';
import { loadLogSchema, type LogSchema } from '../../../src/wire/records/schema.ts';
import { describe } from '../../support/suite.ts';
import { NOW, SCHEMA, SCHEMA_TEXT } from './support.ts';

const OWN = `    tenant: { type: string, maxLength: 8, description: 'Whose it is; ends no */ comment.' }
    plan: { type: text, values: [free, paid] }
    seats: { type: integer, min: 1, max: 500, units: persons }
    share: { type: number, max: 1 }
    is-trial: { type: boolean }
`;
const withOwn = (text = SCHEMA_TEXT): string =>
  text.replace('    attributes:\n', () => `${OWN}    attributes:\n`);
const EXTENDED = loadLogSchema(withOwn(), 'log_schema.yaml');
const SYSLOG = loadLogSchema(
  withOwn()
    .replace('values: [DEBUG, INFO, WARNING, ERROR, CRITICAL]', 'values: [INFO, ERROR, CRITICAL]')
    .replace('numbers: opentelemetry', 'numbers: syslog')
    .replace('required: true\n      max_length: 32768', 'required: true\n      max_length: 5'),
  'log_schema.yaml',
);

const ajv = (schema: LogSchema) =>
  new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(
    recordJsonSchema(schema),
  );

const accepts = (schema: LogSchema, record: unknown): boolean =>
  readRecords([record], { schema, observedAt: NOW }).accepted === 1;

/** Values around every limit of every type; only texts without surrogates, whose lengths are counted alike. */
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...LIMIT_VALUES()) },
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ maxLength: 20 }),
  fc.boolean(),
);

function LIMIT_VALUES(): unknown[] {
  return [
    null,
    '',
    'x',
    'tenant-1',
    'tenant-12',
    'a b',
    'ä',
    0,
    -0,
    1,
    7,
    8,
    9,
    12.5,
    24,
    25,
    500,
    501,
    -1,
    400,
    400.5,
    5000,
    Number.MAX_SAFE_INTEGER,
    Number.MAX_SAFE_INTEGER + 1,
    -Number.MAX_SAFE_INTEGER,
    12345,
    123456,
    -1234,
    -12345,
    'free',
    'paid',
    'Free',
    'info',
    ' Info ',
    'INFORMATIONAL',
    ' INFORMATIONAL',
    'warn',
    'warning',
    'V',
    'fatal4',
    'loud',
    '3',
    '8',
    'x'.repeat(128),
    'x'.repeat(129),
    '2026-01-01T12:00:00Z',
    '2026-02-29 23:59:60.123456789+05:30',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01',
    true,
    [],
    [1],
    {},
    { tenant: 'a' },
    { tenant: 1 },
    { tenant: null, seats: 0 },
    { deep: [{ deeper: 1 }] },
    JSON.parse('{"__proto__":1}'),
    JSON.parse('{"a":{"__proto__":1}}'),
  ];
}

const names = [
  ...EXTENDED.rules.map(({ name }) => name),
  ...EXTENDED.own.keys(),
  'unknown',
  '__proto__',
  'x'.repeat(256),
  'x'.repeat(257),
];

const base = fc.constantFrom(
  { timestamp: NOW, level: 'INFO', service: 'payment', message: 'Paid.' },
  { timestamp: NOW, heart_rate: 60 },
  {},
);
const record = fc
  .tuple(base, fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 3 }))
  .map(([start, changes]) => {
    const made: Record<string, unknown> = { ...start };
    for (const [name, change] of changes) {
      // Plain assignment would set the prototype.
      Object.defineProperty(made, name, { value: change, enumerable: true, configurable: true });
    }
    return made;
  });

describe('JSON Schema of a record', (it) => {
  it('accepts exactly what the validator accepts', () => {
    for (const schema of [SCHEMA, EXTENDED, SYSLOG]) {
      const validate = ajv(schema);
      let accepted = 0;
      fc.assert(
        fc.property(record, (made) => {
          const isValid = accepts(schema, made);
          if (isValid) accepted += 1;
          assert.equal(validate(made), isValid, JSON.stringify(made).slice(0, 300));
        }),
        { numRuns: 2_000 },
      );
      assert.ok(accepted > 100, `${accepted} were valid`);
    }
  });

  it('accepts each word and number of a level as the validator does, and no other', () => {
    for (const schema of [SCHEMA, SYSLOG]) {
      const validate = ajv(schema);
      for (let level = -1; level < 30; level += 1) {
        const made = { timestamp: NOW, level, service: 's', message: 'm' };
        assert.equal(validate(made), accepts(schema, made), String(level));
      }
    }
  });
});

function compile(source: string): readonly string[] {
  const file = '/record.ts';
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2023,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2023) : read(name, ...rest);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText, start = 0 }) => {
      const text = ts.flattenDiagnosticMessageText(messageText, ' ');
      return `${source.slice(0, start).split('\n').length}: ${text}`;
    });
}

describe('TypeScript types of a record', (it) => {
  /** What the compiler says of each expression used as a record, compiled all at once. */
  const use = (expressions: readonly string[]): readonly (readonly string[])[] => {
    const head = recordTypes(EXTENDED);
    const first = head.split('\n').length;
    const uses = expressions.map((each, index) => `export const r${index}: LogRecord = ${each};`);
    const found = compile(`${head}${uses.join('\n')}\n`);
    return expressions.map((_, index) =>
      found.filter((each) => each.startsWith(`${first + index}: `)),
    );
  };

  it('compile, and take what is valid', () => {
    assert.deepEqual(compile(recordTypes(SCHEMA)), []);
    const valid = [
      `{ timestamp: 1, level: 'INFO', service: 's', message: 'm' }`,
      `{ timestamp: '2026-01-01T12:00:00Z', level: 'ERROR', service: 's', message: 'm', tenant: 't', plan: 'free', 'is-trial': true, user_id: null }`,
      `{ timestamp: 1, heart_rate: 60 }`,
      `{ timestamp: 1, worn: false, message: 'm', attributes: { tenant: 't', other: [1, { a: null }] } }`,
    ];
    use(valid).forEach((found, index) => {
      assert.deepEqual(found, [], valid[index]);
    });
  });

  it('refuse what is not', () => {
    const wrong: readonly [string, RegExp][] = [
      [`{ level: 'INFO', service: 's', message: 'm' }`, /timestamp/],
      [`{ timestamp: 1, level: 'LOUD', service: 's', message: 'm' }`, /LOUD/],
      [`{ timestamp: 1, level: 'INFO', service: 's' }`, /LogRecord/],
      [`{ timestamp: 1, heart_rate: 'fast' }`, /string/],
      [`{ timestamp: 1, heart_rate: 1, tenant: 5 }`, /number/],
      [`{ timestamp: 1, heart_rate: 1, plan: 'gold' }`, /gold/],
      [`{ timestamp: 1, heart_rate: 1, tenent: 'x' }`, /tenent/],
      [`{ timestamp: 1, heart_rate: 1, attributes: { seats: 'many' } }`, /string/],
    ];
    const found = use(wrong.map(([each]) => each));
    wrong.forEach(([each, expected], index) => {
      assert.match(found[index]?.join('\n') ?? '', expected, each);
    });
  });

  it('document each field', () => {
    const text = recordTypes(EXTENDED);
    assert.match(
      text,
      /\/\*\* Heart rate\. In beats per minute\. From 0 to 400\. \*\/\n {2}heart_rate\?: number \| null;/,
    );
    assert.match(text, /Whose it is; ends no \*\\\/ comment\. At most 8 characters\. \*\//);
  });
});
