import { map, type OperatorFunction } from 'rxjs';

import type { LogRecord } from '../../model/record.ts';
import type { LookupTables, ShiftRule } from './lookup-table.ts';

const DAY_MINUTES = 24 * 60;

/** What tables are looked up by. */
export interface LookupKeys {
  readonly device?: string | undefined;
  readonly service?: string | undefined;
  readonly user?: string | undefined;
  /** Event time in ms. */
  readonly timestamp: number;
}

/**
 * The record with what the tables say of its watch, service and user, and the
 * shift of its event time, under its attributes. What the record says itself
 * is never replaced, and of two tables the earlier one wins. The same record
 * when there is nothing to add.
 */
export function enrich(record: LogRecord, tables: LookupTables): LogRecord {
  const { deviceId: device, service, userId: user, timestamp, attributes } = record;
  const added = lookUp({ device, service, user, timestamp }, tables);
  return added === undefined ? record : { ...record, attributes: { ...added, ...attributes } };
}

/** All that the tables say; of two the earlier one wins. `undefined` when that is nothing. */
export function lookUp(
  keys: LookupKeys,
  tables: LookupTables,
): Readonly<Record<string, string>> | undefined {
  let found: Record<string, string> | undefined;
  for (const { key, rows } of tables.tables) {
    const id = keys[key];
    const row = id === undefined ? undefined : rows.get(id);
    if (row !== undefined) found = { ...row, ...found };
  }
  const shift = shiftAt(keys.timestamp, tables);
  return shift === undefined ? found : { shift, ...found };
}

/** What the tables say under one name, as {@link lookUp} would. */
export function lookUpOne(
  keys: LookupKeys,
  name: string,
  tables: LookupTables,
): string | undefined {
  for (const { key, rows } of tables.tables) {
    const id = keys[key];
    const row = id === undefined ? undefined : rows.get(id);
    if (row !== undefined && Object.hasOwn(row, name)) return row[name];
  }
  return name === 'shift' ? shiftAt(keys.timestamp, tables) : undefined;
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
