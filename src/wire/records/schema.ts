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
import { FIELDS } from './fields.ts';
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

/** The record format in force; one rule for each of {@link FIELDS}, in that order. */
export interface LogSchema {
  readonly rules: readonly FieldRule[];
}

const RULE_KEYS = [
  'type',
  'required',
  'vital',
  'values',
  'max_length',
  'min',
  'max',
  'units',
  'description',
];
/** Names become subject ids, which end there. */
const MAX_NAME_LENGTH = 128;
const MAX_TEXT_LENGTH = 65_536;

/**
 * Reads `config/log_schema.yaml` (`log_entry: fields:`). The file must
 * describe every field of a record and no other; types are fixed by the
 * code, limits and requirements are the file's.
 * @throws CONFIG_INVALID with `file:line:column` and the likely spelling.
 */
export function loadLogSchema(text: string, fileName: string): LogSchema {
  const root = expectMap(parseYaml(text, fileName), 'the file');
  refuseUnknownKeys(root, ['log_entry']);
  const entry = expectMap(required(root, 'log_entry').node, '"log_entry"');
  refuseUnknownKeys(entry, ['fields']);
  const fields = expectMap(required(entry, 'fields').node, '"fields"');
  refuseUnknownKeys(
    fields,
    FIELDS.map(({ name }) => name),
  );
  return { rules: FIELDS.map(({ name, type }) => readRule(fields, name, type)) };
}

function required(map: YamlMap, key: string): YamlEntry {
  const entry = map.entries.get(key);
  if (entry === undefined) throw configError(map.at, `The key ${quoted(key)} is missing here.`);
  return entry;
}

function readRule(fields: YamlMap, name: string, type: FieldType): FieldRule {
  const rule = expectMap(required(fields, name).node, quoted(name));
  refuseUnknownKeys(rule, RULE_KEYS);
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

function readNumber(rule: YamlMap, key: string, otherwise: number): number {
  const node = rule.entries.get(key)?.node;
  if (node === undefined) return otherwise;
  if (node.kind === 'scalar' && Number.isFinite(node.value)) return Number(node.value);
  throw configError(node.at, `Expected "${key}" to be a number, got ${nodeText(node)}.`);
}

function readText(rule: YamlMap, key: string): string | undefined {
  const node = rule.entries.get(key)?.node;
  return node === undefined ? undefined : expectText(node, `"${key}"`);
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
