import { fieldType, writeField } from './fields.ts';
import type { Filter } from './filter.ts';
import { levelText } from './values.ts';

/** Writes a filter so that `parseFilter` reads the same filter back. */
export function formatFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'all':
      return '';
    case 'and':
      return filter.of
        .map((each) => (each.kind === 'or' ? group(each) : formatFilter(each)))
        .join(' ');
    case 'or':
      return filter.of
        .map((each) => (each.kind === 'or' ? group(each) : formatFilter(each)))
        .join(' OR ');
    case 'not':
      return `-${isTerm(filter.of) ? formatFilter(filter.of) : group(filter.of)}`;
    case 'is':
      return `${prefix(filter.field)}${quote(filter.value)}`;
    case 'like':
      return `${prefix(filter.field)}${filter.parts.map(escape).join('*')}`;
    case 'exists':
      return `${prefix(filter.field)}*`;
    case 'compare':
      return `${writeField(filter.field)}${filter.operator}${number(filter.field, filter.value)}`;
    case 'range':
      return `${writeField(filter.field)}:${rangeText(filter)}`;
  }
}

const group = (filter: Filter): string => `(${formatFilter(filter)})`;

const isTerm = ({ kind }: Filter): boolean => kind !== 'and' && kind !== 'or' && kind !== 'not';

/** Words stand alone when they are looked for in the message. */
const prefix = (field: string): string => (field === 'message' ? '' : `${writeField(field)}:`);

const PLAIN = /^(?!AND$|OR$|NOT$|-)(?!.*\.\.)[A-Za-z0-9_./@-]{1,256}$/;

/** In quotes, unless it means the same without them. */
const quote = (value: string): string =>
  PLAIN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;

/** Everything but letters and digits, so that no part is taken for a sign, a field or a keyword. */
const escape = (part: string): string => part.replace(/[^A-Za-z0-9_./]/gu, '\\$&');

function rangeText({ field, from, to }: Extract<Filter, { kind: 'range' }>): string {
  const left = from === -Infinity ? '' : number(field, from);
  const right = to === Infinity ? '' : number(field, to);
  return `${left}..${right}`;
}

function number(field: string, value: number): string {
  if (fieldType(field) === 'level') return levelText(value);
  return value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 10 });
}
