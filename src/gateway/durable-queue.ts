import type { NewEntry } from '../model/journal-entry.ts';

/** Runs after an entry is durable; `entry` is the appended object itself. */
export type OnDurable = (lsn: number, entry: NewEntry) => void;

/**
 * Who waits for which lsn. Callbacks run in lsn order without a promise or a
 * closure for each entry; barriers wait for a whole prefix of the journal.
 */
export class DurableQueue {
  #lsns: number[] = [];
  #callbacks: OnDurable[] = [];
  #head = 0;
  #barriers: { readonly lsn: number; readonly callback: (isDurable: boolean) => void }[] = [];

  /** `lsn` must be above all that were pushed before. */
  push(lsn: number, callback: OnDurable): void {
    this.#lsns.push(lsn);
    this.#callbacks.push(callback);
  }

  barrier(lsn: number, callback: (isDurable: boolean) => void): void {
    this.#barriers.push({ lsn, callback });
  }

  /** Runs the callbacks of one commit. */
  commit(firstLsn: number, entries: readonly NewEntry[]): void {
    const lsns = this.#lsns;
    for (; this.#head < lsns.length; this.#head += 1) {
      const lsn = lsns[this.#head] ?? 0;
      const entry = entries[lsn - firstLsn];
      if (entry === undefined) break;
      this.#callbacks[this.#head]?.(lsn, entry);
    }
    this.#compact();
  }

  /** Releases the barriers up to `durableLsn`. */
  release(durableLsn: number): void {
    while (this.#barriers.length > 0 && (this.#barriers[0]?.lsn ?? 0) <= durableLsn) {
      this.#barriers.shift()?.callback(true);
    }
  }

  /** Tells every barrier that it will not be reached, and forgets all waiters. */
  fail(): void {
    const barriers = this.#barriers;
    this.#barriers = [];
    this.#lsns = [];
    this.#callbacks = [];
    this.#head = 0;
    for (const { callback } of barriers) callback(false);
  }

  #compact(): void {
    if (this.#head === this.#lsns.length) {
      this.#lsns.length = 0;
      this.#callbacks.length = 0;
      this.#head = 0;
    } else if (this.#head > 4_096) {
      this.#lsns = this.#lsns.slice(this.#head);
      this.#callbacks = this.#callbacks.slice(this.#head);
      this.#head = 0;
    }
  }
}
