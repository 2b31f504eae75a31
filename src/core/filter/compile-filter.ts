import { LEVEL_BY_NAME } from '../../model/level.ts';
import type { LogRecord } from '../../model/record.ts';
import type { WireRecord } from '../../model/wire-record.ts';
import { fieldType, isRecordField } from './fields.ts';
import type { ComparisonOperator, Filter } from './filter.ts';

/** Reads a field of a record; `undefined` when the record has none. */
export type ReadField<Record_> = (record: Record_, field: string) => unknown;

/** Makes a predicate of a filter. It throws for no record. */
export function compileFilter<Record_>(
  filter: Filter,
  read: ReadField<Record_>,
): (record: Record_) => boolean {
  switch (filter.kind) {
    case 'all':
      return () => true;
    case 'and': {
      const all = filter.of.map((each) => compileFilter(each, read));
      return (record) => all.every((matches) => matches(record));
    }
    case 'or': {
      const any = filter.of.map((each) => compileFilter(each, read));
      return (record) => any.some((matches) => matches(record));
    }
    case 'not': {
      const matches = compileFilter(filter.of, read);
      return (record) => !matches(record);
    }
    case 'exists':
      return (record) => isPresent(read(record, filter.field));
    default:
      return compileTerm(filter, read);
  }
}

type TermFilter = Extract<Filter, { kind: 'is' | 'like' | 'compare' | 'range' }>;

function compileTerm<Record_>(
  filter: TermFilter,
  read: ReadField<Record_>,
): (record: Record_) => boolean {
  const { field } = filter;
  const test = testOf(filter);
  return (record) => {
    const value = read(record, field);
    return Array.isArray(value) ? value.some(test) : test(value);
  };
}

function testOf(filter: TermFilter): (value: unknown) => boolean {
  const isMessage = fieldType(filter.field) === 'text';
  switch (filter.kind) {
    case 'is': {
      if (!isMessage) return (value) => textOf(value) === filter.value;
      const wanted = filter.value.toLowerCase();
      return (value) => typeof value === 'string' && value.toLowerCase().includes(wanted);
    }
    case 'like': {
      const parts = isMessage ? filter.parts.map((part) => part.toLowerCase()) : filter.parts;
      return (value) => {
        const text = textOf(value);
        if (text === undefined) return false;
        return isLike(isMessage ? text.toLowerCase() : text, parts, !isMessage);
      };
    }
    case 'compare': {
      const compare = COMPARISONS[filter.operator];
      return (value) => compare(numberIn(value), filter.value);
    }
    case 'range':
      return (value) => {
        const number = numberIn(value);
        return number >= filter.from && number <= filter.to;
      };
  }
}

/** With NaN for what is no number, each is false. */
const COMPARISONS: Readonly<Record<ComparisonOperator, (one: number, other: number) => boolean>> = {
  '>': (one, other) => one > other,
  '>=': (one, other) => one >= other,
  '<': (one, other) => one < other,
  '<=': (one, other) => one <= other,
};

const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function numberIn(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

/** Whether the parts stand in the text in order; the ends are held to unless it is a message. */
function isLike(text: string, parts: readonly string[], isAnchored: boolean): boolean {
  const last = parts.length - 1;
  let at = 0;
  for (let index = 0; index <= last; index += 1) {
    const part = parts[index] ?? '';
    if (isAnchored && index === 0) {
      if (!text.startsWith(part)) return false;
      at = part.length;
    } else if (isAnchored && index === last) {
      return text.length - at >= part.length && text.endsWith(part);
    } else {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
  }
  return true;
}

const LOG_KEYS: Readonly<Record<string, keyof LogRecord>> = {
  timestamp: 'timestamp',
  level: 'level',
  service: 'service',
  message: 'message',
  user_id: 'userId',
  request_id: 'requestId',
  error_code: 'errorCode',
  duration_ms: 'durationMs',
  device_id: 'deviceId',
  template_id: 'templateId',
};

const VITAL_KEYS: Readonly<Record<string, keyof NonNullable<LogRecord['vitals']>>> = {
  heart_rate: 'heartRate',
  hrv: 'hrv',
  spo2: 'spo2',
  skin_temperature: 'skinTemperature',
  steps: 'steps',
  battery: 'battery',
  rssi: 'rssi',
  worn: 'worn',
  charging: 'charging',
};

/** Fields of a decoded record. Its subject and observed time are not part of it. */
export const readLogRecord: ReadField<LogRecord> = (record, field) => {
  const key = own(LOG_KEYS, field);
  if (key !== undefined) return record[key];
  const vital = own(VITAL_KEYS, field);
  if (vital !== undefined) return record.vitals?.[vital];
  return isRecordField(field) ? undefined : attribute(record.attributes, field);
};

/** Fields of a record on the wire or from the store; levels by number. */
export const readWireRecord: ReadField<WireRecord> = (record, field) => {
  if (field === 'level') return own(LEVEL_BY_NAME, record.level);
  if (isRecordField(field)) return own(record as unknown as Record<string, unknown>, field);
  return attribute(record.attributes, field);
};

/** By its whole name first, then along the dots. */
function attribute(
  attributes: Readonly<Record<string, unknown>> | undefined,
  path: string,
): unknown {
  if (attributes === undefined) return undefined;
  const name = path.startsWith('attributes.') ? path.slice('attributes.'.length) : path;
  const direct = own(attributes, name);
  if (direct !== undefined || !name.includes('.')) return direct;
  let value: unknown = attributes;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = own(value as Record<string, unknown>, part);
  }
  return value;
}

function own<Value>(map: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
