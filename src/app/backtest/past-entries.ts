import type { SubjectId } from '../../model/subject.ts';
import type { StoredRecord } from '../../store/store.ts';
import type { HistoryAxis } from './history.ts';
import { isImported, ownerOf, PastRecords } from './past-records.ts';
import type { PastEntry } from './virtual-journal.ts';

/** An entry of history, whose it is, and how many records it holds. */
export interface Played {
  readonly entry: PastEntry;
  readonly subject: SubjectId;
  readonly count: number;
}

/** Puts the records of a history together to the entries that they came in. */
export class PastEntries {
  readonly records = new PastRecords();
  /** Imported ones, where history is played as it came in: no detector saw them then. And who is nobody. */
  skipped = 0;
  readonly #axis: HistoryAxis;
  #open: StoredRecord[] = [];
  #lsn = 0;

  constructor(axis: HistoryAxis) {
    this.#axis = axis;
  }

  /** Takes a page; gives the entries that are complete with it. */
  *take(page: readonly StoredRecord[]): Generator<Played> {
    for (const record of page) {
      if (this.#axis === 'ingest' ? isImported(record) : ownerOf(record) === undefined) {
        this.skipped += 1;
        continue;
      }
      if (!this.#belongs(record)) yield* this.end();
      this.#open.push(record);
    }
  }

  /** Gives the last entry. */
  *end(): Generator<Played> {
    const [first] = this.#open;
    if (first === undefined) return;
    const isIngest = this.#axis === 'ingest';
    this.#lsn = isIngest ? first.lsn : this.#lsn + 1;
    const subject = (isIngest ? undefined : ownerOf(first)) ?? first.subject;
    const observedAt = isIngest ? first.observed_at : first.timestamp;
    const entry = this.records.entry(this.#open, { lsn: this.#lsn, subject, observedAt });
    yield { entry, subject, count: this.#open.length };
    this.#open = [];
  }

  #belongs(record: StoredRecord): boolean {
    const [first] = this.#open;
    if (first === undefined) return true;
    if (this.#axis === 'ingest') return record.lsn === first.lsn;
    return record.timestamp === first.timestamp && ownerOf(record) === ownerOf(first);
  }
}
