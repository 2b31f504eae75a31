import { setImmediate } from 'node:timers/promises';

/** About 2 ms of work, so that a turn of the event loop stays far below 10 ms. */
const UNITS_PER_TURN = 2_000;

/**
 * Divides long work into turns of the event loop by counting it: one unit is
 * about 1 µs, such as looking at one record. Counting keeps it free of clocks.
 */
export class Pace {
  #spent = 0;

  /** Adds work that was done; true when it is time to `rest`. */
  spend(units: number): boolean {
    this.#spent += units;
    return this.#spent >= UNITS_PER_TURN;
  }

  /** Lets everything else that waits for the event loop run. */
  async rest(): Promise<void> {
    this.#spent = 0;
    await setImmediate();
  }
}
