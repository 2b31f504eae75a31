import type { Filter } from '../core/filter/filter.ts';
import type { Alert, AlertState } from '../model/alert.ts';
import type { LevelName } from '../model/level.ts';
import type { Severity } from '../model/severity.ts';
import type { SubjectId } from '../model/subject.ts';
import type { WireRecord } from '../model/wire-record.ts';

export type { WireRecord } from '../model/wire-record.ts';

/** One journal entry's records, ready to be stored. */
export interface BlockEntry {
  readonly lsn: number;
  readonly subject: SubjectId;
  readonly observedAt: number;
  /** The opened payload as it was received: a msgpack array of records (see docs/protocol.md). */
  readonly payload: Uint8Array;
  /** How many records the payload holds. */
  readonly count: number;
  /** Least and greatest event time in ms. */
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
  /** Counts by level, in the order DEBUG, INFO, WARNING, ERROR, CRITICAL. */
  readonly levels: readonly [number, number, number, number, number];
  readonly services: readonly string[];
  readonly users: readonly string[];
  /** Template of each record's message in order, '' for none (docs/templates.md); absent when no record has one. */
  readonly templates?: readonly string[];
}

/**
 * The unit of storage: entries of one partition, one fixed lsn range and one
 * day of `observedAt`. Ids and contents are a function of the journal, so a
 * retried write replaces a block with itself.
 */
export interface Block {
  /** UTC day of `observedAt`, `YYYY-MM-DD`. */
  readonly day: string;
  readonly partition: number;
  /** First lsn of the range. */
  readonly firstLsn: number;
  /** In order of lsn; never empty. At most about 4 MiB of payload together. */
  readonly entries: readonly BlockEntry[];
}

export interface RecordQuery {
  /** Inclusive, in ms on the axis. */
  readonly from: number;
  /** Exclusive, in ms on the axis. */
  readonly to: number;
  /** Which time the range and the order go by: the record's own, or `observed_at`, when the site took it in. @default event */
  readonly axis?: 'event' | 'ingest';
  readonly subject?: SubjectId;
  readonly service?: string;
  /** Least level. */
  readonly level?: LevelName;
  readonly user?: string;
  /** Substring of the message, case-insensitive. */
  readonly text?: string;
  /** Further conditions, checked on each record that the others let through. */
  readonly where?: Filter;
  /** Adds attributes when records are read; `where` knows them. */
  readonly lookup?: RecordLookup;
  /** Newest first by default. */
  readonly order?: 'asc' | 'desc';
  /** 1 to 10,000. @default 100 */
  readonly limit?: number;
  /** From the previous page. */
  readonly cursor?: string;
}

/** Attributes that are not stored with records but looked up when they are read; what records say themselves is never replaced. */
export interface RecordLookup {
  /** One of them, of a record whose entry is the subject's. */
  attribute(record: WireRecord, subject: SubjectId, name: string): string | undefined;
  /** The record with all of them. */
  enrich(record: StoredRecord): StoredRecord;
}

export interface StoredRecord extends WireRecord {
  readonly subject: SubjectId;
  readonly observed_at: number;
  /** Identity: lsn of the journal entry and ordinal within it. */
  readonly lsn: number;
  readonly ordinal: number;
  /** Text of the template and the values of this message in it, where they were asked for. */
  readonly template?: string;
  readonly params?: readonly string[];
}

/** How a query was answered; what `--explain` prints. */
export interface QueryPlan {
  /** Which of timestamp, observed_at, service, level, user_id, subject pruned blocks or entries by an index. */
  readonly indexes: readonly string[];
  readonly blocksConsidered: number;
  readonly blocksRead: number;
  readonly recordsScanned: number;
}

export interface QueryPage {
  readonly records: readonly StoredRecord[];
  readonly cursor: string | undefined;
  readonly plan: QueryPlan;
}

