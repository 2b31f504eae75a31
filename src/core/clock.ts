/** Cancels what it was returned for; safe to call twice. */
export type Cancel = () => void;

/** The only source of time. Site time may run ahead of or behind the wall clock; monotonic time never jumps. */
export interface Clock {
  /** Site time in ms since the epoch: what records, ticks and alerts carry. */
  now(): number;
  /** Real monotonic ms: for time-outs, backoff and rates. */
  monotonic(): number;
  /** Wall-clock ms since the epoch, for what outlives the process (file names, leases). */
  wall(): number;
  /** Calls `task` once after `delayMs` of real time. */
  after(delayMs: number, task: () => void): Cancel;
  /** Calls `task` every `periodMs` of real time until cancelled. */
  every(periodMs: number, task: () => void): Cancel;
}

/** The real clock; its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
  every(periodMs, task) {
    const timer = setInterval(task, periodMs);
    timer.unref();
    return () => {
      clearInterval(timer);
    };
  },
};
