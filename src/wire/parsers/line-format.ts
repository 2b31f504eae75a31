import type { WireRecord } from '../../model/wire-record.ts';

export interface LineContext {
  /** No line is expected to be newer than this (ms); it settles the year of lines that name none. */
  readonly reference: number;
  /** Event time of the line before, given to a line that cannot be read. */
  readonly previous?: number;
  /** Name for the service, instead of the one that the line or the format gives. */
  readonly service?: string;
}

/** Reads one line; times without a zone are taken as UTC. `undefined` when the line is not of this format. Never throws. */
type LineParser = (line: string, context: LineContext) => WireRecord | undefined;

/** A log format that `watchkeeper replay --as <name>` knows. */
export interface LineFormat {
  readonly name: string;
  /** One line for the help. */
  readonly about: string;
  /** Service name of lines that cannot be read. */
  readonly service: string;
  readonly parse: LineParser;
}

export interface ParsedLine {
  readonly record: WireRecord;
  /** False when the line was kept whole as the message. */
  readonly isParsed: boolean;
}

/** Reads a line; what the format does not understand is kept whole as an INFO message, so that nothing is lost. */
export function parseLine(format: LineFormat, line: string, context: LineContext): ParsedLine {
  const text = line.replace(/\r+$/, '');
  const record = format.parse(text, context);
  if (record !== undefined) return { record, isParsed: true };
  return {
    record: {
      timestamp: context.previous ?? context.reference,
      level: 'INFO',
      service: context.service ?? format.service,
      message: text,
    },
    isParsed: false,
  };
}
