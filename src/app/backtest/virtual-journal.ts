import { readScores } from '../../actors/entry-codec.ts';
import { ENTRY, type JournalEntry, type NewEntry, type Scores } from '../../model/journal-entry.ts';
import type { CommitListener, Journal } from '../../store/journal.ts';

/** An entry of history with the place that it had in the site's journal. */
export interface PastEntry extends NewEntry {
  readonly lsn: number;
}

/**
 * The journal of a backtest: it keeps nothing and hands entries straight to the
 * engine. Entries of history keep the place that they had live, since findings
 * are named after it. What the backtest adds between them (ticks, scores,
 * commands) shares the place of the entry before it. Scores are held back
 * until the driver asks for them.
 */
export class VirtualJournal implements Journal {
  readonly firstLsn = 1;
  readonly state = 'ok';
  readonly sizeBytes = 0;
  readonly #listeners: CommitListener[] = [];
  #held: Scores[] = [];
  #lsn = 0;

  get nextLsn(): number {
    return this.#lsn + 1;
  }

  get durableLsn(): number {
    return this.#lsn;
  }

  append(entry: NewEntry): number {
    if (entry.kind === ENTRY.scores) this.#held.push(readScores(entry.body));
    else this.add(entry);
    return this.#lsn;
  }

  /** Hands an entry of the site's own on, scores too. */
  add(entry: NewEntry): void {
    this.#commit(this.#lsn, [entry]);
  }

  /** Hands entries of history on, in ascending order of place. */
  replay(entries: readonly PastEntry[]): void {
    let from = 0;
    for (let index = 1; index <= entries.length; index += 1) {
      const before = entries[index - 1] as PastEntry;
      if (entries[index]?.lsn === before.lsn + 1) continue;
      this.#lsn = before.lsn;
      this.#commit((entries[from] as PastEntry).lsn, entries.slice(from, index));
      from = index;
    }
  }

  /** Scores that models gave since the last call. */
  takeScores(): readonly Scores[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }

  durable(): Promise<void> {
    return Promise.resolve();
  }

  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  onState(): void {
    // It is always well.
  }

  async *read(): AsyncIterable<readonly JournalEntry[]> {
    await Promise.resolve();
    yield [];
  }

  trim(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #commit(firstLsn: number, entries: readonly NewEntry[]): void {
    for (const listener of this.#listeners) listener(firstLsn, entries);
  }
}
