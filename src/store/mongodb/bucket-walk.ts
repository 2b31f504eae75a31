import type { Filter, FindCursor } from 'mongodb';
import type { Candidate, CandidateSource, Slice } from '../query/collect.ts';
import { Heap } from '../query/heap.ts';
import { levelsFrom } from '../query/matcher.ts';
import type { ParsedQuery } from '../query/parse-query.ts';
import type { QueryPlan } from '../store.ts';
import { recordOf, type BucketDocument } from './bucket.ts';
import type { Connection, Stored } from './connection.ts';
import type { DayCollections, DayReach } from './day-collections.ts';

const DAY_MS = 86_400_000;
/** Documents fetched at a time. */
const BATCH = 4;

export interface WalkContext {
  readonly connection: Connection;
  readonly days: DayCollections;
  readonly site: string;
}

/** Where a bucket keeps its range on an axis, and what a plan calls that. */
interface AxisFields {
  readonly min: 'min_timestamp' | 'min_observed_at';
  readonly max: 'max_timestamp' | 'max_observed_at';
  readonly index: 'timestamp' | 'observed_at';
}

const EVENT: AxisFields = { min: 'min_timestamp', max: 'max_timestamp', index: 'timestamp' };
const INGEST: AxisFields = {
  min: 'min_observed_at',
  max: 'max_observed_at',
  index: 'observed_at',
};

/** A day or an open cursor, by the earliest place in the query's order that it can fill. */
interface Head {
  readonly rank: number;
  readonly open: () => Promise<readonly Head[]>;
  readonly candidate?: Candidate;
}

/**
 * Buckets of all days in the order of their greatest (or least) time on the query's axis.
 * The server prunes by its indexes. A day is only asked when a record observed
 * in it can come next.
 */
export class BucketWalk implements CandidateSource {
  readonly #context: WalkContext;
  readonly #query: ParsedQuery;
  readonly #heads: Heap<Head>;
  readonly #conditions: ReadonlyMap<string, Filter<Stored>>;
  readonly #fields: AxisFields;
  #started = false;
  #skippedDays = 0;
  #held = 0;
  #considered = 0;
  #matching = 0;
  #read = 0;

  constructor(context: WalkContext, query: ParsedQuery) {
    this.#context = context;
    this.#query = query;
    this.#heads = new Heap((a, b) => a.rank < b.rank);
    this.#conditions = conditionsOf(query);
    this.#fields = query.byIngest ? INGEST : EVENT;
  }

  async next(): Promise<Candidate | undefined> {
    if (!this.#started) await this.#start();
    for (let head = this.#heads.pop(); head !== undefined; head = this.#heads.pop()) {
      for (const next of await head.open()) this.#heads.push(next);
      if (head.candidate !== undefined) return head.candidate;
    }
    return undefined;
  }

  plan(): Omit<QueryPlan, 'recordsScanned'> {
    const unread = this.#heads.size > 0 || this.#skippedDays > 0;
    const byTime = unread || this.#considered < this.#held ? [this.#fields.index] : [];
    const byField = this.#matching < this.#considered ? [...this.#conditions.keys()] : [];
    return {
      indexes: [...byTime, ...byField],
      blocksConsidered: this.#considered,
      blocksRead: this.#read,
    };
  }

  async #start(): Promise<void> {
    this.#started = true;
    const { from, to } = this.#range();
    const { days } = this.#context;
    const existing = await days.existing();
    const reaches = await Promise.all(existing.map((day) => this.#reachOf(day)));
    for (const [index, day] of existing.entries()) {
      const reach = reaches[index];
      if (reach === undefined || reach.max < from || reach.min >= to) {
        this.#skippedDays += 1;
        continue;
      }
      const bound = this.#query.ascending ? reach.min : reach.max;
      this.#heads.push({ rank: this.#rank(bound), open: () => this.#openDay(day) });
    }
  }

  /** A day holds exactly what was observed in it; what was imported then may have happened at any time. */
  #reachOf(day: string): Promise<DayReach | undefined> {
    if (!this.#query.byIngest) return this.#context.days.reach(day);
    const start = Date.parse(day);
    return Promise.resolve({ min: start, max: start + DAY_MS });
  }

  async #openDay(day: string): Promise<readonly Head[]> {
    const { connection, days, site } = this.#context;
    const { from, to } = this.#range();
    const collection = days.of(day);
    const inRange = {
      site,
      [this.#fields.min]: { $lt: new Date(to) },
      [this.#fields.max]: { $gte: new Date(from) },
    };
    const filter = Object.assign({}, inRange, ...this.#conditions.values()) as Filter<Stored>;
    const [held, considered, matching] = await Promise.all(
      [{ site }, inRange, filter].map((each) =>
        connection.run(() => collection.countDocuments(each as Filter<Stored>)),
      ),
    );
    this.#held += held ?? 0;
    this.#considered += considered ?? 0;
    this.#matching += matching ?? 0;
    const order: Readonly<Record<string, 1 | -1>> = this.#query.ascending
      ? { [this.#fields.min]: 1 }
      : { [this.#fields.max]: -1 };
    return this.#advance(collection.find(filter).sort(order).batchSize(BATCH));
  }

  async #advance(cursor: FindCursor<unknown>): Promise<readonly Head[]> {
    const document = (await this.#context.connection.run(() =>
      cursor.next(),
    )) as BucketDocument | null;
    if (document === null) return [];
    const { ascending } = this.#query;
    const bound = document[ascending ? this.#fields.min : this.#fields.max].getTime();
    const candidate = { bound, slices: () => [this.#slice(document, bound)] };
    return [{ rank: this.#rank(bound), candidate, open: () => this.#advance(cursor) }];
  }

  #slice(document: BucketDocument, bound: number): Slice {
    this.#read += 1;
    return {
      bound,
      scan: (offer) => {
        for (const each of document.records) {
          if (this.#query.subject !== undefined && each.subject !== this.#query.subject) continue;
          const origin = { ...each, observedAt: each.observed_at.getTime() };
          offer(recordOf(each), origin, each.ordinal);
        }
      },
    };
  }

  /** The query's range, cut at the cursor. */
  #range(): { readonly from: number; readonly to: number } {
    const { from, to, after, ascending } = this.#query;
    if (after === undefined) return { from, to };
    return ascending
      ? { from: Math.max(from, after.timestamp), to }
      : { from, to: Math.min(to, after.timestamp + 1) };
  }

  #rank(bound: number): number {
    return this.#query.ascending ? bound : -bound;
  }
}

/** What the server's indexes decide, by the name that a plan gives it. */
function conditionsOf(query: ParsedQuery): ReadonlyMap<string, Filter<Stored>> {
  const { service, level, user, subject } = query;
  const conditions = new Map<string, Filter<Stored>>();
  if (service !== undefined) conditions.set('service', { services: service });
  if (level !== undefined) conditions.set('level', { levels: { $in: levelsFrom(level) } });
  if (user !== undefined) conditions.set('user_id', { users: user });
  if (subject !== undefined) conditions.set('subject', { subjects: subject });
  return conditions;
}
