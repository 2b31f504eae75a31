const GROUPED = new Intl.NumberFormat('en-GB');
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** Shown where a value is not known. */
const NO_VALUE = '–';

/** `1,234`, and from 100,000 on `123.4k` and `1.2M`. */
export function formatCount(value: number): string {
  const rounded = Math.round(value);
  return Math.abs(rounded) < 100_000
    ? GROUPED.format(rounded)
    : COMPACT.format(rounded).replace('K', 'k');
}

/** A rate per second: one decimal below 10, whole above. */
export function formatRate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 0.05) return '<0.1';
  return perSecond < 10 ? trimZero(perSecond.toFixed(1)) : formatCount(perSecond);
}

/** A number with at most `decimals` decimals, or a dash. */
export function formatValue(value: number | undefined | null, decimals = 0): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return NO_VALUE;
  return decimals === 0 ? formatCount(value) : trimZero(value.toFixed(decimals));
}

/** A span of ms as its largest unit: `0.3 s`, `12 s`, `3 min`, `2 h`, `5 d`. Negative spans count as none. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${trimZero(seconds.toFixed(1))} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** `12 s ago`; `never` for a time of 0. */
export function formatAge(at: number, now: number): string {
  if (at <= 0) return 'never';
  const age = now - at;
  return age < 1000 ? 'just now' : `${formatSpan(Math.floor(age / 1000) * 1000)} ago`;
}

/** Seconds as people read latencies: `0.8 ms`, `42 ms`, `1.3 s`. */
export function formatLatency(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return NO_VALUE;
  const ms = seconds * 1000;
  if (ms < 10) return `${trimZero(ms.toFixed(1))} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : formatSpan(ms);
}

/** `14:30:05`, UTC. */
export function formatTime(at: number): string {
  return iso(at).slice(11, 19);
}

/** `2024-02-16 14:30:05`, UTC. */
export function formatDateTime(at: number): string {
  return iso(at).slice(0, 19).replace('T', ' ');
}

/** `1 watch`, `2 watches`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `error_spike` → `Error spike`. */
export function formatType(type: string): string {
  const words = type.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function iso(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '0000-00-00T00:00:00Z' : date.toISOString();
}

function trimZero(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
