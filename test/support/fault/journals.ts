import { ENTRY, type JournalEntry, type NewEntry } from '../../../src/model/journal-entry.ts';
import type { CommitListener, Journal } from '../../../src/store/journal.ts';
import type { Death } from './site-config.ts';

type Overrides = Partial<Pick<Journal, 'append' | 'trim' | 'read' | 'close' | 'onCommit'>>;

/** The same journal, with some of its methods replaced. */
export function override(journal: Journal, methods: Overrides): Journal {
  return new Proxy(journal, {
    get(target, key) {
      const replaced: unknown = Reflect.get(methods, key);
      if (replaced !== undefined) return replaced;
      const own: unknown = Reflect.get(target, key, target);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}

/** Forgets nothing, so that everything can be folded once more from the start. */
export function untrimmed(journal: Journal): Journal {
  return override(journal, { trim: () => Promise.resolve() });
}

/** Reads only: what an engine wants to append is dropped. */
export function readOnly(journal: Journal): Journal {
  return override(journal, { append: () => 0, trim: () => Promise.resolve() });
}

/** Ends the process by SIGKILL as `death` says. Must wrap before anybody else listens. */
export function dying(journal: Journal, death: Death): Journal {
  let count = 0;
  const die = (): void => {
    process.kill(process.pid, 'SIGKILL');
  };
  journal.onCommit((_, entries) => {
    if (death.at === 'commit') count += 1;
    else count += entries.filter(({ kind }) => kind === ENTRY.tick).length;
    if (count < death.count) return;
    if (death.at === 'commit') die();
    else setTimeout(die, death.delayMs);
  });
  return journal;
}

/**
 * A journal with the defect of acknowledging early: commits are reported at
 * once and reach the disk `lagMs` later, as with a write cache and no fsync.
 */
export class EarlyJournal implements Journal {
  readonly #inner: Journal;
  readonly #lagMs: number;
  readonly #listeners: CommitListener[] = [];
  #unreported: NewEntry[] = [];
  #unwritten: NewEntry[] = [];
  #nextLsn: number;

  constructor(inner: Journal, lagMs: number) {
    this.#inner = inner;
    this.#lagMs = lagMs;
    this.#nextLsn = inner.nextLsn;
  }

  get firstLsn(): number {
    return this.#inner.firstLsn;
  }

  get nextLsn(): number {
    return this.#nextLsn;
  }

  get durableLsn(): number {
    return this.#nextLsn - 1 - this.#unreported.length;
  }

  get state(): Journal['state'] {
    return this.#inner.state;
  }

  get sizeBytes(): number {
    return this.#inner.sizeBytes;
  }

  append(entry: NewEntry): number {
    const lsn = this.#nextLsn;
    this.#nextLsn += 1;
    if (this.#unreported.length === 0) setImmediate(() => this.#report());
    this.#unreported.push(entry);
    if (this.#unwritten.length === 0) setTimeout(() => this.#write(), this.#lagMs);
    this.#unwritten.push(entry);
    return lsn;
  }

  durable(lsn: number): Promise<void> {
    if (lsn <= this.durableLsn) return Promise.resolve();
    return new Promise((resolve) => {
      this.#listeners.push(() => {
        if (lsn <= this.durableLsn) resolve();
      });
    });
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  onState(listener: (state: Journal['state']) => void): void {
    this.#inner.onState(listener);
  }

  read(fromLsn: number): AsyncIterable<readonly JournalEntry[]> {
    return this.#inner.read(fromLsn);
  }

  trim(lsn: number): Promise<void> {
    return this.#inner.trim(lsn);
  }

  close(): Promise<void> {
    this.#write();
    return this.#inner.close();
  }

  #report(): void {
    const entries = this.#unreported;
    this.#unreported = [];
    const firstLsn = this.#nextLsn - entries.length;
    for (const listener of this.#listeners) listener(firstLsn, entries);
  }

  #write(): void {
    const entries = this.#unwritten;
    this.#unwritten = [];
    for (const entry of entries) this.#inner.append(entry);
  }
}
