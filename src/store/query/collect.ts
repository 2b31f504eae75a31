import type { SubjectId } from '../../model/subject.ts';
import type { QueryPage, QueryPlan, StoredRecord, WireRecord } from '../store.ts';
import { Heap } from './heap.ts';
import { recordMatcher } from './matcher.ts';
import type { Pace } from './pace.ts';
import { recordCursor, type ParsedQuery } from './parse-query.ts';
import { comparePositions, type Position } from './position.ts';

/** What the records of one journal entry have in common. */
export interface Origin {
  readonly lsn: number;
  readonly subject: SubjectId;
  readonly observedAt: number;
}

/** Takes one record that was read; it need not match. */
export type Offer = (record: WireRecord, origin: Origin, ordinal: number) => void;

/** Records that are read together, such as those of one journal entry. */
export interface Slice {
  /** No record of it comes earlier in the query's order than this time on its axis. */
  readonly bound: number;
  scan(offer: Offer): void | Promise<void>;
}

/** A block that may hold matching records. */
export interface Candidate {
  /** No record of it comes earlier in the query's order than this time on its axis. */
  readonly bound: number;
  slices(): readonly Slice[] | Promise<readonly Slice[]>;
}

/** Candidates in the query's order of their bounds. */
export interface CandidateSource {
  next(): Promise<Candidate | undefined>;
  /** The plan without the count of records, once the walk has ended. */
  plan(): Omit<QueryPlan, 'recordsScanned'>;
}

/**
 * Answers a query exactly: the first `limit` records in order of event time,
 * journal order among equals. Blocks overlap in event time, so blocks and
 * slices are opened best bound first, and reading ends when nothing unopened
 * can come before the last record of the page.
 */
export async function collect(
  query: ParsedQuery,
  source: CandidateSource,
  pace: Pace,
): Promise<QueryPage> {
  const page = new PageBuilder(query);
  if (!query.empty) await fill(page, { query, source, pace });
  return page.finish(source.plan());
}

async function fill(
  page: PageBuilder,
  { query, source, pace }: { query: ParsedQuery; source: CandidateSource; pace: Pace },
): Promise<void> {
  const rank = (bound: number): number => (query.ascending ? bound : -bound);
  const slices = new Heap<Slice>((a, b) => rank(a.bound) < rank(b.bound));
  let candidate = await source.next();
  for (;;) {
    const nextSlice = slices.peek();
    const blockRank = candidate === undefined ? Infinity : rank(candidate.bound);
    const sliceRank = nextSlice === undefined ? Infinity : rank(nextSlice.bound);
    // Equal times are still read: journal order decides among them.
    const best = Math.min(blockRank, sliceRank);
    if (best === Infinity || best > page.worstRank()) return;
    if (candidate !== undefined && blockRank <= sliceRank) {
      for (const slice of await candidate.slices()) slices.push(slice);
      candidate = await source.next();
    } else {
      const scanned = page.scanned;
      await slices.pop()?.scan(page.offer);
      if (pace.spend(page.scanned - scanned + 2)) await pace.rest();
    }
  }
}

/** Keeps the best `limit + 1` records: one more than the page, to know whether another follows. */
class PageBuilder {
  scanned = 0;
  readonly offer: Offer;
  readonly #query: ParsedQuery;
  readonly #kept: Heap<Kept>;

  constructor(query: ParsedQuery) {
    this.#query = query;
    this.#kept = new Heap((a, b) => this.#order(a, b) > 0);
    const matches = recordMatcher(query);
    this.offer = (record, origin, ordinal) => {
      this.scanned += 1;
      const timestamp = query.byIngest ? origin.observedAt : record.timestamp;
      if (!matches(record, timestamp, origin)) return;
      this.#add({ timestamp, lsn: origin.lsn, ordinal, record, origin });
    };
  }

  /** Rank of the time that a record must reach to enter the page. */
  worstRank(): number {
    const worst = this.#kept.size > this.#query.limit ? this.#kept.peek() : undefined;
    if (worst === undefined) return Infinity;
    return this.#query.ascending ? worst.timestamp : -worst.timestamp;
  }

  finish(plan: Omit<QueryPlan, 'recordsScanned'>): QueryPage {
    const { limit } = this.#query;
    const sorted = [...this.#kept.items()].sort((a, b) => this.#order(a, b));
    const last = sorted.length > limit ? sorted[limit - 1] : undefined;
    return {
      records: sorted.slice(0, limit).map((kept) => this.#shown(kept)),
      cursor: last === undefined ? undefined : recordCursor(last, this.#query),
      plan: { ...plan, recordsScanned: this.scanned },
    };
  }

  #shown(kept: Kept): StoredRecord {
    const record = storedRecord(kept);
    return this.#query.lookup?.enrich(record) ?? record;
  }

  #add(kept: Kept): void {
    const { after, limit } = this.#query;
    if (after !== undefined && this.#order(kept, after) <= 0) return;
    const worst = this.#kept.size > limit ? this.#kept.peek() : undefined;
    if (worst !== undefined) {
      if (this.#order(kept, worst) >= 0) return;
      this.#kept.pop();
    }
    this.#kept.push(kept);
  }

  #order(a: Position, b: Position): number {
    return this.#query.ascending ? comparePositions(a, b) : comparePositions(b, a);
  }
}

/** A record that may be on the page. */
interface Kept extends Position {
  readonly record: WireRecord;
  readonly origin: Origin;
}

function storedRecord({ record, origin, lsn, ordinal }: Kept): StoredRecord {
  return { ...record, subject: origin.subject, observed_at: origin.observedAt, lsn, ordinal };
}
