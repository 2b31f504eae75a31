const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_MS = 86_400_000;
/** A leap day comes again after at most 8 years (1896 to 1904). */
const LONGEST_LEAP_GAP = 8;

/** Parts of a time as text, as regular expressions give them; `month` is 1 to 12 or an English name of three letters. */
export interface TimeParts {
  readonly year?: string | undefined;
  readonly month: string | undefined;
  readonly day: string | undefined;
  readonly hour: string | undefined;
  readonly minute: string | undefined;
  readonly second: string | undefined;
  readonly millisecond?: string | undefined;
}

/**
 * Event time in ms, read as UTC; `undefined` when it is no valid time. Without a
 * year it is the latest one that is not more than a day after `reference`.
 */
export function lineTime(parts: TimeParts, reference: number): number | undefined {
  if (parts.year !== undefined) return utc(Number(parts.year), parts);
  const latest = new Date(reference + DAY_MS).getUTCFullYear();
  for (let year = latest; year >= latest - LONGEST_LEAP_GAP; year -= 1) {
    const time = utc(year, parts);
    if (time !== undefined && time <= reference + DAY_MS) return time;
  }
  return undefined;
}

function utc(year: number, parts: TimeParts): number | undefined {
  const month = monthNumber(parts.month);
  const [day, hour, minute, second] = [parts.day, parts.hour, parts.minute, parts.second].map(
    Number,
  );
  if (day === undefined || hour === undefined || minute === undefined || second === undefined) {
    return undefined;
  }
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const millisecond = Number(parts.millisecond ?? 0);
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
}

function monthNumber(month: string | undefined): number {
  const named = MONTHS.indexOf(month ?? '');
  return named >= 0 ? named + 1 : Number(month);
}
