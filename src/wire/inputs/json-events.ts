import { isMap } from './attribute-map.ts';
import { eventItem } from './event-item.ts';
import { Unreadable, checkCount, malformedBody } from './input-item.ts';
import type { InputContext, InputItem } from './input-item.ts';
import { NOT_JSON, linesOf, readJson, utf8 } from './json-text.ts';

/**
 * Reads events of no fixed form: a JSON array, or one object.
 * @throws WatchkeeperError PAYLOAD_INVALID | TOO_LARGE
 */
export function readEventArray(body: Uint8Array, context: InputContext): readonly InputItem[] {
  const parsed = readJson(body);
  if (parsed === NOT_JSON) {
    // Several shippers call one object per line application/json too.
    const lines = readEventLines(body, context);
    if (lines.length > 1 && lines.some((line) => !(line instanceof Unreadable))) return lines;
    throw malformedBody('JSON of at most 64 levels and 4096 keys in one map');
  }
  const events: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  checkCount(events.length);
  return events.map((event) =>
    isMap(event)
      ? eventItem(event, context)
      : new Unreadable(Buffer.from(JSON.stringify(event)), 'Expected a JSON object.'),
  );
}

/** Reads one JSON object per line; a line that is none is refused alone. @throws WatchkeeperError TOO_LARGE */
export function readEventLines(body: Uint8Array, context: InputContext): readonly InputItem[] {
  const items: InputItem[] = [];
  for (const line of linesOf(body)) {
    const event = readJson(line);
    const isEvent = event !== NOT_JSON && isMap(event);
    items.push(
      isEvent
        ? eventItem(event, context)
        : new Unreadable(line, 'Expected a JSON object of at most 64 levels and 4096 keys.'),
    );
    checkCount(items.length);
  }
  return items;
}

/** Text, a line each. @throws WatchkeeperError TOO_LARGE */
export function readTextLines(body: Uint8Array, context: InputContext): readonly InputItem[] {
  const items: InputItem[] = [];
  for (const line of linesOf(body)) {
    items.push(eventItem({}, context, { line: utf8(line) }));
    checkCount(items.length);
  }
  return items;
}

/** Of a form as Python's `logging.handlers.HTTPHandler` posts it: the attributes of one LogRecord. */
export function readPythonForm(body: Uint8Array, context: InputContext): readonly InputItem[] {
  const event: Record<string, unknown> = {};
  const form = new URLSearchParams(utf8(body));
  if (form.size === 0 || form.size > MOST_FIELDS) throw malformedBody('a form');
  for (const [name, value] of form) {
    // Fields that a LogRecord leaves at None say nothing.
    if (name !== '__proto__' && value !== 'None') event[name] = value;
  }
  const { created, name, ...others } = event;
  const timestamp = created === undefined ? {} : { timestamp: created };
  const logger = name === undefined ? {} : { logger: name };
  return [eventItem({ ...others, ...timestamp, ...logger }, context)];
}

const MOST_FIELDS = 256;
