import type { Cancel, Clock } from './clock.ts';

/** Maps wall time to site time: `origin + (wall − wallOrigin) · rate` until that meets the wall clock, then the wall clock. */
export interface ClockMapping {
  readonly wallOrigin: number;
  readonly origin: number;
  readonly rate: number;
}

/** A site's clock: the wall clock, or for demonstrations one that starts in the past and catches up. */
export class SiteClock implements Clock {
  readonly #base: Clock;
  #mapping: ClockMapping | undefined;

  constructor(base: Clock, mapping?: ClockMapping) {
    this.#base = base;
    this.#mapping = mapping;
  }

  set(mapping: ClockMapping): void {
    this.#mapping = mapping;
  }

  /** How fast site time runs now. */
  get rate(): number {
    return this.#mapping !== undefined && this.#mapped(this.#mapping) < this.#base.wall()
      ? this.#mapping.rate
      : 1;
  }

  now(): number {
    if (this.#mapping === undefined) return this.#base.now();
    const wall = this.#base.wall();
    const mapped = this.#mapped(this.#mapping);
    if (mapped < wall) return mapped;
    this.#mapping = undefined;
    return wall;
  }

  monotonic(): number {
    return this.#base.monotonic();
  }

  wall(): number {
    return this.#base.wall();
  }

  after(delayMs: number, task: () => void): Cancel {
    return this.#base.after(delayMs, task);
  }

  every(periodMs: number, task: () => void): Cancel {
    return this.#base.every(periodMs, task);
  }

  #mapped({ origin, wallOrigin, rate }: ClockMapping): number {
    return origin + (this.#base.wall() - wallOrigin) * rate;
  }
}
