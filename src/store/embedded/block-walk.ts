import { WatchkeeperError } from '../../core/errors.ts';
import type { Candidate, CandidateSource, Offer, Slice } from '../query/collect.ts';
import type { Pace } from '../query/pace.ts';
import type { ParsedQuery } from '../query/parse-query.ts';
import type { DecodePayload, QueryPlan, WireRecord } from '../store.ts';
import { chunkKey, type BlockKey } from './block-values.ts';
import {
  axisIndex,
  summaryExcludes,
  timeExcludes,
  type BlockSummary,
  type IndexName,
} from './block-summary.ts';
import { withTemplate } from '../query/with-template.ts';
import { corrupt, descending, openBytes, openObject } from './checked.ts';
import { selectEntries, type EntryColumns, type IndexedEntry } from './entry-index.ts';
import type { Environment } from './environment.ts';
import { TimeKeys, type TimeKey, type TimeRange } from './time-keys.ts';
import { WIDTH_CLASSES } from './width-class.ts';

export interface WalkContext {
  readonly environment: Environment;
  readonly decode: DecodePayload;
  /** The widest range of times on the query's axis of any block; on event time for each class of width. */
  readonly widest: readonly number[];
}

/** Chunks of payload kept for entries that follow each other: at most 4 MiB. */
const CACHED_CHUNKS = 64;

/**
 * Blocks in the order of their least (or greatest) time on the query's axis, from the table
 * `times`.
 */
export class BlockWalk implements CandidateSource {
  readonly #context: WalkContext;
  readonly #query: ParsedQuery;
  readonly #pace: Pace;
  readonly #pruned = new Set<IndexName>();
  readonly #chunks = new Map<string, Buffer>();
  readonly #keys: TimeKeys;
  #considered = 0;
  #read = 0;

  constructor(context: WalkContext, query: ParsedQuery, pace: Pace) {
    this.#context = context;
    this.#query = query;
    this.#pace = pace;
    this.#keys = new TimeKeys(context.environment, rangesOf(query, context.widest));
  }

  async next(): Promise<Candidate | undefined> {
    for (;;) {
      const key = this.#keys.next();
      if (key === undefined) return undefined;
      this.#considered += 1;
      const candidate = this.#examine(key);
      if (this.#pace.spend(candidate === undefined ? 4 : 8)) await this.#pace.rest();
      if (candidate !== undefined) return candidate;
    }
  }

  plan(): Omit<QueryPlan, 'recordsScanned'> {
    const blocks = this.#context.environment.read(
      ({ blocks }) => (blocks.getStats() as { readonly entryCount: number }).entryCount,
    );
    if (this.#considered < blocks) this.#pruned.add(axisIndex(this.#query));
    return {
      indexes: INDEX_ORDER.filter((index) => this.#pruned.has(index)),
      blocksConsidered: this.#considered,
      blocksRead: this.#read,
    };
  }

  #examine([, bound, other, ...key]: TimeKey): Candidate | undefined {
    const { ascending } = this.#query;
    const min = ascending ? bound : other;
    const max = ascending ? other : descending(bound);
    if (timeExcludes(min, max, this.#query)) {
      this.#pruned.add(axisIndex(this.#query));
      return undefined;
    }
    const value = this.#context.environment.get('blocks', key);
    // Dropped since its key was read.
    if (value === undefined) return undefined;
    const summary = openObject<BlockSummary>(key, value);
    if (summaryExcludes(summary, this.#query, this.#pruned)) return undefined;
    return { bound: this.#bound(min, max), slices: () => this.#slices(key) };
  }

  #slices(key: BlockKey): readonly Slice[] {
    const value = this.#context.environment.get('entries', key);
    if (value === undefined) return [];
    const columns = openObject<EntryColumns>(key, value);
    this.#read += 1;
    this.#pace.spend(columns.lsn.length / 8 + 10);
    const { byIngest } = this.#query;
    return selectEntries(columns, this.#query, this.#pruned).map((entry) => ({
      bound: byIngest
        ? this.#bound(entry.observedAt, entry.observedAt)
        : this.#bound(entry.minTimestamp, entry.maxTimestamp),
      scan: (offer) => {
        this.#scan(key, entry, offer);
      },
    }));
  }

  #scan(key: BlockKey, entry: IndexedEntry, offer: Offer): void {
    const { chunk, offset, length } = entry.place;
    const payload = this.#chunk(key, chunk)?.subarray(offset, offset + length);
    if (payload === undefined) return;
    let records: readonly WireRecord[];
    try {
      records = this.#context.decode(payload);
    } catch {
      // The decoder's own text may quote the payload.
      throw undecodable(entry.lsn);
    }
    // In the query's order, as far as the sender kept to it: what comes first is not pushed out again.
    const { ascending } = this.#query;
    for (let index = 0; index < records.length; index += 1) {
      const ordinal = ascending ? index : records.length - 1 - index;
      const record = records[ordinal];
      if (record !== undefined)
        offer(withTemplate(record, entry.templates?.[ordinal]), entry, ordinal);
    }
  }

  #chunk(key: BlockKey, chunk: number): Buffer | undefined {
    const place = chunkKey(key, chunk);
    const name = place.join('/');
    const cached = this.#chunks.get(name);
    if (cached !== undefined) return cached;
    const { environment } = this.#context;
    const value = environment.get('payloads', place);
    if (value === undefined) {
      // Dropped since the entries were read; otherwise it ought to be there.
      if (environment.get('blocks', key) === undefined) return undefined;
      throw corrupt(place);
    }
    const body = openBytes(place, value);
    this.#pace.spend(body.length / 2000);
    const oldest =
      this.#chunks.size >= CACHED_CHUNKS ? this.#chunks.keys().next().value : undefined;
    if (oldest !== undefined) this.#chunks.delete(oldest);
    this.#chunks.set(name, body);
    return body;
  }

  /** The bound of a range of times, cut to where the page can begin. */
  #bound(min: number, max: number): number {
    const { ascending, from, to, after } = this.#query;
    return ascending
      ? Math.max(min, from, after?.timestamp ?? from)
      : Math.min(max, to, after?.timestamp ?? to);
  }
}

/** A block that reaches into the query's range may begin before it by as much as the widest of its class is wide. */
function rangesOf(query: ParsedQuery, widest: readonly number[]): TimeRange[] {
  const { from, to, after, ascending, byIngest } = query;
  const classes = byIngest ? OBSERVED : WIDTH_CLASSES;
  return classes.map(({ least, greatest }, index) => {
    const width = widest[index] ?? 0;
    return {
      from: ascending
        ? [least, Math.max(from, after?.timestamp ?? from) - width]
        : [greatest, descending(Math.min(to, after?.timestamp ?? to) + width)],
      // Up to and including the bound: '~' sorts after every number.
      end: ascending ? [least, to] : [greatest, descending(from), '~'],
    };
  });
}

const OBSERVED = [{ least: '[', greatest: ']' }];

const INDEX_ORDER: readonly IndexName[] = [
  'timestamp',
  'observed_at',
  'service',
  'level',
  'user_id',
  'subject',
];

function undecodable(lsn: number): WatchkeeperError {
  return new WatchkeeperError(
    'STORE_CORRUPT',
    `The stored payload of journal entry ${lsn} is not a batch of records.`,
  );
}
