import { LEVEL_BY_NAME, LEVEL_NAMES } from '../../model/level.ts';
import { parseDuration } from '../duration.ts';
import type { FieldType } from './fields.ts';

const NUMBER = /^[+-]?(?:\d{1,20}(?:\.\d{0,10})?|\.\d{1,10})$/;
const SIZE = /^(\d{1,15}(?:\.\d{1,6})?)(b|kb|mb|gb|tb|kib|mib|gib|tib)$/i;
const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

const SIZE_UNITS = new Map([
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
]);

/**
 * A value as a number: levels by word or severity number, times in ms since
 * the epoch, durations in ms (`1.5s`), sizes in bytes (`10KiB`); `undefined`
 * when it is none that `type` allows.
 */
export function numberOf(text: string, type: FieldType): number | undefined {
  if (type === 'level') return levelOf(text);
  if (type === 'time' && INSTANT.test(text)) {
    const time = Date.parse(/^[^T]*$|Z$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
    return Number.isNaN(time) ? undefined : time;
  }
  if (NUMBER.test(text)) return Number(text);
  if (type !== 'duration' && type !== 'any') return undefined;
  const size = type === 'any' ? sizeOf(text) : undefined;
  return size ?? (/\d/.test(text) ? parseDuration(text) : undefined);
}

/** What is expected of values of this type, for errors. */
export function expectedOf(type: FieldType): string {
  if (type === 'level') return `a level: ${LEVEL_NAMES.join(', ')}, or its number`;
  if (type === 'time') return 'a time such as 2026-01-31T12:00:00Z';
  if (type === 'duration') return 'a duration such as 500, 500ms or 1.5s';
  return 'a number';
}

/** Words of other systems for the five levels. */
const LEVEL_WORDS = new Map(
  'TRACE5 DEBUG5 INFO9 NOTICE9 WARN13 WARNING13 ERROR17 ERR17 CRITICAL18 CRIT18 FATAL18 ALERT18 EMERGENCY18'
    .split(' ')
    .map((entry) => [entry.replace(/\d+/, ''), Number(entry.replace(/\D+/, ''))] as const),
);

function levelOf(text: string): number | undefined {
  const known = LEVEL_WORDS.get(text.toUpperCase());
  if (known !== undefined) return known;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return number >= 1 && number <= 24 ? number : undefined;
}

/** A level's number as its name, where it has one. */
export function levelText(level: number): string {
  return LEVEL_NAMES.find((name) => LEVEL_BY_NAME[name] === level) ?? String(level);
}

function sizeOf(text: string): number | undefined {
  const [, amount, unit] = SIZE.exec(text) ?? [];
  const factor = SIZE_UNITS.get(unit?.toLowerCase() ?? '');
  return factor === undefined ? undefined : Number(amount) * factor;
}
