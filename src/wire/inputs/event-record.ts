import { roleOf } from '../parsers/fields/field-roles.ts';
import { mapFields, type Fields } from '../parsers/fields/map-fields.ts';
import type { LineContext, ParsedLine } from '../parsers/line-parser.ts';
import type { SourceParser } from '../parsers/source/source-parser.ts';

export interface EventRecordOptions {
  readonly context: LineContext;
  /** Service when nothing names one. */
  readonly fallback: string;
  /** Reads the event's text, when senders ship lines as they stand in files. */
  readonly parser?: Pick<SourceParser, 'parse'> | undefined;
}

/** What stands for an event without a text. */
const NO_TEXT = '(no message)';
const LONGEST_TEXT = 32_768;

/**
 * The record of a shipper's event: known names become the record's own
 * fields, the others its attributes. With a parser its text is read as a line
 * too, and what the line says goes before what the shipper says.
 */
export function recordOfEvent(fields: Fields, options: EventRecordOptions): ParsedLine {
  const { context, fallback, parser } = options;
  const record = mapFields(fields, { line: textOf(fields), context, fallback });
  const outcome = parser?.parse(record.message, context.receivedAt);
  const parsed = outcome?.parser === undefined ? undefined : outcome.record;
  if (parsed === undefined) return record;
  const attributes = { ...record.attributes, ...parsed.attributes };
  const own = parsed.timestamp === context.receivedAt ? record.timestamp : parsed.timestamp;
  return {
    ...record,
    ...parsed,
    timestamp: own,
    service: hasService(fields) ? record.service : parsed.service,
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
}

function hasService(fields: Fields): boolean {
  return Object.keys(fields).some((key) => roleOf(key)?.role === 'service');
}

/** Text of an event in which no field is the message: all of it. */
function textOf(fields: Fields): string {
  if (Object.keys(fields).some((key) => roleOf(key)?.role === 'message')) return NO_TEXT;
  try {
    return JSON.stringify(fields).slice(0, LONGEST_TEXT);
  } catch {
    return NO_TEXT;
  }
}
