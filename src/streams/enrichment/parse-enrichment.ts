import { parseYaml } from '../../core/yaml-document.ts';
import {
  configError,
  expectList,
  expectMap,
  expectText,
  nodeText,
  refuseUnknownKeys,
  type YamlMap,
  type YamlNode,
} from '../../core/yaml-node.ts';
import {
  LOOKUP_KEYS,
  TABLE_LIMITS,
  type LookupKey,
  type LookupTable,
  type ShiftRule,
} from './lookup-table.ts';

/** A table in a file of its own, CSV or YAML by its ending. */
export interface FileTable {
  readonly name: string;
  readonly file: string;
}

/** A table that is a bucket of NATS KV: ids to JSON objects of attributes. */
export interface BucketTable {
  readonly name: string;
  readonly key: LookupKey;
  readonly bucket: string;
}

/** What `enrichment.yaml` says; tables in files of their own are named, not read. */
export interface EnrichmentConfig {
  readonly tables: readonly (LookupTable | FileTable | BucketTable)[];
  readonly shifts: readonly ShiftRule[];
  readonly utcOffsetMinutes: number;
}

const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const FILE = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}\.(?:csv|yaml|yml)$/;
const BUCKET = /^[A-Za-z0-9_-]{1,64}$/;
const TIME = /^([01]\d|2[0-4]):([0-5]\d)$/;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MOST = 64;

/** Reads `enrichment.yaml`. @throws CONFIG_INVALID with file, line and column. */
export function parseEnrichment(text: string, fileName: string): EnrichmentConfig {
  const root = expectMap(parseYaml(text, fileName), 'the file');
  refuseUnknownKeys(root, ['enrichment']);
  const entry = root.entries.get('enrichment');
  if (entry === undefined) throw configError(root.at, 'Expected the key "enrichment".');
  const map = expectMap(entry.node, '"enrichment"');
  refuseUnknownKeys(map, ['tables', 'shifts', 'utc_offset_minutes']);
  return {
    tables: itemsOf(map, 'tables').map(readTable),
    shifts: itemsOf(map, 'shifts').map(readShift),
    utcOffsetMinutes: readOffset(map.entries.get('utc_offset_minutes')?.node),
  };
}

function itemsOf(map: YamlMap, key: string): readonly YamlNode[] {
  const entry = map.entries.get(key);
  if (entry === undefined) return [];
  const { items, at } = expectList(entry.node, `"${key}"`);
  if (items.length > MOST) throw configError(at, `Expected at most ${MOST} ${key}.`);
  return items;
}

function readTable(node: YamlNode): EnrichmentConfig['tables'][number] {
  const map = expectMap(node, 'a table');
  refuseUnknownKeys(map, ['name', 'file', 'key', 'rows', 'bucket']);
  const name = textOf(map, 'name', NAME);
  if (map.entries.has('file')) return { name, file: textOf(map, 'file', FILE) };
  if (map.entries.has('bucket')) {
    return { name, key: keyOf(map), bucket: textOf(map, 'bucket', BUCKET) };
  }
  return readRows(map, name);
}

/** Reads a YAML file of `key` and `rows`. @throws CONFIG_INVALID with file, line and column */
export function parseYamlTable(text: string, fileName: string, name: string): LookupTable {
  const map = expectMap(parseYaml(text, fileName), 'the file');
  refuseUnknownKeys(map, ['key', 'rows']);
  return readRows(map, name);
}

function keyOf(map: YamlMap): LookupKey {
  const text = textOf(map, 'key', /./);
  const key = LOOKUP_KEYS.find((each) => each === text);
  if (key !== undefined) return key;
  const at = map.entries.get('key')?.node.at ?? map.at;
  throw configError(at, `Expected the key to be ${LOOKUP_KEYS.join(', ')}.`);
}

function readRows(map: YamlMap, name: string): LookupTable {
  const key = keyOf(map);
  const rows = expectMap(map.entries.get('rows')?.node ?? map, '"rows"');
  const entries = [...rows.entries].map(([id, row]) => [id, readRow(row.node)] as const);
  return Object.freeze({ name, key, rows: new Map(entries) });
}

function readRow(node: YamlNode): Readonly<Record<string, string>> {
  const map = expectMap(node, 'a row');
  const values: Record<string, string> = {};
  for (const [name, { keyAt, node: value }] of map.entries) {
    if (!NAME.test(name)) throw configError(keyAt, 'Expected a name of a-z 0-9 _.');
    if (value.kind !== 'scalar' || String(value.value).length > TABLE_LIMITS.value) {
      throw configError(value.at, `Expected a value of at most ${TABLE_LIMITS.value} characters.`);
    }
    values[name] = String(value.value);
  }
  return Object.freeze(values);
}

function readShift(node: YamlNode): ShiftRule {
  const map = expectMap(node, 'a shift');
  refuseUnknownKeys(map, ['name', 'days', 'from', 'to']);
  const days = expectList(map.entries.get('days')?.node ?? map, '"days"');
  const weekdays = days.items.map((item) => {
    const day = DAYS.indexOf(expectText(item, 'a day'));
    if (day < 0)
      throw configError(item.at, `Expected a day of ${DAYS.join(', ')}, got ${nodeText(item)}.`);
    return day;
  });
  const [from, to] = [minuteOf(map, 'from'), minuteOf(map, 'to')];
  return Object.freeze({ name: textOf(map, 'name', /^.{1,64}$/), weekdays, from, to });
}

function minuteOf(map: YamlMap, key: 'from' | 'to'): number {
  const [hours, minutes] = textOf(map, key, TIME).split(':');
  return Number(hours) * 60 + Number(minutes);
}

function textOf(map: YamlMap, key: string, pattern: RegExp): string {
  const node = map.entries.get(key)?.node;
  if (node === undefined) throw configError(map.at, `Expected the key "${key}".`);
  const text = expectText(node, `"${key}"`);
  if (pattern.test(text)) return text;
  throw configError(node.at, `${nodeText(node)} cannot be the "${key}".`);
}

function readOffset(node: YamlNode | undefined): number {
  if (node === undefined) return 0;
  const value = node.kind === 'scalar' ? node.value : undefined;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 14 * 60)
    return value;
  throw configError(node.at, `Expected whole minutes from -840 to 840, got ${nodeText(node)}.`);
}
