import type { Clock } from '../../../core/clock.ts';

/** The browser's clock. Its `now` is the wall clock: site time comes from the feed. */
export const browserClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
  every(periodMs, task) {
    const timer = setInterval(task, periodMs);
    return () => {
      clearInterval(timer);
    };
  },
};
