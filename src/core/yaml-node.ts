import { WatchkeeperError } from './errors.ts';
import { spellingHint } from './edit-distance.ts';

/** Where something stands in a configuration file; lines and columns count from 1. */
export interface YamlPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly at: YamlPosition;
  readonly value: string | number | boolean | null;
}

export interface YamlList {
  readonly kind: 'list';
  readonly at: YamlPosition;
  readonly items: readonly YamlNode[];
}

export interface YamlEntry {
  readonly keyAt: YamlPosition;
  readonly node: YamlNode;
}

export interface YamlMap {
  readonly kind: 'map';
  readonly at: YamlPosition;
  readonly entries: ReadonlyMap<string, YamlEntry>;
}

/** A configuration value that knows its place in the file. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

/** A CONFIG_INVALID error that starts with `file:line:column`. */
export function configError(at: YamlPosition, message: string, fix?: string): WatchkeeperError {
  return new WatchkeeperError(
    'CONFIG_INVALID',
    `${at.file}:${at.line}:${at.column} ${message}`,
    fix === undefined ? {} : { fix },
  );
}

/** The node as a map. @throws CONFIG_INVALID */
export function expectMap(node: YamlNode, what: string): YamlMap {
  if (node.kind === 'map') return node;
  throw configError(node.at, `Expected ${what} to be a map of keys, got ${nodeText(node)}.`);
}

/** The node as a list. @throws CONFIG_INVALID */
export function expectList(node: YamlNode, what: string): YamlList {
  if (node.kind === 'list') return node;
  throw configError(node.at, `Expected ${what} to be a list, got ${nodeText(node)}.`);
}

/** The node as text. @throws CONFIG_INVALID */
export function expectText(node: YamlNode, what: string): string {
  if (node.kind === 'scalar' && typeof node.value === 'string') return node.value;
  throw configError(node.at, `Expected ${what} to be text, got ${nodeText(node)}.`);
}

/** Refuses keys that are not in `known`, naming the likely spelling. @throws CONFIG_INVALID */
export function refuseUnknownKeys(map: YamlMap, known: readonly string[]): void {
  for (const [key, { keyAt }] of map.entries) {
    if (known.includes(key)) continue;
    throw configError(keyAt, `Unknown key ${quoted(key)}. ${spellingHint(key, known)}`);
  }
}

/** The node as plain data; maps become objects. */
export function toPlain(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toPlain);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toPlain(entry.node)]));
}

/** What a node is, for error messages: scalars by value, the rest by kind. */
export function nodeText(node: YamlNode): string {
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'list') return 'a list';
  if (node.value === null) return 'nothing';
  return typeof node.value === 'string' ? quoted(node.value) : String(node.value);
}

/** Text in quotes, cut to 80 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
