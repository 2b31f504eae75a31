import { systemClock, type Clock } from '../core/clock.ts';

/** The real clock with timers that keep the process alive: a watch that waits to reconnect is not done. */
export const liveClock: Clock = {
  ...systemClock,
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};
