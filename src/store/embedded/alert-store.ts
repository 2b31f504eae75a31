import type { Key } from 'lmdb';
import type { Alert } from '../../model/alert.ts';
import { decodeCursor, encodeCursor } from '../query/cursor.ts';
import { Heap } from '../query/heap.ts';
import { Pace } from '../query/pace.ts';
import { pageLimit } from '../query/page-limit.ts';
import type { AlertQuery, AlertStore } from '../store.ts';
import {
  descending,
  finish,
  newValue,
  openBytes,
  openObject,
  sealObject,
  type StoreKey,
} from './checked.ts';
import type { Environment, Table, TableName } from './environment.ts';

type IndexKey = readonly [index: string, value: string, newest: number, id: string];

/** Alerts by id, with an index by state, severity, subject, and over all; each newest first. */
export class EmbeddedAlertStore implements AlertStore {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  async put(alerts: readonly Alert[]): Promise<void> {
    if (alerts.length === 0) return;
    await this.#environment.transaction((tables) => {
      for (const alert of alerts) keepNewer(tables, alert);
    });
  }

  async get(id: string): Promise<Alert | undefined> {
    return this.#read(id);
  }

  async list(
    query: AlertQuery,
  ): Promise<{ readonly alerts: readonly Alert[]; readonly cursor: string | undefined }> {
    const limit = pageLimit(query.limit);
    const pace = new Pace();
    const alerts: Alert[] = [];
    for await (const id of this.#ids(query)) {
      const alert = this.#read(id);
      if (pace.spend(5)) await pace.rest();
      if (alert === undefined || !alertMatches(alert, query)) continue;
      if (alerts.length === limit) return { alerts, cursor: cursorAfter(alerts.at(-1)) };
      alerts.push(alert);
    }
    return { alerts, cursor: undefined };
  }

  #read(id: string): Alert | undefined {
    const value = this.#environment.get('alerts', [id]);
    return value === undefined ? undefined : openObject<Alert>([id], value);
  }

  /** Ids in the order of the list, from the index that leaves the fewest. */
  async *#ids(query: AlertQuery): AsyncGenerator<string> {
    const ranges = indexRanges(query).map((range) => this.#range(range, query));
    const heads = new Heap<{ key: IndexKey; rest: Iterator<IndexKey> }>((a, b) =>
      comesBefore(a.key, b.key),
    );
    const advance = (rest: Iterator<IndexKey>): void => {
      const { done, value } = rest.next();
      if (done !== true) heads.push({ key: value, rest });
    };
    ranges.forEach(advance);
    for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
      yield head.key[3];
      advance(head.rest);
    }
  }

  *#range([index, value]: readonly [string, string], query: AlertQuery): Generator<IndexKey> {
    const position = startOf(query);
    const end = [index, value, ...(query.from === undefined ? [] : [descending(query.from)]), '~'];
    let start = [index, value, ...position] as Key;
    let exclusiveStart = position.length > 1;
    for (;;) {
      const keys = this.#environment.read((tables) =>
        [...tables.alertIndex.getRange({ start, end, exclusiveStart, limit: PAGE })].map((item) => {
          openBytes(item.key as StoreKey, item.value);
          return item.key as unknown as IndexKey;
        }),
      );
      yield* keys;
      const last = keys.at(-1);
      if (keys.length < PAGE || last === undefined) return;
      start = last as unknown as Key;
      exclusiveStart = true;
    }
  }
}

const PAGE = 64;

function keepNewer(tables: Readonly<Record<TableName, Table>>, alert: Alert): void {
  const stored = tables.alerts.get([alert.id]);
  const before = stored === undefined ? undefined : readable(alert.id, stored);
  if (before !== undefined && before.revision >= alert.revision) return;
  const keys = indexKeys(alert);
  if (before !== undefined) {
    for (const key of indexKeys(before)) tables.alertIndex.removeSync(key as unknown as Key);
  }
  tables.alerts.putSync([alert.id], sealObject([alert.id], alert));
  for (const key of keys) {
    tables.alertIndex.putSync(key as unknown as Key, finish(key, newValue(0).value));
  }
}

/** A damaged alert is replaced by the next revision of it. */
function readable(id: string, value: Buffer): Alert | undefined {
  try {
    return openObject<Alert>([id], value);
  } catch {
    return undefined;
  }
}

function indexKeys(alert: Alert): readonly IndexKey[] {
  return [
    ['all', '', descending(alert.openedAt), alert.id],
    ['state', alert.state, descending(alert.openedAt), alert.id],
    ['severity', alert.severity, descending(alert.openedAt), alert.id],
    ['subject', alert.subject, descending(alert.openedAt), alert.id],
  ];
}

function indexRanges(query: AlertQuery): readonly (readonly [string, string])[] {
  if (query.subject !== undefined) return [['subject', query.subject]];
  if (query.states !== undefined) return unique(query.states).map((state) => ['state', state]);
  if (query.severities !== undefined) {
    return unique(query.severities).map((severity) => ['severity', severity]);
  }
  return [['all', '']];
}

/** Where a range begins: behind the cursor, or at the newest that `to` allows. */
function startOf(query: AlertQuery): readonly [] | readonly [number] | readonly [number, string] {
  if (query.cursor !== undefined) {
    const shape = ['number', 'string'] as const;
    const [openedAt, id] = decodeCursor(query.cursor, { listing: 'alerts', shape });
    return [descending(openedAt), id];
  }
  return query.to === undefined ? [] : [descending(query.to)];
}

function alertMatches(alert: Alert, query: AlertQuery): boolean {
  return (
    (query.states === undefined || query.states.includes(alert.state)) &&
    (query.severities === undefined || query.severities.includes(alert.severity)) &&
    (query.type === undefined || alert.type === query.type) &&
    (query.subject === undefined || alert.subject === query.subject) &&
    alert.openedAt >= (query.from ?? -Infinity) &&
    alert.openedAt < (query.to ?? Infinity)
  );
}

function cursorAfter(alert: Alert | undefined): string | undefined {
  return alert && encodeCursor('alerts', [alert.openedAt, alert.id]);
}

function comesBefore(a: IndexKey, b: IndexKey): boolean {
  return a[2] < b[2] || (a[2] === b[2] && a[3] < b[3]);
}

function unique<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}
