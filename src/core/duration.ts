const UNITS: readonly (readonly [names: readonly string[], ms: number])[] = [
  [['ms', 'millisecond', 'milliseconds'], 1],
  [['s', 'sec', 'second', 'seconds'], 1000],
  [['m', 'min', 'minute', 'minutes'], 60_000],
  [['h', 'hour', 'hours'], 3_600_000],
  [['d', 'day', 'days'], 86_400_000],
];
const MS_BY_UNIT = new Map(
  UNITS.flatMap(([names, ms]) => names.map((name) => [name, ms] as const)),
);
const PART = /(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]+)\s*/gy;

/** Reads `5m`, `10 minutes`, `1h 30m`, `4m59.999s` as ms; `undefined` when it is no duration. */
export function parseDuration(text: string): number | undefined {
  const wanted = text.trim().toLowerCase();
  let total = 0;
  let end = 0;
  PART.lastIndex = 0;
  for (let part = PART.exec(wanted); part !== null; part = PART.exec(wanted)) {
    const unit = MS_BY_UNIT.get(part[2] ?? '');
    if (unit === undefined) return undefined;
    total += Number(part[1]) * unit;
    end = PART.lastIndex;
  }
  // Sums of decimal fractions keep µs and lose the noise below.
  return end === wanted.length && end > 0 ? Math.round(total * 1000) / 1000 : undefined;
}

/** A duration for people, in its largest whole unit: `5 minutes`, `90 seconds`, `1 hour`. */
export function durationText(ms: number): string {
  for (const [[, singular = '', plural = ''], unit] of LARGEST_FIRST) {
    if (ms >= unit && ms % unit === 0) return `${ms / unit} ${ms === unit ? singular : plural}`;
  }
  return `${ms} milliseconds`;
}

const LARGEST_FIRST = UNITS.map(
  ([names, ms]) => [[names[0], names.at(-2), names.at(-1)], ms] as const,
).reverse();
