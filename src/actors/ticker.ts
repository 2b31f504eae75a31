import type { Cancel, Clock } from '../core/clock.ts';
import type { Tick } from '../model/journal-entry.ts';

export interface TickerOptions {
  readonly clock: Clock;
  /** The last tick in the journal; `undefined` in a new one. */
  readonly last: Tick | undefined;
  /** Earliest deadline in seeing time (site time less blind time). */
  readonly nextDeadline: () => number | undefined;
  readonly append: (tick: Tick) => void;
}

const PERIOD_MS = 1000;
/** A gap of real time between ticks over which the site counts as having been blind. */
const BLIND_MS = 2000;

/**
 * Makes time part of the log: a tick at least once per second of real time,
 * and when the earliest deadline falls due. A gap of more than 2 s of real
 * time (the process was down, stopped or starved) is counted as blind, so
 * that own silence is never taken for somebody else's.
 */
export class Ticker {
  readonly #options: TickerOptions;
  #blindMs: number;
  #lastNow: number;
  #lastWall: number;
  #lastMonotonic: number | undefined;
  #cancelPeriod: Cancel | undefined;
  #cancelDeadline: Cancel | undefined;

  constructor(options: TickerOptions) {
    this.#options = options;
    const { clock, last } = options;
    this.#blindMs = last?.blindMs ?? 0;
    this.#lastNow = last?.now ?? clock.now();
    this.#lastWall = last?.wall ?? clock.wall();
  }

  start(): void {
    this.tick();
    this.#cancelPeriod = this.#options.clock.every(PERIOD_MS, () => {
      this.tick();
    });
  }

  stop(): void {
    this.#cancelPeriod?.();
    this.#cancelDeadline?.();
  }

  /** Appends a tick now. Site time never goes back. */
  tick(): void {
    const { clock } = this.#options;
    const now = Math.max(clock.now(), this.#lastNow);
    const wall = clock.wall();
    const monotonic = clock.monotonic();
    const gap =
      this.#lastMonotonic === undefined ? wall - this.#lastWall : monotonic - this.#lastMonotonic;
    if (gap > BLIND_MS) this.#blindMs += now - this.#lastNow;
    this.#lastNow = now;
    this.#lastWall = wall;
    this.#lastMonotonic = monotonic;
    this.#options.append({ now, wall, blindMs: this.#blindMs });
  }

  /** Looks at the earliest deadline again and ticks when it is due, if that is before the next period. */
  schedule(rate: number): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    const deadline = this.#options.nextDeadline();
    if (deadline === undefined) return;
    const { clock } = this.#options;
    const waitMs = (deadline + this.#blindMs - clock.now()) / rate;
    if (waitMs > PERIOD_MS) return;
    this.#cancelDeadline = clock.after(Math.max(1, Math.ceil(waitMs)), () => {
      this.tick();
    });
  }
}
