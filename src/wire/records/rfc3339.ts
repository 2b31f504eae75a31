const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;

const LONGEST = 35;
const MINUTE = 60_000;
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads an RFC 3339 date-time as ms since the epoch; NaN when it is none.
 * Fractions below a ms are cut off; a leap second counts as the next minute.
 */
export function parseRfc3339(text: string): number {
  const parts = text.length > LONGEST ? null : PATTERN.exec(text);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second, fraction = '0', , sign, zoneHour, zoneMinute] =
    parts;
  if (
    !isDate(Number(month), Number(day)) ||
    !isTime(Number(hour), Number(minute), Number(second))
  ) {
    return Number.NaN;
  }
  if (!isTime(Number(zoneHour ?? 0), Number(zoneMinute ?? 0), 0)) return Number.NaN;
  const base = new Date(0);
  base.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  base.setUTCHours(Number(hour), Number(minute), Number(second));
  const ms = Math.floor(Number(`0.${fraction}`) * 1000 + 1e-6);
  const offset = (Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0)) * MINUTE;
  return base.getTime() + ms + (sign === '-' ? offset : -offset);
}

function isDate(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= (DAYS[month - 1] ?? 0);
}

function isTime(hour: number, minute: number, second: number): boolean {
  return hour <= 23 && minute <= 59 && second <= 60;
}
