import { finite, isObject, requireThat } from '../calibration/snapshot.ts';

/**
 * Makes a member of a detector that says yes or no: a yes is as surprising as
 * it is rare, −log10 of (times fired + 1) ÷ (steps + 1), a no is not
 * surprising. With a horizon both counts fade, so that a rule that fires more
 * often than it used to counts less. O(1).
 */
export class BaseRate {
  readonly #horizon: number;
  readonly #keep: number;
  #steps = 0;
  #fired = 0;

  /** @param horizon steps after which one has faded to 1/e. */
  constructor(horizon = Infinity) {
    this.#horizon = horizon;
    this.#keep = Math.exp(-1 / horizon);
  }

  /** Learns nothing. */
  surprise(hasFired: boolean): number {
    return hasFired ? Math.log10((this.#steps + 1) / (this.#fired + 1)) : 0;
  }

  update(hasFired: boolean): void {
    this.#steps = this.#steps * this.#keep + 1;
    this.#fired = this.#fired * this.#keep + (hasFired ? 1 : 0);
  }

  /** As many steps in which it did not fire, at once: `update(false)` so often, but for rounding. */
  pass(steps: number): void {
    const keep = Math.exp(-steps / this.#horizon);
    const passed = this.#keep < 1 ? (1 - keep) / (1 - this.#keep) : steps;
    this.#steps = this.#steps * keep + passed;
    this.#fired *= keep;
  }

  /** A horizon of 0 stands for none. */
  state(): { readonly horizon: number; readonly steps: number; readonly fired: number } {
    const horizon = Number.isFinite(this.#horizon) ? this.#horizon : 0;
    return { horizon, steps: this.#steps, fired: this.#fired };
  }

  /** @throws MODEL_INVALID */
  static from(state: unknown): BaseRate {
    requireThat(isObject(state), 'its base rate is missing');
    const horizon = finite(state['horizon'], 'its base rate');
    const steps = finite(state['steps'], 'its base rate');
    const fired = finite(state['fired'], 'its base rate');
    requireThat(horizon >= 0 && fired >= 0 && steps >= fired, 'its base rate is impossible');
    const rate = new BaseRate(horizon === 0 ? Infinity : horizon);
    rate.#steps = steps;
    rate.#fired = fired;
    return rate;
  }
}
