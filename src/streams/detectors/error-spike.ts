import { option } from '../../core/options.ts';
import { isError } from '../../model/level.ts';
import { burstLogic } from '../burst.ts';
import { defineDetector } from '../define-detector.ts';

/** More errors than usual: the 101st within 5 minutes. */
export const errorSpike = defineDetector({
  type: 'error_spike',
  version: 1,
  doc: 'More than `threshold` errors within `window`. An error is a record of level ERROR or CRITICAL. Resolves when the window holds at most `clear_at`.',
  subjects: ['service', 'device'],
  severity: 'high',
  action: 'Investigate immediately',
  options: {
    threshold: option.integer({
      doc: 'Errors that are still normal; one more is a spike.',
      default: 100,
      min: 1,
      max: 10_000,
    }),
    window: option.duration({
      doc: 'Length of the sliding window, in event time.',
      default: '5m',
      min: '1s',
      max: '7d',
    }),
    clearAt: option.integer({
      doc: 'Errors in the window at which the alert resolves; below `threshold`.',
      default: 50,
      min: 0,
    }),
    lateness: option.duration({
      doc: 'How long records may be under way: the alert resolves that much later, in case more come.',
      default: '30s',
      max: '1h',
    }),
    updateEvery: option.duration({
      doc: 'Least time between updates of an open alert.',
      default: '1m',
      min: '1s',
    }),
  },
  check: ({ threshold, clearAt }) =>
    clearAt < threshold ? undefined : `Expected "clear_at" (${clearAt}) below "threshold".`,
  create: ({ options: { threshold, window, clearAt, lateness, updateEvery }, finding }) =>
    burstLogic({
      lengthMs: window,
      latenessMs: lateness,
      need: threshold + 1,
      threshold,
      clearAt,
      updateEveryMs: updateEvery,
      noun: 'errors',
      matches: ({ level }) => isError(level),
      facts: (slide, end) => ({ top_messages: slide.top(end, 3) }),
      finding,
    }),
});
