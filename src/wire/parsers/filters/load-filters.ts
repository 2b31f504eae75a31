import { spellingHint } from '../../../core/edit-distance.ts';
import {
  configError,
  expectList,
  expectMap,
  expectText,
  nodeText,
  quoted,
  refuseUnknownKeys,
  toPlain,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from '../../../core/yaml-node.ts';
import type { GrokPattern } from '../grok/grok.ts';
import type { StopCount } from '../grok/stop-count.ts';
import * as steps from './filter-steps.ts';

/** Compiles a grok pattern that stands in a node. @throws CONFIG_INVALID with its place. */
type CompilePattern = (node: YamlNode) => GrokPattern;

/** What steps are made with. */
export interface FilterTools {
  readonly compile: CompilePattern;
  /** Counts what the patterns of all steps had to stop. */
  readonly stopped: StopCount;
}

type Build = (node: YamlNode, tools: FilterTools) => steps.FilterStep;

const TYPES: readonly steps.ConvertType[] = ['int', 'float', 'bool', 'text'];

const STEPS: Readonly<Record<string, Build>> = {
  rename: (node) => steps.rename(texts(node, 'rename')),
  set: (node) => steps.set(plainMap(node, 'set')),
  convert: (node) => steps.convert(types(node)),
  drop_fields: (node) => steps.dropFields(names(node, 'drop_fields')),
  lower: (node) => steps.mapText(names(node, 'lower'), (text) => text.toLowerCase()),
  upper: (node) => steps.mapText(names(node, 'upper'), (text) => text.toUpperCase()),
  trim: (node) => steps.mapText(names(node, 'trim'), (text) => text.trim()),
  date: (node) => {
    const map = known(node, 'date', ['field', 'to']);
    return steps.date(text(map, 'field'), text(map, 'to', 'timestamp'));
  },
  split_pairs: (node) => {
    const map = known(node, 'split_pairs', ['field', 'pairs', 'values', 'prefix']);
    const pairs = map.entries.has('pairs') ? text(map, 'pairs') : undefined;
    const values = text(map, 'values', '=');
    return steps.splitPairs({
      field: text(map, 'field'),
      pairs,
      values,
      prefix: text(map, 'prefix', ''),
    });
  },
  grok: (node, { compile, stopped }) => {
    const map = known(node, 'grok', ['field', 'match']);
    const match = required(map, 'match').node;
    const patterns = (match.kind === 'list' ? match.items : [match]).map(compile);
    return steps.grok(text(map, 'field', 'message'), patterns, stopped);
  },
  drop: (node) => {
    if (node.kind === 'scalar' && node.value === true) return steps.drop;
    throw configError(node.at, `Expected "drop" to be true, got ${nodeText(node)}.`);
  },
};

/** Reads a list of steps, each a map with the name of one step and perhaps `when`. @throws CONFIG_INVALID */
export function loadFilters(node: YamlNode, tools: FilterTools): readonly steps.FilterStep[] {
  return expectList(node, '"filters"').items.map((item) => loadStep(item, tools));
}

function loadStep(node: YamlNode, tools: FilterTools): steps.FilterStep {
  const map = expectMap(node, 'a filter');
  refuseUnknownKeys(map, [...Object.keys(STEPS), 'when']);
  const found = [...map.entries].filter(([key]) => key !== 'when');
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw configError(
      map.at,
      'Expected one step in each item.',
      'Write each step as an item of its own.',
    );
  }
  const [name, { node: body }] = first;
  const build = STEPS[name];
  if (build === undefined) throw configError(map.at, `Unknown step ${quoted(name)}.`);
  const step = build(body, tools);
  const condition = map.entries.get('when')?.node;
  return condition === undefined ? step : conditional(condition, step);
}

function conditional(node: YamlNode, step: steps.FilterStep): steps.FilterStep {
  const map = known(node, 'when', ['field', 'equals']);
  const equals = map.entries.get('equals')?.node;
  return steps.when(text(map, 'field'), equals === undefined ? undefined : toPlain(equals), step);
}

function known(node: YamlNode, name: string, keys: readonly string[]): YamlMap {
  const map = expectMap(node, quoted(name));
  refuseUnknownKeys(map, keys);
  return map;
}

function required(map: YamlMap, key: string): YamlEntry {
  const entry = map.entries.get(key);
  if (entry === undefined) throw configError(map.at, `The key ${quoted(key)} is missing here.`);
  return entry;
}

function text(map: YamlMap, key: string, otherwise?: string): string {
  const entry = map.entries.get(key);
  if (entry === undefined && otherwise !== undefined) return otherwise;
  return expectText(required(map, key).node, quoted(key));
}

function names(node: YamlNode, what: string): readonly string[] {
  return expectList(node, quoted(what)).items.map((item) => expectText(item, 'a field'));
}

function texts(node: YamlNode, what: string): Readonly<Record<string, string>> {
  const entries = [...expectMap(node, quoted(what)).entries];
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, expectText(entry.node, quoted(key))]),
  );
}

function plainMap(node: YamlNode, what: string): Readonly<Record<string, unknown>> {
  return toPlain(expectMap(node, quoted(what))) as Readonly<Record<string, unknown>>;
}

function types(node: YamlNode): Readonly<Record<string, steps.ConvertType>> {
  const entries = [...expectMap(node, '"convert"').entries].map(([key, entry]) => {
    const name = expectText(entry.node, quoted(key));
    const type = TYPES.find((each) => each === name);
    if (type !== undefined) return [key, type] as const;
    throw configError(entry.node.at, `Unknown type ${quoted(name)}. ${spellingHint(name, TYPES)}`);
  });
  return Object.fromEntries(entries);
}
