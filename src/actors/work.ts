/** Counts messages under way, and tells when none is: then every entry dispatched so far is folded. */
export class Work {
  #underWay = 0;
  #waiting: (() => void) | undefined;

  get underWay(): number {
    return this.#underWay;
  }

  begin(count = 1): void {
    this.#underWay += count;
  }

  end(count = 1): void {
    this.#underWay -= count;
    if (this.#underWay !== 0 || this.#waiting === undefined) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting();
  }

  /** Calls back once, when nothing is under way; at once when nothing is now. One waiter at a time. */
  whenIdle(callback: () => void): void {
    if (this.#underWay === 0) callback();
    else this.#waiting = callback;
  }
}
