import type { WireRecord } from '../../model/wire-record.ts';

/** What a parser knows besides the line itself; parsers have no clock. */
export interface LineContext {
  /**
   * When the line came in, ms. Lines that name no time take it; of lines that
   * name no year it settles the year: none is more than a day after it.
   */
  readonly receivedAt: number;
  /** Event time of the line before (ms), for lines that name none. */
  readonly previous?: number;
  /** Year of lines that name none, instead of the one that `receivedAt` settles. */
  readonly year?: number;
  /** Minutes that local times are ahead of UTC, for lines that name no zone. @default 0 */
  readonly zoneMinutes?: number;
  /** Name for the service, instead of the one that the line or the format gives. */
  readonly service?: string;
  /** Name for the service of lines that name none, instead of the format's own. */
  readonly defaultService?: string;
}

/**
 * What a parser made of a line: a record that the schema accepts. The
 * severity as it was written is kept in `attributes.severity_text` when it
 * says more than the level.
 */
export type ParsedLine = WireRecord;

/** One log format. Parsers are pure: the same line and context give the same record. */
export interface LineParser {
  /** Name in configurations and on the command line: `a-z 0-9 -`. */
  readonly id: string;
  /** One line for the help. */
  readonly about: string;
  /** Service of lines that cannot be read. */
  readonly service: string;
  /** `undefined` when the line is not of this format. Never throws; the time is bounded by the line's length. */
  readonly parse: (line: string, context: LineContext) => ParsedLine | undefined;
  /** Lines on which it was stopped because they took too long; of parsers that can be. */
  readonly counters?: { readonly cutOff: number };
}

/** Longest line that parsers are given, UTF-16 code units; the rest of a longer one is cut off. */
export const MAX_LINE_LENGTH = 65_536;

/** A line that no parser could read, kept whole, so that nothing is lost. */
export function unparsedLine(line: string, context: LineContext, service = 'text'): ParsedLine {
  const isCut = line.length > MAX_MESSAGE_LENGTH;
  return {
    timestamp: context.previous ?? context.receivedAt,
    level: 'INFO',
    service: context.service ?? context.defaultService ?? service,
    message: isCut ? line.slice(0, MAX_MESSAGE_LENGTH) : line,
    attributes: isCut ? { unparsed: true, cut_from: line.length } : { unparsed: true },
  };
}

/** As `config/log_schema.yaml` limits it. */
export const MAX_MESSAGE_LENGTH = 32_768;
