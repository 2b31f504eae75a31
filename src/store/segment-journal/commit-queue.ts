import { WatchkeeperError } from '../../core/errors.ts';
import type { NewEntry } from '../../model/journal-entry.ts';
import {
  entryBound,
  GROUP_HEADER_BYTES,
  MAX_SUBJECT_BYTES,
  sealGroup,
  writeEntry,
} from './group.ts';
import type { Identity } from './layout.ts';

const FIRST_BUFFER_BYTES = 256 * 1024;
const KEPT_BUFFERS = 3;

/** Entries of one commit, encoded as they come. */
interface Batch {
  readonly firstLsn: number;
  readonly entries: NewEntry[];
  buffer: Buffer;
  length: number;
}

/** A batch ready to be written: one group and the objects that it holds. */
export interface PendingGroup {
  readonly firstLsn: number;
  readonly entries: readonly NewEntry[];
  readonly bytes: Buffer;
}

/**
 * What was appended and is not durable yet, oldest first. Entries are encoded
 * into a few reused buffers as they come; a group holds at most
 * `maxGroupBytes`, what comes after opens the next one.
 */
export class CommitQueue {
  readonly #identity: Identity;
  readonly #maxGroupBytes: number;
  readonly #batches: Batch[] = [];
  readonly #buffers: Buffer[] = [];
  #head: PendingGroup | undefined;
  #bytes = 0;

  constructor(identity: Identity, maxGroupBytes: number) {
    this.#identity = identity;
    this.#maxGroupBytes = maxGroupBytes;
  }

  /** Bytes that the waiting groups will take on disk. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** Entries in the batch that is still growing. */
  get growingEntries(): number {
    return this.#batches.at(-1)?.entries.length ?? 0;
  }

  /**
   * `rest` bytes of entries are added next, into the same group.
   * @throws WatchkeeperError TOO_LARGE | BAD_REQUEST; then nothing was added.
   */
  add(entry: NewEntry, { lsn, rest }: { readonly lsn: number; readonly rest: number }): void {
    const batch = this.#batchFor(lsn, entryBound(entry) + rest);
    const end = writeEntry(batch.buffer, batch.length, entry);
    if (end < 0) throw this.#dropIfEmpty(batch, subjectTooLong(entry));
    this.#bytes += end - batch.length;
    batch.length = end;
    batch.entries.push(entry);
  }

  /** The oldest group, sealed; the same one until `done`. */
  head(): PendingGroup | undefined {
    const batch = this.#batches[0];
    if (this.#head !== undefined || batch === undefined) return this.#head;
    const bytes = batch.buffer.subarray(0, batch.length);
    sealGroup(bytes, { firstLsn: batch.firstLsn, count: batch.entries.length }, this.#identity);
    this.#head = { firstLsn: batch.firstLsn, entries: batch.entries, bytes };
    return this.#head;
  }

  /** Forgets the head, which is durable now. */
  done(): void {
    const batch = this.#batches.shift();
    this.#head = undefined;
    if (batch === undefined) return;
    this.#bytes -= batch.length;
    if (this.#buffers.length < KEPT_BUFFERS) this.#buffers.push(batch.buffer);
  }

  clear(): void {
    this.#batches.length = 0;
    this.#buffers.length = 0;
    this.#head = undefined;
    this.#bytes = 0;
  }

  #batchFor(lsn: number, bound: number): Batch {
    const last = this.#batches.at(-1);
    const isSealed = this.#head !== undefined && this.#batches.length === 1;
    if (last === undefined || isSealed || last.length + bound > this.#maxGroupBytes) {
      if (GROUP_HEADER_BYTES + bound > this.#maxGroupBytes) throw tooLarge(bound);
      return this.#open(lsn, bound);
    }
    if (last.length + bound > last.buffer.length) this.#grow(last, last.length + bound);
    return last;
  }

  #open(firstLsn: number, bound: number): Batch {
    const buffer = this.#buffers.pop() ?? Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
    const batch = { firstLsn, entries: [], buffer, length: GROUP_HEADER_BYTES };
    if (GROUP_HEADER_BYTES + bound > buffer.length) this.#grow(batch, GROUP_HEADER_BYTES + bound);
    this.#batches.push(batch);
    this.#bytes += GROUP_HEADER_BYTES;
    return batch;
  }

  #grow(batch: Batch, needed: number): void {
    let size = batch.buffer.length;
    while (size < needed) size *= 2;
    const grown = Buffer.allocUnsafeSlow(size);
    grown.set(batch.buffer.subarray(0, batch.length));
    batch.buffer = grown;
  }

  #dropIfEmpty(batch: Batch, error: WatchkeeperError): WatchkeeperError {
    if (batch.entries.length === 0) {
      this.#batches.pop();
      this.#bytes -= GROUP_HEADER_BYTES;
    }
    return error;
  }
}

function tooLarge(bound: number): WatchkeeperError {
  return new WatchkeeperError(
    'TOO_LARGE',
    `A journal entry of ${bound} bytes does not fit into a group.`,
    { fix: 'Split it, or open the journal with larger segments.' },
  );
}

function subjectTooLong(entry: NewEntry): WatchkeeperError {
  return new WatchkeeperError(
    'BAD_REQUEST',
    `A journal entry's subject is longer than ${MAX_SUBJECT_BYTES} bytes: "${entry.subject.slice(0, 40)}…".`,
  );
}
