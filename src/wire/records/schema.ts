import { spellingHint } from '../../core/edit-distance.ts';
import { parseYaml } from '../../core/yaml-document.ts';
import {
  configError,
  expectList,
  expectMap,
  expectText,
  nodeText,
  quoted,
  refuseUnknownKeys,
} from '../../core/yaml-node.ts';
import type { YamlEntry, YamlMap } from '../../core/yaml-node.ts';
import { LEVEL_NAMES } from '../../model/level.ts';
import type { LevelName } from '../../model/level.ts';
import { LEVEL_NUMBERINGS, type LevelNumbering } from './level-numbers.ts';
import { refuseMisspelled, readOwnField, type OwnFieldRule } from './own-fields.ts';
import { readNumber, readText } from './rule-values.ts';
import { readSchemaTests, type SchemaTest } from './schema-test-spec.ts';
import { FIELD, FIELDS } from './fields.ts';
import type { FieldType } from './fields.ts';

/** What `config/log_schema.yaml` says about one field. */
export interface FieldRule {
  readonly name: string;
  readonly type: FieldType;
  readonly required: boolean;
  /** A record with one of these is a vital sign, which may omit level, service and message. */
  readonly vital: boolean;
  /** Characters (UTF-16 code units) of a text or name. */
  readonly maxLength: number;
  readonly min: number;
  readonly max: number;
  /** Levels that are accepted; empty for other fields. */
  readonly values: readonly LevelName[];
  readonly units: string | undefined;
  readonly description: string;
}

/** The record format in force. */
export interface LogSchema {
  /** One rule for each of {@link FIELDS}, in that order. */
  readonly rules: readonly FieldRule[];
  /** Fields that the file adds; their values are kept as attributes. */
  readonly own: ReadonlyMap<string, OwnFieldRule>;
  /** Whose numbers a numeric level is read as. */
  readonly numbers: LevelNumbering;
  readonly tests: readonly SchemaTest[];
}

/**
 * What reads a record back that was accepted once, under whichever schema was
 * in force then: the types of fields never change, limits may.
 */
export const STORED_SCHEMA: LogSchema = {
  rules: FIELDS.map(({ name, type }, index) => ({
    name,
    type,
    required: name === 'timestamp',
    vital: index > FIELD.attributes,
    maxLength: Infinity,
    min: -Infinity,
    max: Infinity,
    values: type === 'level' ? LEVEL_NAMES : [],
    units: undefined,
    description: '',
  })),
  own: new Map(),
  numbers: 'opentelemetry',
  tests: [],
};

const RULE_KEYS = [
  'type',
  'required',
  'vital',
  'values',
  'numbers',
  'max_length',
  'min',
  'max',
  'units',
  'description',
];
/** Names become subject ids, which end there. */
const MAX_NAME_LENGTH = 128;
export const MAX_TEXT_LENGTH = 65_536;

/**
 * Reads `config/log_schema.yaml` (`log_entry: fields:`, `tests:`). The file
 * must describe every field of a record, whose types are fixed by the code,
 * limits and requirements are the file's; it may add fields of its own.
 * @throws CONFIG_INVALID with `file:line:column` and the likely spelling.
 */
export function loadLogSchema(text: string, fileName: string): LogSchema {
  const root = expectMap(parseYaml(text, fileName), 'the file');
  refuseUnknownKeys(root, ['log_entry', 'tests']);
  const entry = expectMap(required(root, 'log_entry').node, '"log_entry"');
  refuseUnknownKeys(entry, ['fields']);
  const fields = expectMap(required(entry, 'fields').node, '"fields"');
  refuseMisspelled(fields);
  return {
    rules: FIELDS.map(({ name, type }) => readRule(fields, name, type)),
    own: readOwnFields(fields),
    numbers: readNumbering(expectMap(required(fields, 'level').node, '"level"')),
    tests: readSchemaTests(root.entries.get('tests')?.node),
  };
}

const MOST_OWN_FIELDS = 64;

function readOwnFields(fields: YamlMap): ReadonlyMap<string, OwnFieldRule> {
  const names = new Set(FIELDS.map(({ name }) => name));
  const own = new Map<string, OwnFieldRule>();
  for (const [name, { keyAt, node }] of fields.entries) {
    if (names.has(name)) continue;
    if (own.size === MOST_OWN_FIELDS) {
      throw configError(keyAt, `Expected at most ${MOST_OWN_FIELDS} fields of your own.`);
    }
    own.set(name, readOwnField(name, { keyAt, node }));
  }
  return own;
}

function readNumbering(level: YamlMap): LevelNumbering {
  const node = level.entries.get('numbers')?.node;
  if (node === undefined) return 'opentelemetry';
  const given = expectText(node, '"numbers"');
  const numbering = LEVEL_NUMBERINGS.find((name) => name === given);
  if (numbering !== undefined) return numbering;
  throw configError(
    node.at,
    `Expected one of ${LEVEL_NUMBERINGS.join(', ')}, got ${quoted(given)}. ${spellingHint(given, LEVEL_NUMBERINGS)}`,
  );
}

function required(map: YamlMap, key: string): YamlEntry {
  const entry = map.entries.get(key);
  if (entry === undefined) throw configError(map.at, `The key ${quoted(key)} is missing here.`);
  return entry;
}

function readRule(fields: YamlMap, name: string, type: FieldType): FieldRule {
  const rule = expectMap(required(fields, name).node, quoted(name));
  refuseUnknownKeys(
    rule,
    type === 'level' ? RULE_KEYS : RULE_KEYS.filter((key) => key !== 'numbers'),
  );
  checkType(rule, name, type);
  const longest = type === 'name' ? MAX_NAME_LENGTH : MAX_TEXT_LENGTH;
  const read = {
    name,
    type,
    required: readFlag(rule, 'required'),
    vital: readFlag(rule, 'vital'),
    maxLength: readNumber(rule, 'max_length', longest),
    min: readNumber(rule, 'min', -Infinity),
    max: readNumber(rule, 'max', Infinity),
    values: type === 'level' ? readLevels(rule) : [],
    units: readText(rule, 'units'),
    description: readText(rule, 'description') ?? '',
  };
  const limit = rule.entries.get('max_length');
  if (limit !== undefined && (read.maxLength < 1 || read.maxLength > longest)) {
    throw configError(limit.node.at, `Expected "max_length" from 1 to ${longest}.`);
  }
  if (name === 'timestamp' && !read.required) {
    throw configError(rule.at, 'A record without "timestamp" has no place in time: require it.');
  }
  return read;
}

function checkType(rule: YamlMap, name: string, type: FieldType): void {
  const entry = required(rule, 'type');
  const given = expectText(entry.node, '"type"');
  if (given === type) return;
  throw configError(
    entry.node.at,
    `Expected the type of "${name}" to be "${type}", got ${quoted(given)}.`,
  );
}

function readFlag(rule: YamlMap, key: string): boolean {
  const node = rule.entries.get(key)?.node;
  if (node === undefined) return false;
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  throw configError(node.at, `Expected "${key}" to be true or false, got ${nodeText(node)}.`);
}

function readLevels(rule: YamlMap): readonly LevelName[] {
  const node = rule.entries.get('values')?.node;
  if (node === undefined) return LEVEL_NAMES;
  return expectList(node, '"values"').items.map((item) => {
    const word = expectText(item, 'a level');
    const level = LEVEL_NAMES.find((name) => name === word);
    if (level !== undefined) return level;
    throw configError(item.at, `Expected one of ${LEVEL_NAMES.join(', ')}, got ${quoted(word)}.`);
  });
}
