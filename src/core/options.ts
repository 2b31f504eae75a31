import { durationText, parseDuration } from './duration.ts';
import { spellingHint } from './edit-distance.ts';
import {
  configError,
  expectList,
  expectMap,
  nodeText,
  refuseUnknownKeys,
  toPlain,
} from './yaml-node.ts';
import type { YamlMap, YamlNode } from './yaml-node.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** One setting, written once: it parses, has a type, a JSON Schema and a line in the reference. */
export interface Option<T> {
  /** What it does, as a sentence. */
  readonly doc: string;
  /** Used when the file does not say; without it the setting is required. */
  readonly default: T | undefined;
  /** How values are written, for the reference. */
  readonly form: string;
  readonly jsonSchema: JsonSchema;
  /** The default as it would be written in the file. */
  readonly defaultText: string;
  /** @throws CONFIG_INVALID with the place of the node. */
  parse(node: YamlNode, name: string): T;
}

/** Settings by camelCase name; in files the names are snake_case. */
export type OptionsSpec = Readonly<Record<string, Option<unknown>>>;

/** The values that a spec parses to. */
export type OptionsOf<Spec extends OptionsSpec> = {
  readonly [Name in keyof Spec]: Spec[Name] extends Option<infer T> ? T : never;
};

interface Basics<T> {
  readonly doc: string;
  readonly default?: T;
}
interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** The kinds of settings. */
export const option = Object.freeze({
  integer: (spec: Basics<number> & Range): Option<number> => numberOption(spec, true),
  number: (spec: Basics<number> & Range): Option<number> => numberOption(spec, false),
  duration: durationOption,
  boolean: booleanOption,
  text: textOption,
  oneOf: oneOfOption,
  list: listOption,
  map: mapOption,
});

/**
 * Reads the settings of `spec` from a map; keys in `others` belong to
 * somebody else. @throws CONFIG_INVALID for an unknown key (with the likely
 * spelling), a wrong value or a missing required one.
 */
export function parseOptions<Spec extends OptionsSpec>(
  spec: Spec,
  map: YamlMap,
  others: readonly string[] = [],
): OptionsOf<Spec> {
  const names = Object.keys(spec);
  refuseUnknownKeys(map, [...others, ...names.map(snakeCase)]);
  const values: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(spec)) {
    const key = snakeCase(name);
    const node = map.entries.get(key)?.node;
    if (node === undefined && each.default === undefined) {
      throw configError(map.at, `The key "${key}" is missing here.`, each.doc);
    }
    values[name] = node === undefined ? each.default : each.parse(node, key);
  }
  return values as OptionsOf<Spec>;
}

/** JSON Schema (2020-12) of a map with these settings. */
export function optionsJsonSchema(spec: OptionsSpec): JsonSchema {
  const entries = Object.entries(spec);
  const required = entries.filter(([, each]) => each.default === undefined);
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([name, each]) => [
        snakeCase(name),
        { ...each.jsonSchema, description: each.doc, ...withDefault(each.default) },
      ]),
    ),
    required: required.map(([name]) => snakeCase(name)),
    additionalProperties: false,
  };
}

