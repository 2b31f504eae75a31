import type { Cancel, Clock } from '../../core/clock.ts';

/**
 * The clock of a backtest: it stands where history is, and only `set` moves it.
 * What waits for real time to pass (a restart, a batch that fills) waits for
 * one turn of the event loop, because nothing is won by waiting longer.
 */
export class VirtualClock implements Clock {
  #now: number;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  /** Never goes back. */
  set(ms: number): void {
    this.#now = Math.max(this.#now, ms);
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): Cancel {
    if (delayMs === Infinity) return () => undefined;
    const turn = setImmediate(task);
    return () => {
      clearImmediate(turn);
    };
  }

  /** Nothing of a backtest happens by real time. */
  every(): Cancel {
    return () => undefined;
  }
}
