const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};
const PARTS = /^(?:\d{1,12}(?:\.\d{1,12})?(?:ns|us|µs|μs|ms|sec|s|min|m|h)){1,4}$/;
const PART = /(\d+(?:\.\d+)?)([a-zµμ]+)/g;

/**
 * A duration in ms: a number in `unitMs`, or text such as `12.5ms`, `1m30s`.
 * `undefined` for what is none, and for a number whose unit nobody tells.
 */
export function durationOf(value: unknown, unitMs?: number): number | undefined {
  if (typeof value === 'number') return unitMs === undefined ? undefined : scaled(value, unitMs);
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const text = value.trim();
  if (unitMs !== undefined && /^\d{1,15}(?:\.\d{1,12})?$/.test(text)) {
    return scaled(Number(text), unitMs);
  }
  if (!PARTS.test(text)) return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(PART)) {
    total += Number(number) * (UNITS[unit ?? ''] ?? 0);
  }
  return scaled(total, 1);
}

/** To whole nanoseconds, without the noise of decimal fractions. */
function scaled(value: number, unitMs: number): number | undefined {
  const ms = Math.round(value * unitMs * 1e6) / 1e6;
  return ms >= 0 && Number.isFinite(ms) ? ms : undefined;
}
