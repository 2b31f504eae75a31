/**
 * Releases results in lsn order: a result waits until every lower lsn that
 * was begun has its result. So records that devices and services hand on to
 * users are folded in the order of the journal, whatever turns their actors ran in.
 */
export class Frontier<Result> {
  readonly #release: (lsn: number, result: Result) => void;
  readonly #waiting = new Map<number, Result | undefined>();
  readonly #order: number[] = [];
  #head = 0;

  constructor(release: (lsn: number, result: Result) => void) {
    this.#release = release;
  }

  /** Entries that were begun and not yet released. */
  get size(): number {
    return this.#order.length - this.#head;
  }

  /** The lowest lsn that was begun and not yet released; `undefined` when there is none. */
  get oldest(): number | undefined {
    return this.#order[this.#head];
  }

  /** Must be called in ascending order of lsn. */
  begin(lsn: number): void {
    this.#order.push(lsn);
  }

  /** Gives the result of an entry, `undefined` when it hands nothing on. */
  complete(lsn: number, result: Result | undefined): void {
    if (this.#order[this.#head] !== lsn) {
      this.#waiting.set(lsn, result);
      return;
    }
    this.#head += 1;
    if (result !== undefined) this.#release(lsn, result);
    this.#drain();
  }

  #drain(): void {
    for (;;) {
      const next = this.#order[this.#head];
      if (next === undefined || !this.#waiting.has(next)) break;
      const result = this.#waiting.get(next);
      this.#waiting.delete(next);
      this.#head += 1;
      if (result !== undefined) this.#release(next, result);
    }
    if (this.#head > 1024 && this.#head * 2 > this.#order.length) {
      this.#order.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
