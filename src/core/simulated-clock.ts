import type { Cancel, Clock } from './clock.ts';

interface Timer {
  readonly order: number;
  due: number;
  readonly periodMs: number | undefined;
  readonly task: () => void;
}

/** A clock that stands still until `advance` moves it; timers fire in order of due time, then creation. */
export class SimulatedClock implements Clock {
  #now: number;
  #elapsed = 0;
  #created = 0;
  readonly #timers = new Set<Timer>();

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  wall(): number {
    return this.now();
  }

  after(delayMs: number, task: () => void): Cancel {
    return this.#add(delayMs, undefined, task);
  }

  every(periodMs: number, task: () => void): Cancel {
    return this.#add(periodMs, periodMs, task);
  }

  /** Moves time forward, firing each timer that falls due on the way at its own instant. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#elapsed = Math.max(this.#elapsed, next.due);
      if (next.periodMs === undefined) this.#timers.delete(next);
      else next.due += next.periodMs;
      next.task();
    }
    this.#elapsed = end;
  }

  /** Lets monotonic time pass while site time stands still, as a process does that only waits. */
  wait(ms: number): void {
    this.jump(-ms);
    this.advance(ms);
  }

  /** Moves site time without letting monotonic time pass, as a step of the wall clock does. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #add(delayMs: number, periodMs: number | undefined, task: () => void): Cancel {
    const timer = {
      order: this.#created,
      due: this.#elapsed + Math.max(0, delayMs),
      periodMs,
      task,
    };
    this.#created += 1;
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  #next(end: number): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due > end) continue;
      const isEarlier =
        best === undefined ||
        timer.due < best.due ||
        (timer.due === best.due && timer.order < best.order);
      if (isEarlier) best = timer;
    }
    return best;
  }
}
