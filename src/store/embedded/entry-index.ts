import type { SubjectId } from '../../model/subject.ts';
import type { ParsedQuery } from '../query/parse-query.ts';
import type { Block, BlockEntry } from '../store.ts';
import { axisIndex, timeExcludes, type IndexName } from './block-summary.ts';

/** Where the payload of an entry lies. */
export interface Place {
  readonly chunk: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * A block's entries as columns, so that only matching entries are decoded.
 * Names are numbers in `names`; times are relative to `base`.
 */
export interface EntryColumns {
  readonly base: { readonly lsn: number; readonly time: number };
  readonly names: readonly string[];
  readonly lsn: number[];
  readonly observed: number[];
  readonly min: number[];
  readonly max: number[];
  /** Greatest level of the entry as an index into LEVEL_NAMES. */
  readonly top: number[];
  readonly subject: number[];
  readonly services: (readonly number[])[];
  readonly users: (readonly number[])[];
  /** Template of each record, 0 for none and else one more than its number in `names`; absent in blocks without, and in old ones. */
  readonly templates?: (readonly number[])[];
  readonly chunk: number[];
  readonly offset: number[];
  readonly length: number[];
}

export function entryColumns(block: Block, places: readonly Place[]): EntryColumns {
  const names = new NameTable();
  const base = { lsn: block.firstLsn, time: block.entries[0]?.observedAt ?? 0 };
  const { length } = block.entries;
  const hasTemplates = block.entries.some(({ templates }) => templates !== undefined);
  const columns = {
    ...emptyColumns(base, names.list, length),
    ...(hasTemplates && { templates: new Array<readonly number[]>(length) }),
  };
  block.entries.forEach((entry, index) => {
    const place = places[index];
    if (place === undefined) return;
    columns.lsn[index] = entry.lsn - base.lsn;
    columns.observed[index] = entry.observedAt - base.time;
    columns.min[index] = entry.minTimestamp - base.time;
    columns.max[index] = entry.maxTimestamp - base.time;
    columns.top[index] = topLevel(entry);
    columns.subject[index] = names.number(entry.subject);
    columns.services[index] = names.numbers(entry.services);
    columns.users[index] = names.numbers(entry.users);
    if (columns.templates !== undefined)
      columns.templates[index] = names.templates(entry.templates);
    columns.chunk[index] = place.chunk;
    columns.offset[index] = place.offset;
    columns.length[index] = place.length;
  });
  return columns;
}

/** An entry that may match. */
export interface IndexedEntry {
  readonly lsn: number;
  readonly subject: SubjectId;
  readonly observedAt: number;
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
  readonly place: Place;
  /** Template of each record, '' for none. */
  readonly templates: readonly string[] | undefined;
}

/** The entries that may match; every index that excluded one is added to `pruned`. */
export function selectEntries(
  columns: EntryColumns,
  query: ParsedQuery,
  pruned: Set<IndexName>,
): IndexedEntry[] {
  const number = (name: string | undefined): number | undefined =>
    name === undefined ? undefined : columns.names.indexOf(name);
  const wanted: Wanted = {
    query,
    subject: number(query.subject),
    service: number(query.service),
    user: number(query.user),
  };
  const selected: IndexedEntry[] = [];
  for (let index = 0; index < columns.lsn.length; index += 1) {
    if (!excludes({ columns, index }, wanted, pruned)) selected.push(entryAt(columns, index));
  }
  return selected;
}

/** The query's names as numbers of the block: `undefined` not asked for, -1 not in the block. */
interface Wanted {
  readonly query: ParsedQuery;
  readonly subject: number | undefined;
  readonly service: number | undefined;
  readonly user: number | undefined;
}

function excludes(
  { columns, index }: { readonly columns: EntryColumns; readonly index: number },
  { query, subject, service, user }: Wanted,
  pruned: Set<IndexName>,
): boolean {
  let excluded = false;
  const exclude = (by: IndexName): void => {
    excluded = true;
    pruned.add(by);
  };
  const { time } = columns.base;
  const [least, greatest] = query.byIngest
    ? [columns.observed, columns.observed]
    : [columns.min, columns.max];
  const min = time + (least[index] ?? 0);
  const max = time + (greatest[index] ?? 0);
  if (timeExcludes(min, max, query)) exclude(axisIndex(query));
  if (query.level !== undefined && (columns.top[index] ?? 0) < query.level) exclude('level');
  if (subject !== undefined && columns.subject[index] !== subject) exclude('subject');
  if (service !== undefined && columns.services[index]?.includes(service) !== true) {
    exclude('service');
  }
  if (user !== undefined && columns.users[index]?.includes(user) !== true) exclude('user_id');
  return excluded;
}

function entryAt(columns: EntryColumns, index: number): IndexedEntry {
  const { base } = columns;
  return {
    lsn: base.lsn + (columns.lsn[index] ?? 0),
    subject: (columns.names[columns.subject[index] ?? -1] ?? '') as SubjectId,
    observedAt: base.time + (columns.observed[index] ?? 0),
    minTimestamp: base.time + (columns.min[index] ?? 0),
    maxTimestamp: base.time + (columns.max[index] ?? 0),
    templates: columns.templates?.[index]?.map((number) => columns.names[number - 1] ?? ''),
    place: {
      chunk: columns.chunk[index] ?? 0,
      offset: columns.offset[index] ?? 0,
      length: columns.length[index] ?? 0,
    },
  };
}

function topLevel(entry: BlockEntry): number {
  for (let level = entry.levels.length - 1; level > 0; level -= 1) {
    if ((entry.levels[level] ?? 0) > 0) return level;
  }
  return 0;
}

const NONE: readonly number[] = [];
const NO_NAMES: readonly string[] = [];

class NameTable {
  readonly list: string[] = [];
  readonly #numbers = new Map<string, number>();

  number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.list.length);
    return this.list.push(name) - 1;
  }

  templates(ids: readonly string[] = NO_NAMES): readonly number[] {
    return ids.length === 0 ? NONE : ids.map((id) => (id === '' ? 0 : this.number(id) + 1));
  }

  numbers(names: readonly string[]): readonly number[] {
    return names.length === 0 ? NONE : names.map((name) => this.number(name));
  }
}

function emptyColumns(
  base: EntryColumns['base'],
  names: readonly string[],
  length: number,
): EntryColumns {
  const numbers = (): number[] => new Array<number>(length);
  const lists = (): (readonly number[])[] => new Array<readonly number[]>(length);
  return {
    base,
    names,
    lsn: numbers(),
    observed: numbers(),
    min: numbers(),
    max: numbers(),
    top: numbers(),
    subject: numbers(),
    services: lists(),
    users: lists(),
    chunk: numbers(),
    offset: numbers(),
    length: numbers(),
  };
}
