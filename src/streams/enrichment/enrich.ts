import { map, type OperatorFunction } from 'rxjs';

import type { LogRecord } from '../../model/record.ts';
import type { LookupKey, LookupTables, ShiftRule } from './lookup-table.ts';

const DAY_MINUTES = 24 * 60;

/**
 * The record with what the tables say of its watch, service and user, and the
 * shift of its event time, under its attributes. What the record says itself
 * is never replaced, and of two tables the earlier one wins. The same record
 * when there is nothing to add.
 */
export function enrich(record: LogRecord, tables: LookupTables): LogRecord {
  let added: Record<string, unknown> | undefined;
  const own = record.attributes;
  const add = (name: string, value: string): void => {
    if (own !== undefined && Object.hasOwn(own, name)) return;
    if (added !== undefined && Object.hasOwn(added, name)) return;
    (added ??= {})[name] = value;
  };
  for (const { key, rows } of tables.tables) {
    const id = keyOf(record, key);
    const row = id === undefined ? undefined : rows.get(id);
    if (row !== undefined) for (const name in row) add(name, row[name] ?? '');
  }
  const shift = shiftAt(record.timestamp, tables);
  if (shift !== undefined) add('shift', shift);
  return added === undefined ? record : { ...record, attributes: { ...own, ...added } };
}

/** Enriches each record with the tables that are in force when it comes. */
export function enrichment(tables: () => LookupTables): OperatorFunction<LogRecord, LogRecord> {
  return map((record) => enrich(record, tables()));
}

/** Name of the shift at a time in ms since the epoch; `undefined` when no rule fits. */
export function shiftAt(
  timestamp: number,
  { shifts, utcOffsetMinutes }: Pick<LookupTables, 'shifts' | 'utcOffsetMinutes'>,
): string | undefined {
  if (shifts.length === 0) return undefined;
  const local = Math.floor(timestamp / 60_000) + utcOffsetMinutes;
  const minute = ((local % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
  // The first day of the epoch was a Thursday.
  const weekday = (((Math.floor(local / DAY_MINUTES) + 4) % 7) + 7) % 7;
  return shifts.find((rule) => isWithin(rule, weekday, minute))?.name;
}

/** A shift past midnight belongs to the day on which it began. */
function isWithin({ weekdays, from, to }: ShiftRule, weekday: number, minute: number): boolean {
  if (from < to) return weekdays.includes(weekday) && minute >= from && minute < to;
  if (minute >= from) return weekdays.includes(weekday);
  return minute < to && weekdays.includes((weekday + 6) % 7);
}

function keyOf(record: LogRecord, key: LookupKey): string | undefined {
  if (key === 'device') return record.deviceId;
  return key === 'service' ? record.service : record.userId;
}
