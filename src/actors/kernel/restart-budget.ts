export interface BudgetOptions {
  readonly limit: number;
  readonly windowMs: number;
}

/** Counts failures within a sliding span of the time that `now` tells. */
export class RestartBudget {
  readonly #options: BudgetOptions;
  readonly #now: () => number;
  #failures: number[] = [];

  constructor(options: BudgetOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /** Records a failure; returns how many fell into the span, this one included. */
  spend(): number {
    const now = this.#now();
    this.#failures = this.#failures.filter((at) => now - at < this.#options.windowMs);
    this.#failures.push(now);
    return this.#failures.length;
  }
}
