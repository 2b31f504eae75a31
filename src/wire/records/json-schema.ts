import { LEVEL_BY_NAME } from '../../model/level.ts';
import type { Level } from '../../model/level.ts';
import { levelRanges } from './level-numbers.ts';
import { LONGEST_LEVEL_WORD, levelWords } from './levels.ts';
import { MSGPACK_LIMITS } from './msgpack-limits.ts';
import type { OwnFieldRule } from './own-fields.ts';
import type { FieldRule, LogSchema } from './schema.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

const OMITTED_BY_VITALS = new Set(['level', 'service', 'message']);
const NULL = { type: 'null' };

/**
 * JSON Schema (2020-12) of one record as the inputs take it. It accepts what
 * the validator accepts, as far as it can say so: it counts a text's length in
 * code points, not UTF-16 units, and neither the depth of attributes nor the
 * number of values in them.
 */
export function recordJsonSchema(schema: LogSchema): JsonSchema {
  const { rules } = schema;
  const required = rules.filter((rule) => rule.required).map(({ name }) => name);
  const ofVitals = required.filter((name) => !OMITTED_BY_VITALS.has(name));
  const vitals = rules.filter(({ vital }) => vital).map(({ name }) => name);
  const own = Object.fromEntries([...schema.own].map(([name, rule]) => [name, ownField(rule)]));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Log record or vital sign',
    type: 'object',
    properties: {
      ...Object.fromEntries(rules.map((rule) => [rule.name, property(rule, { schema, own })])),
      ...own,
    },
    propertyNames: { maxLength: MSGPACK_LIMITS.keys, not: { const: '__proto__' } },
    anyOf: [present(required), ...vitals.map((name) => present([...ofVitals, name]))],
    additionalProperties: { $ref: '#/$defs/value', description: 'Kept under `attributes`.' },
    $defs: { value: VALUE },
  };
}

/** What may stand under `attributes`: JSON without the key that JavaScript keeps for itself. */
const VALUE: JsonSchema = {
  anyOf: [
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
    NULL,
    { type: 'array', items: { $ref: '#/$defs/value' } },
    {
      type: 'object',
      maxProperties: MSGPACK_LIMITS.keys,
      propertyNames: { not: { const: '__proto__' } },
      additionalProperties: { $ref: '#/$defs/value' },
    },
  ],
};

/** Null counts as absent. */
function present(names: readonly string[]): JsonSchema {
  return {
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, { not: NULL }])),
  };
}

interface Whole {
  readonly schema: LogSchema;
  readonly own: Readonly<Record<string, JsonSchema>>;
}

function property(rule: FieldRule, whole: Whole): JsonSchema {
  return { anyOf: [...typesOf(rule, whole), NULL], description: describe(rule) };
}

function describe({ units, description }: Pick<FieldRule, 'units' | 'description'>): string {
  return units === undefined ? description : `${description} In ${units}.`.trimStart();
}

function typesOf(rule: FieldRule, { schema, own }: Whole): readonly JsonSchema[] {
  const { type, maxLength } = rule;
  switch (type) {
    case 'timestamp':
      return [{ type: 'number' }, { type: 'string', pattern: RFC_3339 }];
    case 'level':
      return levels(rule, schema);
    case 'name':
      return [{ type: 'string', maxLength, pattern: '^[A-Za-z0-9._@:-]+$' }, digits(maxLength)];
    case 'text':
      return [{ type: 'string', maxLength }, digits(maxLength)];
    case 'boolean':
      return [{ type: 'boolean' }];
    case 'map':
      return [{ ...VALUE_MAP, properties: own }];
    case 'number':
    case 'integer':
      return [{ type, ...limits(rule) }];
  }
}

const VALUE_MAP: JsonSchema = {
  type: 'object',
  maxProperties: MSGPACK_LIMITS.keys,
  propertyNames: { not: { const: '__proto__' } },
  additionalProperties: { $ref: '#/$defs/value' },
};

/** RFC 3339, section 5.6, with up to nine digits of a second; February has 29 days in every year. */
const RFC_3339 = [
  '^[0-9]{4}-',
  '(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])',
  '|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))',
  '[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\\.[0-9]{1,9})?',
  '(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$',
].join('');

/** A whole number where a text is expected stands for its digits. */
function digits(maxLength: number): JsonSchema {
  const most = Number.MAX_SAFE_INTEGER;
  return {
    type: 'integer',
    minimum: -Math.min(most, 10 ** (maxLength - 1) - 1),
    maximum: Math.min(most, 10 ** maxLength - 1),
  };
}

function limits({ min, max }: { readonly min: number; readonly max: number }): JsonSchema {
  const least = min === -Infinity ? {} : { minimum: min };
  return { ...least, ...(max === Infinity ? {} : { maximum: max }) };
}

function levels({ values }: FieldRule, { numbers }: LogSchema): readonly JsonSchema[] {
  const accepted = new Set<Level>(values.map((name) => LEVEL_BY_NAME[name]));
  const words = [...levelWords()].filter(([, level]) => accepted.has(level));
  const anyCase = words.map(([word]) =>
    word.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`),
  );
  const ranges = levelRanges(numbers).filter(({ level }) => accepted.has(level));
  return [
    {
      type: 'string',
      maxLength: LONGEST_LEVEL_WORD,
      pattern: `^\\s*(?:${anyCase.join('|')})\\s*$`,
      examples: values,
    },
    ...ranges.map(({ from, to }) => ({ type: 'integer', minimum: from, maximum: to })),
  ];
}

function ownField(rule: OwnFieldRule): JsonSchema {
  const description = describe(rule);
  if (rule.type === 'text') {
    const { maxLength, values } = rule;
    const text = values.length === 0 ? { type: 'string', maxLength } : { enum: values };
    return { anyOf: [text, NULL], description };
  }
  const { type } = rule;
  return { anyOf: [{ type, ...(type === 'boolean' ? {} : limits(rule)) }, NULL], description };
}
