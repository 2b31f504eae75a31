import { likelySpelling, spellingHint } from '../../core/edit-distance.ts';
import {
  configError,
  expectList,
  expectMap,
  expectText,
  quoted,
  refuseUnknownKeys,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from '../../core/yaml-node.ts';
import { FIELDS } from './fields.ts';
import { readNumber, readText } from './rule-values.ts';

export type OwnFieldType = 'text' | 'number' | 'integer' | 'boolean';

/** What `config/log_schema.yaml` says about a field that the team added. */
export interface OwnFieldRule {
  readonly name: string;
  readonly type: OwnFieldType;
  /** Characters (UTF-16 code units) of a text. */
  readonly maxLength: number;
  readonly min: number;
  readonly max: number;
  /** Texts that are accepted; empty accepts all. */
  readonly values: readonly string[];
  readonly units: string | undefined;
  readonly description: string;
}

const MAX_LENGTH = 65_536;
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
/** As the file and as JSON Schema spell it. */
const TYPES: ReadonlyMap<string, OwnFieldType> = new Map([
  ['text', 'text'],
  ['string', 'text'],
  ['number', 'number'],
  ['integer', 'integer'],
  ['boolean', 'boolean'],
]);
const KEYS_OF: Readonly<Record<OwnFieldType, readonly string[]>> = {
  text: ['max_length', 'maxLength', 'values'],
  number: ['min', 'max', 'units'],
  integer: ['min', 'max', 'units'],
  boolean: [],
};

/**
 * A name close to a field that is missing is a slip of the pen and no field of
 * one's own. @throws CONFIG_INVALID
 */
export function refuseMisspelled(fields: YamlMap): void {
  const missing = FIELDS.map(({ name }) => name).filter((name) => !fields.entries.has(name));
  if (missing.length === 0) return;
  const known = new Set(FIELDS.map(({ name }) => name));
  for (const [key, { keyAt }] of fields.entries) {
    if (known.has(key) || likelySpelling(key, missing) === undefined) continue;
    throw configError(keyAt, `Unknown key ${quoted(key)}. ${spellingHint(key, missing)}`);
  }
}

/** One field that the file adds. @throws CONFIG_INVALID */
export function readOwnField(name: string, { keyAt, node }: YamlEntry): OwnFieldRule {
  if (!NAME.test(name)) {
    throw configError(
      keyAt,
      `Expected a name of a letter and up to 63 of A-Z a-z 0-9 _ . -, got ${quoted(name)}.`,
    );
  }
  const rule = expectMap(node, quoted(name));
  const type = readType(rule);
  refuseUnknownKeys(rule, ['type', 'required', 'description', ...KEYS_OF[type]]);
  refuseRequired(rule);
  const values = rule.entries.get('values')?.node;
  return {
    name,
    type,
    maxLength: readLength(rule),
    min: readNumber(rule, 'min', -Infinity),
    max: readNumber(rule, 'max', Infinity),
    values: values === undefined ? [] : readValues(values),
    units: readText(rule, 'units'),
    description: readText(rule, 'description') ?? '',
  };
}

/** Why a value does not fit; `undefined` when it does. Null counts as absent. */
export function ownFieldProblem(rule: OwnFieldRule, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (rule.type === 'boolean') {
    return typeof value === 'boolean' ? undefined : 'Expected true or false.';
  }
  return rule.type === 'text' ? textProblem(rule, value) : numberProblem(rule, value);
}

function textProblem({ maxLength, values }: OwnFieldRule, value: unknown): string | undefined {
  if (typeof value !== 'string') return 'Expected text.';
  if (value.length > maxLength) return `Longer than ${maxLength} characters.`;
  if (values.length === 0 || values.includes(value)) return undefined;
  return `Expected one of ${values.slice(0, 20).join(', ')}.`;
}

function numberProblem({ type, min, max }: OwnFieldRule, value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'Expected a number.';
  if (value < min || value > max) return `Expected a number ${rangeText({ min, max })}.`;
  if (type === 'integer' && !Number.isInteger(value)) return 'Expected a whole number.';
  return undefined;
}

/** How a range is told to people: `from 0 to 5`. */
export function rangeText({ min, max }: { readonly min: number; readonly max: number }): string {
  if (max === Infinity) return `of at least ${min}`;
  return min === -Infinity ? `of at most ${max}` : `from ${min} to ${max}`;
}

function readType(rule: YamlMap): OwnFieldType {
  const entry = rule.entries.get('type');
  if (entry === undefined) throw configError(rule.at, 'The key "type" is missing here.');
  const given = expectText(entry.node, '"type"');
  const type = TYPES.get(given);
  if (type !== undefined) return type;
  throw configError(
    entry.node.at,
    `Expected the type of a field of your own to be text, number, integer or boolean, got ${quoted(given)}.`,
  );
}

function refuseRequired(rule: YamlMap): void {
  const node = rule.entries.get('required')?.node;
  if (node === undefined || (node.kind === 'scalar' && node.value === false)) return;
  throw configError(
    node.at,
    'A field of your own cannot be required.',
    'Watches and inputs that do not know it would lose their records; count what lacks it with "watchkeeper config drift".',
  );
}

function readLength(rule: YamlMap): number {
  for (const key of ['max_length', 'maxLength']) {
    const node = rule.entries.get(key)?.node;
    if (node === undefined) continue;
    const length = readNumber(rule, key, MAX_LENGTH);
    if (Number.isInteger(length) && length >= 1 && length <= MAX_LENGTH) return length;
    throw configError(node.at, `Expected "${key}" from 1 to ${MAX_LENGTH}.`);
  }
  return MAX_LENGTH;
}

function readValues(node: YamlNode): readonly string[] {
  const { items } = expectList(node, '"values"');
  if (items.length === 0) throw configError(node.at, 'Expected at least one value.');
  return items.map((item) => expectText(item, 'a value'));
}