export interface RecordStore {
  /** Writes or replaces; durable when it resolves. */
  put(blocks: readonly Block[]): Promise<void>;
  /** Sorted by time on the axis within the page; pages follow blocks by observed time. @throws QUERY_INVALID */
  query(query: RecordQuery): Promise<QueryPage>;
  /** Days that hold records, ascending. */
  days(): Promise<readonly string[]>;
  /** Drops a whole day. O(1) in the number of records where the engine can. */
  dropDay(day: string): Promise<void>;
  count(): Promise<number>;
}

export interface AlertQuery {
  readonly states?: readonly AlertState[];
  readonly severities?: readonly Severity[];
  readonly type?: string;
  readonly subject?: SubjectId;
  /** openedAt range in ms, [from, to). */
  readonly from?: number;
  readonly to?: number;
  /** @default 100 */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface AlertStore {
  /** Keeps the one with the higher revision; durable when it resolves. */
  put(alerts: readonly Alert[]): Promise<void>;
  get(id: string): Promise<Alert | undefined>;
  /** Newest `openedAt` first. */
  list(
    query: AlertQuery,
  ): Promise<{ readonly alerts: readonly Alert[]; readonly cursor: string | undefined }>;
}

/** What could not be processed, kept for people; see `watchkeeper dlq`. */
export interface DeadLetter {
  /** `<lsn>.<ordinal>.<stage>`: a retry replaces it with itself. */
  readonly id: string;
  readonly lsn: number;
  readonly ordinal: number;
  readonly subject: string;
  /** Where it failed: `open`, `decode`, `validate`, or a detector id. */
  readonly stage: string;
  readonly reason: string;
  /** JSON pointer into the record, '' when it does not apply. */
  readonly pointer: string;
  readonly at: number;
  /** The raw bytes as received (sealed, where it could not be opened); at most 64 KiB. */
  readonly body: Uint8Array;
  /** The one service that the token which sent it may post for; `undefined` when it may post for any. */
  readonly service?: string;
  /** What was added to the sender's timestamps, in ms. */
  readonly clockOffsetMs?: number;
  /** Where the body is a whole payload: which of its records the letter stands for. */
  readonly ordinals?: readonly number[];
  /** Its records were taken in again, by which entry and when (site-clock ms). */
  readonly replayed?: { readonly lsn: number; readonly at: number };
}

export interface DeadLetterStore {
  put(letters: readonly DeadLetter[]): Promise<void>;
  list(options: { readonly limit: number; readonly cursor?: string }): Promise<{
    readonly letters: readonly DeadLetter[];
    readonly cursor: string | undefined;
  }>;
  count(): Promise<number>;
}

/**
 * State at one lsn (`base`), as named parts. A snapshot holds only the parts
 * that changed since the one before; `get` gives the newest version of a part
 * at or below the restored base. The two newest snapshots are kept, each part
 * with a checksum: when the newest does not verify, the older one is used.
 */
export interface SnapshotStore {
  /** Begins a snapshot; parts become visible together, durably, when `commit` resolves. */
  begin(base: number): SnapshotWriter;
  /** Base of the newest snapshot that verifies, and of the one before it; `undefined` when there is none. */
  latest(): Promise<{ readonly base: number; readonly previous: number | undefined } | undefined>;
  /** Newest version of a part; `undefined` when it never was written. @throws STORE_CORRUPT */
  get(part: string): Promise<Uint8Array | undefined>;
  /** Names of parts that start with `prefix`, ascending. */
  parts(prefix: string): AsyncIterable<string>;
}

export interface SnapshotWriter {
  put(part: string, state: Uint8Array): void;
  /** From this snapshot on there is no such part; its name is gone two snapshots later. */
  remove(part: string): void;
  commit(): Promise<void>;
}

/** Everything that outlives the process but the journal. Adapters: embedded (LMDB) and MongoDB. */
export interface Store {
  readonly kind: 'embedded' | 'mongodb';
  readonly records: RecordStore;
  readonly alerts: AlertStore;
  readonly deadLetters: DeadLetterStore;
  readonly snapshots: SnapshotStore;
  /** Round trip to the engine; rejects with STORE_FAILED. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a payload for reading; given by the composition root (wire/records). */
export type DecodePayload = (payload: Uint8Array) => readonly WireRecord[];
