import { WatchkeeperError } from '../../src/core/errors.ts';
import type { JournalEntry, NewEntry } from '../../src/model/journal-entry.ts';
import type { CommitListener, Journal } from '../../src/store/journal.ts';

/**
 * A journal in memory. By hand: `commit()` makes everything appended durable.
 * With `auto`, a commit follows in the next turn of the event loop. `crash()`
 * gives a new journal that holds only what was durable.
 */
export class MemoryJournal implements Journal {
  readonly firstLsn = 1;
  state: Journal['state'] = 'ok';
  readonly #durable: JournalEntry[] = [];
  #pending: NewEntry[] = [];
  readonly #commits: CommitListener[] = [];
  readonly #states: ((state: Journal['state']) => void)[] = [];
  readonly #auto: boolean;
  readonly #keep: boolean;
  #count = 0;
  #scheduled = false;

  /** With `keep: false` entries are forgotten once durable, for long measurements. */
  constructor({ auto = false, keep = true }: { auto?: boolean; keep?: boolean } = {}) {
    this.#auto = auto;
    this.#keep = keep;
  }

  get nextLsn(): number {
    return this.#count + this.#pending.length + 1;
  }

  get durableLsn(): number {
    return this.#count;
  }

  get sizeBytes(): number {
    return this.#durable.reduce((sum, { body }) => sum + body.length, 0);
  }

  /** What survives a crash now. */
  get entries(): readonly JournalEntry[] {
    return this.#durable;
  }

  append(entry: NewEntry): number {
    if (this.state === 'full') throw new WatchkeeperError('JOURNAL_FULL', 'No room.');
    if (this.state === 'failed') throw new WatchkeeperError('JOURNAL_FAILED', 'A write failed.');
    if (this.state === 'closed') throw new WatchkeeperError('JOURNAL_CLOSED', 'Closed.');
    this.#pending.push(entry);
    if (this.#auto && !this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.commit();
      });
    }
    return this.#count + this.#pending.length;
  }

  /** Makes the first `count` pending entries durable, all by default. */
  commit(count = this.#pending.length): void {
    const group = this.#pending.slice(0, count);
    if (group.length === 0) return;
    this.#pending = this.#pending.slice(count);
    const firstLsn = this.#count + 1;
    if (this.#keep) {
      for (const [index, entry] of group.entries()) {
        const { kind, subject, observedAt, body } = entry;
        this.#durable.push({
          kind,
          subject,
          observedAt,
          body: body.slice(),
          lsn: firstLsn + index,
        });
      }
    }
    this.#count += group.length;
    for (const listener of this.#commits) listener(firstLsn, group);
  }

  setState(state: Journal['state']): void {
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.#states) listener(state);
  }

  crash(): MemoryJournal {
    const next = new MemoryJournal({ auto: this.#auto, keep: this.#keep });
    next.#durable.push(...this.#durable);
    next.#count = this.#count;
    return next;
  }

  durable(lsn: number): Promise<void> {
    if (lsn <= this.#count) return Promise.resolve();
    return new Promise((resolve) => {
      this.onCommit(() => {
        if (lsn <= this.#count) resolve();
      });
    });
  }

  onCommit(listener: CommitListener): void {
    this.#commits.push(listener);
  }

  onState(listener: (state: Journal['state']) => void): void {
    this.#states.push(listener);
  }

  async *read(fromLsn: number): AsyncIterable<readonly JournalEntry[]> {
    await Promise.resolve();
    yield this.#durable.slice(Math.max(0, fromLsn - 1));
  }

  trim(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.commit();
    this.setState('closed');
    return Promise.resolve();
  }
}
