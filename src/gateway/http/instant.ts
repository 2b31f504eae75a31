import { WatchkeeperError } from '../../core/errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = Object.freeze({
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
});

const RELATIVE = /^-(\d{1,9})(ms|s|m|h|d|w)$/;
const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/;

/**
 * Reads a point in time: ms since the epoch, RFC 3339 text (a bare date is
 * midnight UTC), `now`, or a time before now such as `-15m`.
 *
 * @throws WatchkeeperError QUERY_INVALID
 */
export function parseInstant(value: string | number, now: number): number {
  if (typeof value === 'number') return checked(value, value);
  if (value === 'now') return now;
  if (/^\d{1,16}$/.test(value)) return checked(Number(value), value);
  const [, amount, unit = ''] = RELATIVE.exec(value) ?? [];
  if (amount !== undefined) return now - Number(amount) * (UNIT_MS[unit] ?? 0);
  return checked(ISO.test(value) ? Date.parse(value) : Number.NaN, value);
}

function checked(ms: number, given: string | number): number {
  if (Number.isSafeInteger(ms)) return ms;
  throw new WatchkeeperError(
    'QUERY_INVALID',
    `Expected a time, got ${JSON.stringify(given).slice(0, 60)}.`,
    { fix: 'Write it as 2026-01-31T12:00:00Z, as ms since the epoch, or as -15m.' },
  );
}
