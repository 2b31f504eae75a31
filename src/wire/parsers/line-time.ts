import type { LineContext } from './line-parser.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
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
  /** Digits behind the second, any number of them. */
  readonly fraction?: string | undefined;
  /** Whole milliseconds, not padded. */
  readonly millisecond?: string | undefined;
  /** `Z`, `+0100` or `-05:00`. */
  readonly zone?: string | undefined;
}

/** What settles the year and the zone of times that lack them. */
export type TimeReference = Pick<LineContext, 'receivedAt' | 'year' | 'zoneMinutes'>;

/**
 * Event time in ms; `undefined` when it is no valid time. Without a zone it is
 * read as the reference's zone, else UTC; without a year it is the reference's,
 * else the latest one that is not more than a day after `receivedAt`.
 */
export function lineTime(parts: TimeParts, reference: TimeReference): number | undefined {
  const offset = zoneOffset(parts.zone, reference.zoneMinutes ?? 0);
  if (offset === undefined) return undefined;
  const wanted = parts.year === undefined ? reference.year : Number(parts.year);
  if (wanted !== undefined) return timeIn(wanted, parts, offset);
  const limit = reference.receivedAt + DAY_MS;
  const latest = new Date(limit + offset * MINUTE_MS).getUTCFullYear();
  for (let year = latest; year >= latest - LONGEST_LEAP_GAP; year -= 1) {
    const time = timeIn(year, parts, offset);
    if (time !== undefined && time <= limit) return time;
  }
  return undefined;
}

function timeIn(year: number, parts: TimeParts, offset: number): number | undefined {
  const month = monthNumber(parts.month);
  const day = Number(parts.day);
  const hour = Number(parts.hour);
  const minute = Number(parts.minute);
  const second = Number(parts.second);
  if (!(hour <= 23 && minute <= 59 && second <= 60 && year >= 100)) return undefined;
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return undefined;
  const base = Date.UTC(year, month - 1, day, hour, minute, second);
  return base + milliseconds(parts) - offset * MINUTE_MS;
}

function milliseconds({ fraction, millisecond }: TimeParts): number {
  if (fraction !== undefined) return Math.floor(Number(`0.${fraction}`) * 1000 + 1e-6);
  return Number(millisecond ?? 0);
}

function daysIn(year: number, month: number): number {
  const isLeap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return isLeap ? 29 : (DAYS[month - 1] ?? 0);
}

function monthNumber(month: string | undefined): number {
  const named = MONTHS.indexOf((month ?? '').toLowerCase());
  return named >= 0 ? named + 1 : Number(month);
}

/** Minutes ahead of UTC; `undefined` for a zone that there cannot be. */
function zoneOffset(zone: string | undefined, otherwise: number): number | undefined {
  if (zone === undefined || zone === '') return otherwise;
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (!(hours <= 23 && minutes <= 59)) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(Z|z|[+-]\d\d:?\d\d)?$/;
const LONGEST_ISO = 36;

/** Reads ISO 8601 as loggers write it: blank or `T`, comma or dot, with or without zone; else `undefined`. */
export function isoTime(text: string, reference: TimeReference): number | undefined {
  if (text.length > LONGEST_ISO) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction, zone] = ISO.exec(text) ?? [];
  if (year === undefined) return undefined;
  return lineTime({ year, month, day, hour, minute, second, fraction, zone }, reference);
}

/** Reads a number as seconds, ms, µs or ns since the epoch, whichever gives a time between 1973 and 5138, as whole ms. */
export function epochTime(value: number): number | undefined {
  const size = Math.abs(value);
  if (!(size >= 1e8)) return undefined;
  // A trifle more, so that 1.123 s does not come out as 1122 ms.
  if (size < 1e11) return Math.floor(value * 1000 + 1e-3);
  if (size < 1e14) return Math.floor(value + 1e-3);
  if (size < 1e17) return Math.floor(value / 1000);
  return size < 1e20 ? Math.floor(value / 1e6) : undefined;
}

/** Reads a time of any form that loggers write into one field; `undefined` when it is none. */
export function anyTime(value: unknown, reference: TimeReference): number | undefined {
  if (typeof value === 'number') return epochTime(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d{9,19}(?:\.\d{1,9})?$/.test(text)) return epochTime(Number(text));
  return isoTime(text, reference) ?? httpTime(text, reference) ?? namedTime(text, reference);
}

const HTTP =
  /^(?:[A-Z][a-z]{2}, )?(\d{1,2})[/ -]([A-Z][a-z]{2})[/ -](\d{4})[: ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? ?(GMT|UTC|Z|[+-]\d\d:?\d\d)?$/;

/** `10/Oct/2000:13:55:36 -0700` of access logs, `Tue, 10 Oct 2000 13:55:36 GMT` of HTTP. */
export function httpTime(text: string, reference: TimeReference): number | undefined {
  if (text.length > 64) return undefined;
  const [, day, month, year, hour, minute, second, fraction, name] = HTTP.exec(text) ?? [];
  if (year === undefined) return undefined;
  const zone = name === 'GMT' || name === 'UTC' ? 'Z' : name;
  return lineTime({ year, month, day, hour, minute, second, fraction, zone }, reference);
}

const NAMED =
  /^(?:[A-Z][a-z]{2,8},? )?([A-Z][a-z]{2})[a-z]{0,6} +(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: (?:[A-Z]{3,4}|([+-]\d\d:?\d\d)))?(?: (\d{4}))?$/;
const SLASHED = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?$/;

/** `Oct 11 22:14:15`, with day, year or zone as syslog, CEF and C's ctime write them, or `2024/01/02 03:04:05`. */
export function namedTime(text: string, reference: TimeReference): number | undefined {
  if (text.length > 64) return undefined;
  const slashed = SLASHED.exec(text);
  if (slashed !== null) {
    const [, year, month, day, hour, minute, second, fraction] = slashed;
    return lineTime({ year, month, day, hour, minute, second, fraction }, reference);
  }
  const [, month, day, before, hour, minute, second, fraction, zone, after] =
    NAMED.exec(text) ?? [];
  if (month === undefined) return undefined;
  const year = before ?? after;
  return lineTime({ year, month, day, hour, minute, second, fraction, zone }, reference);
}
