/** How much per second, and how much at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Allows `burst` at once and `perSecond` in the long run. Time comes in with each call, in ms. */
export class TokenBucket {
  readonly #rate: Rate;
  #level: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#level = rate.burst;
    this.#at = now;
  }

  /**
   * Takes `amount`, and returns 0; or takes nothing and returns the ms to wait.
   * An amount over the burst passes when the bucket is full, and leaves a debt.
   */
  take(amount: number, now: number): number {
    const { perSecond, burst } = this.#rate;
    this.#level = Math.min(burst, this.#level + (Math.max(0, now - this.#at) / 1000) * perSecond);
    this.#at = Math.max(this.#at, now);
    const needed = Math.min(amount, burst);
    if (this.#level >= needed) {
      this.#level -= amount;
      return 0;
    }
    // Less a trifle, so that rounding does not add a whole millisecond.
    return Math.ceil(((needed - this.#level) / perSecond) * 1000 - 1e-6);
  }
}
