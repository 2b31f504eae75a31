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
