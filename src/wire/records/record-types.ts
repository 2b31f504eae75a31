import type { OwnFieldRule } from './own-fields.ts';
import type { FieldRule, LogSchema } from './schema.ts';

const LEVEL_TYPE = 'Level';
const OMITTED_BY_VITALS = new Set(['level', 'service', 'message']);

/**
 * TypeScript types of a record as it is sent, generated from the schema: what
 * to write, which is less than what is accepted (any case of a level, digits
 * for a text).
 */
export function recordTypes(schema: LogSchema): string {
  const vitals = schema.rules.filter(({ vital }) => vital);
  return [
    '// Generated from config/log_schema.yaml by `watchkeeper config types`. Do not edit.',
    '',
    ...levelType(schema),
    ...fieldsInterface(schema),
    ...entryInterface(schema),
    ...vitalType(vitals),
    '/** What an input takes. */',
    `export type LogRecord = LogEntry${vitals.length === 0 ? '' : ' | VitalSign'};`,
    '',
    ...attributesInterface(schema),
    '/** A value that JSON can write. */',
    'export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };',
    '',
  ].join('\n');
}

function levelType({ rules }: LogSchema): readonly string[] {
  const names = rules.find(({ type }) => type === 'level')?.values ?? [];
  return [
    '/** The names of levels, least first. Other words and numbers are accepted, see docs/records.md. */',
    `export type ${LEVEL_TYPE} = ${names.map((name) => `'${name}'`).join(' | ')};`,
    '',
  ];
}

/** All fields; what an entry requires and a vital sign may omit is optional here. */
function fieldsInterface({ rules, own }: LogSchema): readonly string[] {
  return [
    '/** Every field that the schema names. */',
    'export interface LogFields {',
    ...rules.flatMap((rule) => {
      const isRequired = rule.required && !OMITTED_BY_VITALS.has(rule.name);
      return [...doc(rule), `  ${key(rule.name)}${isRequired ? '' : '?'}: ${typeOf(rule)};`];
    }),
    ...[...own.values()].flatMap((rule) => [
      ...doc(rule),
      `  ${key(rule.name)}?: ${ownType(rule)} | null;`,
    ]),
    '}',
    '',
  ];
}

function entryInterface({ rules }: LogSchema): readonly string[] {
  const required = rules.filter((rule) => rule.required && OMITTED_BY_VITALS.has(rule.name));
  return [
    '/** A log record. */',
    'export interface LogEntry extends LogFields {',
    ...required.map((rule) => `  ${key(rule.name)}: ${bareType(rule)};`),
    '}',
    '',
  ];
}

function vitalType(vitals: readonly FieldRule[]): readonly string[] {
  if (vitals.length === 0) return [];
  return [
    '/** A reading of a watch: has at least one of these, and may omit level, service and message. */',
    'export type VitalSign =',
    ...vitals.map((rule, index) => {
      const end = index === vitals.length - 1 ? ';' : '';
      return `  | (LogFields & { ${key(rule.name)}: ${bareType(rule)} })${end}`;
    }),
    '',
  ];
}

function attributesInterface({ own }: LogSchema): readonly string[] {
  return [
    '/** Everything else, key to value. */',
    'export interface Attributes {',
    ...[...own.values()].map((rule) => `  ${key(rule.name)}?: ${ownType(rule)} | null;`),
    '  [key: string]: Json | undefined;',
    '}',
    '',
  ];
}

function doc(rule: FieldRule | OwnFieldRule): readonly string[] {
  const { description, units } = rule;
  const parts = [
    description,
    units === undefined ? '' : `In ${units}.`,
    rule.type === 'number' || rule.type === 'integer' ? rangeDoc(rule) : '',
    rule.type === 'integer' ? 'A whole number.' : '',
    rule.type === 'text' || rule.type === 'name' ? `At most ${rule.maxLength} characters.` : '',
    rule.type === 'name' ? 'Of A-Z a-z 0-9 . _ @ : -' : '',
  ];
  const text = parts.filter((part) => part !== '').join(' ');
  // A description comes from a file: it must not end the comment.
  return text === '' ? [] : [`  /** ${text.replaceAll('*/', '*\\/').replace(/\s+/g, ' ')} */`];
}

function rangeDoc({ min, max }: { readonly min: number; readonly max: number }): string {
  if (min === -Infinity && max === Infinity) return '';
  if (max === Infinity) return `At least ${min}.`;
  return min === -Infinity ? `At most ${max}.` : `From ${min} to ${max}.`;
}

function typeOf(rule: FieldRule): string {
  return rule.required && !OMITTED_BY_VITALS.has(rule.name)
    ? bareType(rule)
    : `${bareType(rule)} | null`;
}

function bareType({ type }: FieldRule): string {
  switch (type) {
    case 'timestamp':
      return 'number | string';
    case 'level':
      return LEVEL_TYPE;
    case 'name':
    case 'text':
      return 'string';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'map':
      return 'Attributes';
  }
}

function ownType({ type, values }: OwnFieldRule): string {
  if (type !== 'text') return type === 'boolean' ? 'boolean' : 'number';
  return values.length === 0 ? 'string' : values.map((value) => JSON.stringify(value)).join(' | ');
}

function key(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}
