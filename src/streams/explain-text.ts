/** A span for people, in its two largest units: `2 min 10 s`, `3 h 5 min`, `45 s`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = UNITS.map(([name, length], index) => {
    const larger = UNITS[index - 1]?.[1] ?? Infinity;
    return [Math.floor((seconds % larger) / length), name] as const;
  });
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} ${name}`)
    .join(' ');
}

/** In seconds. */
const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** The time of day in UTC, `10:04:31`, rounded up to the second. */
export function clockText(ms: number): string {
  return new Date(Math.ceil(ms / 1000) * 1000).toISOString().slice(11, 19);
}

/** A whole number with its thousands apart: `5,000`. */
export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
