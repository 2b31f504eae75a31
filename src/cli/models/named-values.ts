import { createReadStream } from 'node:fs';
import { WatchkeeperError } from '../../core/errors.ts';
import { AUTO_PARSERS } from '../../wire/parsers/registry.ts';
import { createSourceParser } from '../../wire/parsers/source/source-parser.ts';
import { csvJoiner } from '../import/csv.ts';
import { namedParsers } from '../named-parsers.ts';
import { textLines } from '../ndjson.ts';
import { parseCsv } from '../templates/csv.ts';

/** Values by name: a row of a table, or a record with its attributes. */
export type NamedValues = Readonly<Record<string, unknown>>;

export interface ReadOptions {
  /** `csv`, `ndjson` or the format of a log; told by the file's name when left out. */
  readonly as?: string;
  /** Told of the bytes of each piece that was read. */
  readonly onRead: (bytes: number) => void;
  /** ms; settles the year of log lines that name none. */
  readonly reference: number;
}

/** Reads tables, records and logs as values by name; nested ones by `outer.inner`. @throws USAGE when a file cannot be read */
export async function* readNamedValues(
  file: string,
  options: ReadOptions,
): AsyncGenerator<NamedValues> {
  const as = options.as ?? formatOf(file);
  try {
    const lines = textLines(counted(file, options.onRead));
    if (as === 'csv') yield* csvRows(lines);
    else if (as === 'ndjson') yield* jsonRows(lines, file);
    else yield* logRows(lines, as, options.reference);
  } catch (cause) {
    if (cause instanceof WatchkeeperError) throw cause;
    throw new WatchkeeperError('USAGE', `"${file}" cannot be read.`, { cause });
  }
}

/** Names of what is inside by `outer.inner`; two levels, as attributes have them. */
export function flattened(value: NamedValues): NamedValues {
  const flat: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) flat[name] = inner;
    else for (const [key, each] of Object.entries(inner)) flat[`${name}.${key}`] = each;
  }
  return flat;
}

function formatOf(file: string): string {
  if (/\.[ct]sv$/i.test(file)) return 'csv';
  return /\.(?:ndjson|jsonl)$/i.test(file) ? 'ndjson' : 'auto';
}

async function* counted(file: string, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) {
    onRead(chunk.length);
    yield chunk;
  }
}

/** The first row names the columns; quoted cells may hold line ends. */
async function* csvRows(lines: AsyncIterable<string>): AsyncGenerator<NamedValues> {
  let names: readonly string[] | undefined;
  for await (const line of csvLines(lines)) {
    const [cells = []] = parseCsv(line);
    if (names === undefined) names = cells.map((name) => name.trim());
    else if (line.trim() !== '') {
      yield Object.fromEntries(names.map((name, index) => [name, cells[index]]));
    }
  }
}

async function* csvLines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  const joiner = csvJoiner();
  for await (const line of lines) {
    const done = joiner.push(line);
    if (done !== undefined) yield done;
  }
  const last = joiner.flush();
  if (last !== undefined) yield last;
}

async function* jsonRows(lines: AsyncIterable<string>, file: string): AsyncGenerator<NamedValues> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const value = parse(line);
    if (value === undefined) {
      throw new WatchkeeperError('BAD_REQUEST', `Line ${number} of "${file}" is no JSON object.`);
    }
    yield flattened(value);
  }
}

async function* logRows(
  lines: AsyncIterable<string>,
  as: string,
  reference: number,
): AsyncGenerator<NamedValues> {
  const { parsers, mode } =
    as === 'auto' ? { parsers: AUTO_PARSERS, mode: 'auto' as const } : namedParsers(as);
  const source = createSourceParser({ parsers, mode, inheritsTime: true });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const { record } = source.parse(line, reference);
    if (record !== undefined) yield flattened({ ...record });
  }
}

function parse(line: string): NamedValues | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as NamedValues) : undefined;
  } catch {
    return undefined;
  }
}
