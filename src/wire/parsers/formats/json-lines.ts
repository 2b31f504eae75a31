import { recordOfEvent } from '../fields/event-record.ts';
import type { Fields } from '../fields/map-fields.ts';
import type { LineContext, LineParser, ParsedLine } from '../line-parser.ts';

/**
 * One JSON object a line: the names of pino, bunyan, winston, zap, logrus,
 * structlog, Serilog, the Elastic Common Schema and GELF are known.
 */
export const jsonLines: LineParser = {
  id: 'json',
  about: 'one JSON object a line, as most loggers write it (also ECS and GELF)',
  service: 'json',
  parse: (line, context) => {
    const fields = readJsonObject(line);
    return fields === undefined ? undefined : recordOfJson(fields, line, context);
  },
};

/** The object that a line holds; `undefined` when it is none. */
export function readJsonObject(line: string): Fields | undefined {
  const first = line.charCodeAt(0);
  if (first !== 0x7b && (first > 0x20 || !/^\s+\{/.test(line))) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** The record of an object that came as `line`. */
export function recordOfJson(fields: Fields, line: string, context: LineContext): ParsedLine {
  return recordOfEvent(fields, { line, context, fallback: 'json' });
}
