import type { Filter } from '../../../src/core/filter/filter.ts';

/** The meaning of a filter written down as plainly as possible, over a map of fields. */
export function naive(filter: Filter, fields: Readonly<Record<string, unknown>>): boolean {
  if (filter.kind === 'all') return true;
  if (filter.kind === 'and') {
    for (const each of filter.of) if (!naive(each, fields)) return false;
    return true;
  }
  if (filter.kind === 'or') {
    for (const each of filter.of) if (naive(each, fields)) return true;
    return false;
  }
  if (filter.kind === 'not') return !naive(filter.of, fields);
  const value = fields[filter.field.replace(/^attributes\./, '')];
  if (filter.kind === 'exists') return value !== undefined && value !== null;
  if (value === undefined || value === null) return false;
  const text = String(value);
  const isMessage = filter.field === 'message';
  const fold = (each: string): string => (isMessage ? each.toLowerCase() : each);
  if (filter.kind === 'is') {
    return isMessage ? fold(text).includes(fold(filter.value)) : text === filter.value;
  }
  if (filter.kind === 'like') {
    const inner = filter.parts
      .map((part) => fold(part).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
      .join('[^]*');
    return new RegExp(isMessage ? inner : `^${inner}$`).test(fold(text));
  }
  const number = typeof value === 'boolean' || text.trim() === '' ? NaN : Number(text);
  if (filter.kind === 'range') return number >= filter.from && number <= filter.to;
  if (filter.operator === '>') return number > filter.value;
  if (filter.operator === '>=') return number >= filter.value;
  if (filter.operator === '<') return number < filter.value;
  return number <= filter.value;
}