/** A Markdown table of these settings. */
export function optionsReference(spec: OptionsSpec): string {
  const rows = Object.entries(spec).map(([name, { form, defaultText, doc }]) => {
    const cells = [`\`${snakeCase(name)}\``, form, defaultText, doc];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| key | value | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

/** `clearAt` → `clear_at`. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function withDefault(value: unknown): JsonSchema {
  return value === undefined ? {} : { default: value };
}

function written(value: unknown): string {
  return value === undefined ? 'required' : `\`${String(value)}\``;
}

function numberOption(spec: Basics<number> & Range, isWhole: boolean): Option<number> {
  const { min = -Infinity, max = Infinity } = spec;
  const kind = isWhole ? 'whole number' : 'number';
  const form = `${kind}${rangeText(min, max, String)}`;
  const limits = {
    ...(min === -Infinity ? {} : { minimum: min }),
    ...(max === Infinity ? {} : { maximum: max }),
  };
  return {
    doc: spec.doc,
    default: spec.default,
    form,
    defaultText: written(spec.default),
    jsonSchema: { type: isWhole ? 'integer' : 'number', ...limits },
    parse(node, name) {
      const value = node.kind === 'scalar' ? node.value : undefined;
      const isNumber = typeof value === 'number' && Number.isFinite(value);
      if (isNumber && value >= min && value <= max && (!isWhole || Number.isInteger(value))) {
        return value;
      }
      throw configError(node.at, `Expected "${name}" to be a ${form}, got ${nodeText(node)}.`);
    },
  };
}

/** Written as `5m`, `10 minutes`, `1h 30m` or ms; given to the code as ms. */
function durationOption(spec: {
  readonly doc: string;
  readonly default?: string;
  readonly min?: string;
  readonly max?: string;
}): Option<number> {
  const min = spec.min === undefined ? 0 : (parseDuration(spec.min) ?? 0);
  const max = spec.max === undefined ? Infinity : (parseDuration(spec.max) ?? Infinity);
  const form = `duration${rangeText(min, max, durationText)}`;
  const fallback = spec.default === undefined ? undefined : parseDuration(spec.default);
  return {
    doc: spec.doc,
    default: fallback,
    form,
    defaultText: written(spec.default),
    jsonSchema: { type: ['string', 'integer'], examples: ['5m', '10 minutes', '90s', 1500] },
    parse(node, name) {
      const value = node.kind === 'scalar' ? node.value : undefined;
      const ms = typeof value === 'string' ? parseDuration(value) : value;
      if (typeof ms === 'number' && ms >= min && ms <= max) return ms;
      const fix = 'Write it as 5m, 10 minutes, 1h 30m, 90s, 250ms or a number of milliseconds.';
      throw configError(node.at, `Expected "${name}" to be a ${form}, got ${nodeText(node)}.`, fix);
    },
  };
}

function booleanOption(spec: Basics<boolean>): Option<boolean> {
  return {
    doc: spec.doc,
    default: spec.default,
    form: 'true or false',
    defaultText: written(spec.default),
    jsonSchema: { type: 'boolean' },
    parse(node, name) {
      if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
      throw configError(node.at, `Expected "${name}" to be true or false, got ${nodeText(node)}.`);
    },
  };
}

function textOption(spec: Basics<string> & { readonly maxLength?: number }): Option<string> {
  const { maxLength = 1000 } = spec;
  return {
    doc: spec.doc,
    default: spec.default,
    form: `text of at most ${maxLength} characters`,
    defaultText: written(spec.default),
    jsonSchema: { type: 'string', maxLength },
    parse(node, name) {
      const value = node.kind === 'scalar' ? node.value : undefined;
      if (typeof value === 'string' && value.length <= maxLength) return value;
      throw configError(
        node.at,
        `Expected "${name}" to be text of at most ${maxLength} characters, got ${nodeText(node)}.`,
      );
    },
  };
}

function oneOfOption<const T extends string>(
  spec: Basics<NoInfer<T>> & { readonly values: readonly T[] },
): Option<T> {
  return {
    doc: spec.doc,
    default: spec.default,
    form: `one of ${spec.values.join(', ')}`,
    defaultText: written(spec.default),
    jsonSchema: { enum: spec.values },
    parse(node, name) {
      const value = node.kind === 'scalar' ? node.value : undefined;
      const known = spec.values.find((each) => each === value);
      if (known !== undefined) return known;
      const hint = typeof value === 'string' ? spellingHint(value, spec.values) : '';
      const wanted = `Expected "${name}" to be one of ${spec.values.join(', ')}`;
      throw configError(node.at, `${wanted}, got ${nodeText(node)}. ${hint}`.trimEnd());
    },
  };
}

/** A list of values of one kind, at most `maxItems` (64 by default). */
function listOption<T>(
  spec: Basics<readonly T[]> & { readonly of: Option<T>; readonly maxItems?: number },
): Option<readonly T[]> {
  const { maxItems = 64 } = spec;
  return {
    doc: spec.doc,
    default: spec.default,
    form: `list of ${spec.of.form}`,
    defaultText: spec.default === undefined ? 'required' : spec.default.map(written).join(', '),
    jsonSchema: { type: 'array', items: spec.of.jsonSchema, maxItems },
    parse(node, name) {
      const { items } = expectList(node, `"${name}"`);
      if (items.length > maxItems) {
        throw configError(node.at, `Expected at most ${maxItems} items in "${name}".`);
      }
      return items.map((item) => spec.of.parse(item, name));
    },
  };
}

/** A map with any keys. */
function mapOption(
  spec: Basics<Readonly<Record<string, unknown>>>,
): Option<Readonly<Record<string, unknown>>> {
  return {
    doc: spec.doc,
    default: spec.default,
    form: 'map',
    defaultText: spec.default === undefined ? 'required' : `\`${JSON.stringify(spec.default)}\``,
    jsonSchema: { type: 'object' },
    parse: (node, name) =>
      toPlain(expectMap(node, `"${name}"`)) as Readonly<Record<string, unknown>>,
  };
}

function rangeText(min: number, max: number, text: (value: number) => string): string {
  if (min === -Infinity && max === Infinity) return '';
  if (max === Infinity) return ` of at least ${text(min)}`;
  return min === -Infinity ? ` of at most ${text(max)}` : ` from ${text(min)} to ${text(max)}`;
}
