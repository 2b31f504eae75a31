import { option } from '../../core/options.ts';
import { isError } from '../../model/level.ts';
import { burstLogic } from '../burst.ts';
import { defineDetector } from '../define-detector.ts';

const TIMELINE_PARTS = 12;

/** One user runs into many errors: the 50th within an hour. */
export const suspiciousUserActivity = defineDetector({
  type: 'suspicious_user_activity',
  version: 1,
  doc: '`threshold` errors or more of one user within `window`, whatever services wrote them. Resolves when the window holds at most `clear_at`.',
  subjects: ['user'],
  severity: 'medium',
  action: 'Review this user’s activity',
  options: {
    threshold: option.integer({
      doc: 'Errors that are suspicious.',
      default: 50,
      min: 2,
      max: 10_000,
    }),
    window: option.duration({
      doc: 'Length of the sliding window, in event time.',
      default: '1h',
      min: '1s',
      max: '7d',
    }),
    clearAt: option.integer({
      doc: 'Errors in the window at which the alert resolves; below `threshold`.',
      default: 25,
      min: 0,
    }),
    lateness: option.duration({
      doc: 'How long records may be under way: the alert resolves that much later, in case more come.',
      default: '30s',
      max: '1h',
    }),
    updateEvery: option.duration({
      doc: 'Least time between updates of an open alert.',
      default: '5m',
      min: '1s',
    }),
  },
  check: ({ threshold, clearAt }) =>
    clearAt < threshold ? undefined : `Expected "clear_at" (${clearAt}) below "threshold".`,
  create: ({ options: { threshold, window, clearAt, lateness, updateEvery }, finding }) =>
    burstLogic({
      lengthMs: window,
      latenessMs: lateness,
      need: threshold,
      threshold,
      clearAt,
      updateEveryMs: updateEvery,
      noun: 'errors',
      matches: ({ level }) => isError(level),
      facts: (slide, end) => ({
        timeline: slide.timeline(end, TIMELINE_PARTS),
        top_messages: slide.top(end, 3),
      }),
      finding,
    }),
});
