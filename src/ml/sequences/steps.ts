/** Work in parts, so that its caller can let others run in between; the result comes with the last part. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Units of work in a part, at most about: one unit is a look-up in a table, about 15 ns. */
export const STEP_UNITS = 16_384;

/** Counts the work of all that one piece of work calls, and says when a part of it is done. */
export class Pace {
  #spent = 0;

  /** Adds units; true when it is time to `yield`. */
  spend(units: number): boolean {
    this.#spent += units;
    if (this.#spent < STEP_UNITS) return false;
    this.#spent = 0;
    return true;
  }
}

/** All parts at once. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
