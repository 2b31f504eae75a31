import { option } from '../../core/options.ts';
import { LEVEL_BY_NAME } from '../../model/level.ts';
import { burstLogic } from '../burst.ts';
import { defineDetector } from '../define-detector.ts';
import { compilePattern, matcherOf } from '../safe-pattern.ts';

/** What drivers of common databases write when they cannot connect. */
const DEFAULT_PATTERNS = [
  'connection refused',
  'connection reset',
  'connection timed out',
  'connection failed',
  'connection failure',
  'failed to connect',
  'could not connect',
  'unable to connect',
  'too many connections',
  'connection pool exhausted',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'DB_CONN',
  '/^08(?:000|001|003|004|006|007)$/',
];

/** The database cannot be reached: the 10th connection failure within 2 minutes. */
export const databaseConnectionFailure = defineDetector({
  type: 'database_connection_failure',
  version: 1,
  doc: '`threshold` connection failures or more within `window`. A connection failure is a record whose error_code or message matches one of `patterns`. Resolves when the window holds at most `clear_at`.',
  subjects: ['service', 'device'],
  severity: 'critical',
  action: 'Restart the connection pool',
  options: {
    threshold: option.integer({
      doc: 'Connection failures that are too many.',
      default: 10,
      min: 2,
      max: 10_000,
    }),
    window: option.duration({
      doc: 'Length of the sliding window, in event time.',
      default: '2m',
      min: '1s',
      max: '7d',
    }),
    patterns: option.list({
      doc: 'Texts to look for in error_code and message, without regard to case; between slashes, a regular expression (without look-around, back-references and nested repetition).',
      of: option.text({ doc: 'A pattern.', maxLength: 202 }),
      default: DEFAULT_PATTERNS,
    }),
    leastLevel: option.oneOf({
      doc: 'Least level of a record whose message is searched; an error_code always is.',
      values: ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'],
      default: 'WARNING',
    }),
    clearAt: option.integer({
      doc: 'Failures in the window at which the alert resolves; below `threshold`.',
      default: 0,
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
  check({ threshold, clearAt, patterns }) {
    if (clearAt >= threshold) return `Expected "clear_at" (${clearAt}) below "threshold".`;
    for (const pattern of patterns) {
      const compiled = compilePattern(pattern);
      if ('complaint' in compiled) return `${compiled.complaint} Got ${JSON.stringify(pattern)}.`;
    }
    return undefined;
  },
  create({ options, finding }) {
    const isFailure = matcherOf(options.patterns.flatMap(sourceOf));
    const leastLevel = LEVEL_BY_NAME[options.leastLevel];
    return burstLogic({
      lengthMs: options.window,
      latenessMs: options.lateness,
      need: options.threshold,
      threshold: options.threshold,
      clearAt: options.clearAt,
      updateEveryMs: options.updateEvery,
      noun: 'connection failures',
      matches: ({ errorCode, level, message }) =>
        (errorCode !== undefined && isFailure(errorCode)) ||
        (level >= leastLevel && isFailure(message)),
      facts: (slide, end) => ({ top_messages: slide.top(end, 3) }),
      finding,
    });
  },
});

function sourceOf(pattern: string): readonly string[] {
  const compiled = compilePattern(pattern);
  return 'source' in compiled ? [compiled.source] : [];
}
