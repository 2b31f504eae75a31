import { recordOfEvent } from '../parsers/fields/event-record.ts';
import { roleOf } from '../parsers/fields/field-roles.ts';
import type { Fields } from '../parsers/fields/map-fields.ts';
import type { LineContext, ParsedLine } from '../parsers/line-parser.ts';
import type { SourceParser } from '../parsers/source/source-parser.ts';

export interface ShippedEventOptions {
  readonly context: LineContext;
  /** Service when nothing names one. */
  readonly fallback: string;
  /** Reads the event's text, if it has one, when senders ship lines as they stand in files. */
  readonly parser?: Pick<SourceParser, 'parse'> | undefined;
}

/** What stands for an event that cannot be written as text. */
const NO_TEXT = '(no message)';

/**
 * The record of a shipper's event. With a parser its text is read as a line
 * too, and what the line says goes before what the shipper says. `undefined`:
 * a filter of the line's source dropped it.
 */
export function recordOfShipped(
  fields: Fields,
  options: ShippedEventOptions,
): ParsedLine | undefined {
  const { context, fallback, parser } = options;
  let hasText = true;
  const line = (): string => {
    hasText = false;
    return jsonOf(fields);
  };
  const record = recordOfEvent(fields, { line, context, fallback });
  const outcome = hasText ? parser?.parse(record.message, context.receivedAt) : undefined;
  if (outcome !== undefined && outcome.record === undefined) return undefined;
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

/** The event as JSON, for those in which no field is the message. */
export function jsonOf(fields: Fields): string {
  try {
    return JSON.stringify(fields);
  } catch {
    return NO_TEXT;
  }
}
