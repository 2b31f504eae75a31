import type { NewEntry } from '../model/journal-entry.ts';

/** Site time at which the newest entries were received, by lsn; bounded. */
export class ReceiptTimes {
  readonly #times: Float64Array;
  #newest = 0;

  constructor(size = 65_536) {
    this.#times = new Float64Array(size);
  }

  /** Takes the entries of one commit. */
  note(firstLsn: number, entries: readonly NewEntry[]): void {
    for (let index = 0; index < entries.length; index += 1) {
      this.#times[(firstLsn + index) % this.#times.length] = entries[index]?.observedAt ?? 0;
    }
    this.#newest = firstLsn + entries.length - 1;
  }

  /** When the record of a trigger `<lsn>.<ordinal>` came in; `undefined` for triggers of other kinds and for what is too old. */
  of(trigger: string): number | undefined {
    const lsn = /^(\d+)\.\d+$/.exec(trigger)?.[1];
    const age = this.#newest - Number(lsn);
    if (lsn === undefined || age < 0 || age >= Math.min(this.#newest, this.#times.length)) {
      return undefined;
    }
    return this.#times[Number(lsn) % this.#times.length];
  }
}
