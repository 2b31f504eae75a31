import type { Cancel } from '../../core/clock.ts';
import { messageOf, type WatchkeeperError } from '../../core/errors.ts';
import type { JournalEntry, NewEntry } from '../../model/journal-entry.ts';
import type { CommitListener, Journal } from '../journal.ts';
import { CommitQueue, type PendingGroup } from './commit-queue.ts';
import { CommitStart } from './commit-start.ts';
import { entryBound, GROUP_HEADER_BYTES } from './group.ts';
import { journalClosed, journalFailed, journalFull } from './journal-errors.ts';
import type { SegmentJournalParts } from './journal-parts.ts';
import { readRange } from './reader.ts';
import { SegmentWriter } from './segment-writer.ts';
import { Waiters } from './waiters.ts';

const PROBE_MS = 1000;

/**
 * One commit at a time, so that a group on disk proves that all before it
 * were durable. A commit starts as soon as the disk is free and takes
 * whatever came meanwhile; under load the groups grow by themselves.
 */
export class SegmentJournal implements Journal {
  readonly #parts: SegmentJournalParts;
  readonly #queue: CommitQueue;
  readonly #writer: SegmentWriter;
  readonly #start: CommitStart;
  readonly #waiters = new Waiters();
  readonly #commitListeners: CommitListener[] = [];
  readonly #stateListeners: ((state: Journal['state']) => void)[] = [];
  #state: Journal['state'] = 'ok';
  #failure: unknown;
  #nextLsn: number;
  #durableLsn: number;
  #running: Promise<void> | undefined;
  /** True while the oldest group waits for space. */
  #isParked = false;
  #cancelProbe: Cancel | undefined;
  #trimming: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(parts: SegmentJournalParts) {
    this.#parts = parts;
    this.#queue = new CommitQueue(parts.identity, parts.limits.maxGroupBytes);
    this.#writer = new SegmentWriter(parts);
    this.#start = new CommitStart({
      ...parts,
      queue: this.#queue,
      run: () => {
        this.#run();
      },
    });
    this.#durableLsn = parts.lastLsn;
    this.#nextLsn = parts.lastLsn + 1;
    this.#prepareSpareWhenDue();
  }

  get firstLsn(): number {
    return this.#parts.segments[0]?.firstLsn ?? this.#nextLsn;
  }

  get nextLsn(): number {
    return this.#nextLsn;
  }

  get durableLsn(): number {
    return this.#durableLsn;
  }

  get state(): Journal['state'] {
    return this.#state;
  }

  get sizeBytes(): number {
    const { segments, spare } = this.#parts;
    return segments.reduce((sum, segment) => sum + segment.size, spare.bytes);
  }

  append(entry: NewEntry, following: readonly NewEntry[] = []): number {
    if (this.#state !== 'ok' || this.#closing !== undefined) throw this.#refusal();
    const rest = following.reduce((sum, each) => sum + entryBound(each), 0);
    if (this.#queue.bytes + entry.body.length + rest > this.#parts.limits.maxPendingBytes) {
      throw journalFull('too much waits for the disk already');
    }
    if (this.#parts.spare.isBlocked && !this.#fits(entry, rest)) {
      this.#becomeFull();
      throw this.#refusal();
    }
    const lsn = this.#nextLsn;
    this.#queue.add(entry, { lsn, rest });
    this.#nextLsn = lsn + 1;
    // A commit may begin at once, which must not part what belongs together.
    if (this.#running === undefined && rest === 0) this.#start.request();
    return lsn;
  }

  durable(lsn: number): Promise<void> {
    if (lsn <= this.#durableLsn) return Promise.resolve();
    if (this.#state === 'failed' || this.#state === 'closed') {
      return Promise.reject(this.#refusal());
    }
    return this.#waiters.wait(lsn);
  }

  onCommit(listener: CommitListener): void {
    this.#commitListeners.push(listener);
  }

  onState(listener: (state: Journal['state']) => void): void {
    this.#stateListeners.push(listener);
  }

  read(fromLsn: number): AsyncIterable<readonly JournalEntry[]> {
    return readRange(this.#parts, { from: fromLsn, upTo: this.#durableLsn });
  }

  trim(lsn: number): Promise<void> {
    const trimmed = this.#trimming.then(() => this.#trim(lsn));
    this.#trimming = trimmed.catch(() => undefined);
    return trimmed;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #run(): void {
    this.#start.cancel();
    if (this.#running !== undefined || this.#state === 'failed') return;
    this.#running = this.#commitAll()
      .catch((error: unknown) => {
        this.#fail(error);
      })
      .finally(() => {
        this.#running = undefined;
        // What was appended after the last look at the queue.
        if (!this.#queue.isEmpty && !this.#isParked && this.#state !== 'failed')
          this.#start.request();
      });
  }

  async #commitAll(): Promise<void> {
    for (let group = this.#queue.head(); group !== undefined; group = this.#queue.head()) {
      this.#isParked = !(await this.#writer.commit(group.bytes, group.firstLsn));
      // A failure elsewhere meanwhile has refused these entries already.
      if (this.#state === 'failed') return;
      if (this.#isParked) {
        this.#becomeFull();
        return;
      }
      this.#committed(group);
    }
  }

  #committed({ firstLsn, entries }: PendingGroup): void {
    this.#durableLsn = firstLsn + entries.length - 1;
    this.#queue.done();
    for (const listener of this.#commitListeners) listener(firstLsn, entries);
    this.#waiters.reached(this.#durableLsn);
    if (this.#state === 'full' && !this.#parts.spare.isBlocked) this.#setState('ok');
    this.#prepareSpareWhenDue();
  }

  #fits(entry: NewEntry, rest: number): boolean {
    return this.#writer.fits(this.#queue.bytes + GROUP_HEADER_BYTES + entryBound(entry) + rest);
  }

  #prepareSpareWhenDue(): void {
    const { spare } = this.#parts;
    if (spare.isBlocked || this.#closing !== undefined) return;
    const due = spare.dueAt(this.#writer.used);
    if (due !== undefined) this.#prepareSpare(due);
  }

  #prepareSpare(bytes?: number): void {
    const { spare } = this.#parts;
    spare.prepare(bytes).then(
      (hasRoom) => {
        if (!hasRoom) this.#probe();
        else if (spare.isReady) this.#spaceIsBack();
      },
      (error: unknown) => {
        this.#fail(error);
      },
    );
  }

  /** Looks for space once a second until there is some. */
  #probe(): void {
    if (this.#closing !== undefined) return;
    this.#cancelProbe ??= this.#parts.clock.every(PROBE_MS, () => {
      this.#prepareSpare();
    });
  }

  #spaceIsBack(): void {
    // What waits goes first: its commit turns the state to ok, and the probe goes on until then.
    if (this.#state === 'full' && !this.#queue.isEmpty) {
      this.#run();
      return;
    }
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
    if (this.#state === 'full') this.#setState('ok');
  }

  #becomeFull(): void {
    if (this.#state !== 'ok') return;
    this.#parts.logger.error('The disk is full: the journal takes nothing until there is space.', {
      folder: this.#parts.folder,
    });
    this.#setState('full');
    this.#parts.spare.releaseReserve().catch((error: unknown) => {
      this.#fail(error);
    });
    this.#probe();
  }

  async #trim(lsn: number): Promise<void> {
    const { fs, folder, segments } = this.#parts;
    for (;;) {
      const [oldest, following] = segments;
      if (oldest === undefined || following === undefined || following.firstLsn > lsn) return;
      segments.shift();
      await fs.unlink(oldest.path);
      // One by one, so that a crash cannot bring back a segment without the one after it.
      await fs.syncFolder(folder);
    }
  }

  async #close(): Promise<void> {
    this.#cancelProbe?.();
    this.#run();
    while (this.#running !== undefined) {
      await this.#running;
      if (!this.#queue.isEmpty && !this.#isParked) this.#run();
    }
    await this.#trimming;
    await this.#finish(async () => {
      if (this.#state !== 'failed') await this.#writer.markClosed(this.#durableLsn);
    });
    await this.#finish(() => this.#writer.close());
    await this.#finish(() => this.#parts.spare.discard());
    this.#setState('closed');
    this.#waiters.rejectAll(this.#refusal());
    await this.#parts.unlock();
  }

  async #finish(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#parts.logger.warn('The journal did not close cleanly; nothing durable is lost.', {
        reason: messageOf(error),
      });
    }
  }

  #fail(error: unknown): void {
    if (this.#state === 'failed' || this.#state === 'closed') return;
    this.#failure = error;
    this.#cancelProbe?.();
    this.#queue.clear();
    this.#parts.logger.error('A write to the journal failed: it takes nothing more.', {
      folder: this.#parts.folder,
      reason: messageOf(error),
    });
    this.#setState('failed');
    this.#waiters.rejectAll(this.#refusal());
  }

  #setState(state: Journal['state']): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }

  #refusal(): WatchkeeperError {
    if (this.#state === 'failed') return journalFailed(this.#parts.folder, this.#failure);
    if (this.#state === 'full' && this.#closing === undefined)
      return journalFull('the disk is full');
    return journalClosed();
  }
}
