import { createReadStream } from 'node:fs';
import { WatchkeeperError } from '../../core/errors.ts';
import type { WireRecord } from '../../model/wire-record.ts';
import type { LineParser } from '../../wire/parsers/line-parser.ts';
import { createSourceParser } from '../../wire/parsers/source/source-parser.ts';
import { textLines } from '../ndjson.ts';

export interface ReadLog {
  readonly records: readonly WireRecord[];
  readonly parsed: number;
  /** Lines kept whole as the message, because the format did not fit. */
  readonly unparsed: number;
}

export interface ReadLogOptions {
  /** Tried in this order. */
  readonly parsers: readonly LineParser[];
  readonly mode: 'chain' | 'auto';
  /** Name for the service of every record, instead of the log's own. */
  readonly service?: string;
  /** ms; settles the year of lines that name none. */
  readonly reference: number;
}

/** Records are moved in time all together, so they are held in memory: this many at most. */
const MAX_LINES = 1_000_000;

/** Reads a log file. Empty lines are left out. @throws USAGE when it cannot be read, TOO_LARGE above a million lines. */
export async function readLog(
  file: string,
  { parsers, mode, service, reference }: ReadLogOptions,
): Promise<ReadLog> {
  const records: WireRecord[] = [];
  const hints = service === undefined ? {} : { service };
  const source = createSourceParser({ parsers, mode, hints, inheritsTime: true });
  try {
    for await (const line of textLines(createReadStream(file))) {
      if (line.trim() === '') continue;
      const { record } = source.parse(line, reference);
      if (records.length === MAX_LINES) throw tooLong(file);
      if (record !== undefined) records.push(record);
    }
  } catch (cause) {
    if (cause instanceof WatchkeeperError) throw cause;
    throw new WatchkeeperError('USAGE', `Cannot read the log "${file}".`, { cause });
  }
  const { parsed, unparsed } = source.counters();
  return { records, parsed, unparsed };
}

function tooLong(file: string): WatchkeeperError {
  return new WatchkeeperError('TOO_LARGE', `"${file}" has more than ${MAX_LINES} lines.`, {
    fix: 'Cut it first, for example with: split -l 1000000',
  });
}
