import { mapFields } from '../../wire/parsers/fields/map-fields.ts';
import type { LineParser } from '../../wire/parsers/line-parser.ts';
import type { LineJoiner } from '../../wire/parsers/source/line-joiner.ts';

/** Characters of one record: an open quote must not swallow a file. */
const MAX_LENGTH = 65_536;

/** A parser for rows under these column names (RFC 4180); `undefined` when there are none. */
export function csvParser(header: string): LineParser | undefined {
  const separator = separatorOf(header);
  const names = splitRow(header, separator)?.map((name) => name.trim());
  if (names === undefined || names.every((name) => name === '')) return undefined;
  return {
    id: 'csv',
    about: 'values separated by commas, semicolons or tabs, under a line of column names',
    service: 'csv',
    parse: (line, context) => {
      const values = splitRow(line, separator);
      if (values === undefined || values.length > names.length) return undefined;
      const fields: Record<string, unknown> = {};
      for (const [index, value] of values.entries()) {
        if (value !== '') fields[names[index] || `column_${index + 1}`] = value;
      }
      return mapFields(fields, { line, context, fallback: 'csv' });
    },
  };
}

/** Joins the lines of rows whose quoted values contain line ends. */
export function csvJoiner(): LineJoiner {
  let held: string[] = [];
  let length = 0;
  let isOpen = false;
  const counters = { cut: 0 };
  const flush = (): string | undefined => {
    const row = held.length === 0 ? undefined : held.join('\n');
    held = [];
    length = 0;
    isOpen = false;
    return row;
  };
  return {
    counters,
    flush,
    push: (line) => {
      const fits = length + line.length <= MAX_LENGTH;
      if (isOpen && !fits) counters.cut += 1;
      const done = isOpen && fits ? undefined : flush();
      held.push(line);
      length += line.length + 1;
      if (hasOddQuotes(line)) isOpen = !isOpen;
      return done;
    },
  };
}

/** Whether a quote that opens in the line stays open, or one from before is closed. */
function hasOddQuotes(text: string): boolean {
  let isOdd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) isOdd = !isOdd;
  return isOdd;
}

function separatorOf(header: string): string {
  const counts = [',', ';', '\t'].map((each) => [each, header.split(each).length] as const);
  return counts.reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}

/** The values of a row; `undefined` when a quote stays open. */
function splitRow(row: string, separator: string): string[] | undefined {
  const values: string[] = [];
  for (let at = 0; ;) {
    if (row[at] === '"') {
      const end = quoteEnd(row, at + 1);
      if (end < 0) return undefined;
      values.push(row.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
      const rest = row.indexOf(separator, at);
      if (rest < 0) return values;
      at = rest + 1;
      continue;
    }
    const end = row.indexOf(separator, at);
    values.push(end < 0 ? row.slice(at) : row.slice(at, end));
    if (end < 0) return values;
    at = end + 1;
  }
}

/** Where a quoted value ends: at a quote that no other follows. */
function quoteEnd(row: string, from: number): number {
  for (let at = row.indexOf('"', from); at >= 0; at = row.indexOf('"', at + 2)) {
    if (row[at + 1] !== '"') return at;
  }
  return -1;
}
