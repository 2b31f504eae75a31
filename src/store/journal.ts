import type { JournalEntry, NewEntry } from '../model/journal-entry.ts';

/** Called once per group commit, in lsn order, after fsync; `entries[i]` is the appended object itself and has lsn `firstLsn + i`. */
export type CommitListener = (firstLsn: number, entries: readonly NewEntry[]) => void;

/**
 * The write-ahead log: everything acknowledged is here first. One writer.
 * Entries become durable in groups: a commit starts at the end of the turn, or
 * when the one before it is done, and takes everything appended by then. `ok → full` when the
 * disk has no room (appends throw JOURNAL_FULL, nothing was acked; it turns
 * `ok` by itself when space returns); `→ failed` on any write or fsync error
 * (fail-stop: never retried, appends throw JOURNAL_FAILED).
 */
export interface Journal {
  /** Lowest lsn that can be read; `nextLsn` when the journal is empty. */
  readonly firstLsn: number;
  /** The lsn that the next append gets. */
  readonly nextLsn: number;
  /** Highest lsn that survives kill -9 and power loss; 0 when none. */
  readonly durableLsn: number;
  readonly state: 'ok' | 'full' | 'failed' | 'closed';
  /** Bytes on disk. */
  readonly sizeBytes: number;
  /**
   * Takes an entry and returns its lsn at once; durable later. `body` must not change until then.
   * `following` are entries that the caller appends next, in the same turn: they are durable in
   * one commit with this one, or none of them is, and when this one is taken they are.
   * @throws WatchkeeperError JOURNAL_FULL | JOURNAL_FAILED | JOURNAL_CLOSED | TOO_LARGE (together they fit no commit)
   */
  append(entry: NewEntry, following?: readonly NewEntry[]): number;
  /** Resolves when `lsn` is durable; rejects when the journal fails first. */
  durable(lsn: number): Promise<void>;
  /** At most one listener of each caller; listeners run in order of registration and must not throw. */
  onCommit(listener: CommitListener): void;
  /** Told once per change of `state`. */
  onState(listener: (state: Journal['state']) => void): void;
  /**
   * Reads durable entries from `lsn` on, in batches, up to what was durable at the call.
   * @throws WatchkeeperError JOURNAL_CORRUPT when an entry in the middle does not match its checksum (a torn tail is cut off at open, not an error).
   */
  read(fromLsn: number): AsyncIterable<readonly JournalEntry[]>;
  /** Forgets entries below `lsn` (whole segments; may keep more than asked). */
  trim(lsn: number): Promise<void>;
  /** Commits what was appended, then closes. Idempotent. */
  close(): Promise<void>;
}
