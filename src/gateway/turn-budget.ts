import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';

/** How long one sender's lines may keep all others waiting. */
const TURN_MS = 10;

/**
 * Ends turns of the event loop in which reading took long. How long one line
 * takes depends on the patterns that somebody wrote, so lines cannot be
 * counted for that.
 */
export class TurnBudget {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #since: number | undefined;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Called before something is read: whether what came before it took long enough. */
  isSpent(): boolean {
    const now = this.#clock.monotonic();
    this.#since ??= now;
    return now - this.#since >= TURN_MS;
  }

  /** Lets all others go first. */
  async renew(): Promise<void> {
    await turn();
    this.#since = undefined;
  }
}
