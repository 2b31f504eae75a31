import type { Steps } from '../../core/steps.ts';
import { isMap } from './attribute-map.ts';
import { eventItem, lineItems } from './event-item.ts';
import { STEP_RECORDS, Unreadable, checkCount, malformedBody } from './input-item.ts';
import type { InputContext, InputItem } from './input-item.ts';
import { LARGE_JSON_BYTES, NOT_JSON, linesOf, readJson, readJsonSteps, utf8 } from './json-text.ts';

/**
 * Reads events of no fixed form: a JSON array, or one object.
 * @throws WatchkeeperError PAYLOAD_INVALID | TOO_LARGE
 */
export function* readEventArray(
  body: Uint8Array,
  context: InputContext,
): Steps<readonly InputItem[]> {
  const parsed = yield* readJsonSteps(body);
  if (parsed === NOT_JSON) {
    // Several shippers call one object per line application/json too.
    const lines = yield* readEventLines(body, context);
    if (lines.length > 1 && lines.some((line) => !(line instanceof Unreadable))) return lines;
    throw malformedBody('JSON of at most 64 levels and 4096 keys in one map');
  }
  const events: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  checkCount(events.length);
  const items: InputItem[] = [];
  for (const event of events) {
    items.push(
      isMap(event)
        ? eventItem(event, context)
        : new Unreadable(Buffer.from(JSON.stringify(event)), 'Expected a JSON object.'),
    );
    if (items.length % STEP_RECORDS === 0) yield;
  }
  return items;
}

/** Reads one JSON object per line; a line that is none is refused alone. @throws WatchkeeperError TOO_LARGE */
export function* readEventLines(
  body: Uint8Array,
  context: InputContext,
): Steps<readonly InputItem[]> {
  const items: InputItem[] = [];
  for (const line of linesOf(body)) {
    if (line === undefined) {
      yield;
      continue;
    }
    const event = line.length > LARGE_JSON_BYTES ? yield* readJsonSteps(line) : readJson(line);
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
export function* readTextLines(
  body: Uint8Array,
  context: InputContext,
): Steps<readonly InputItem[]> {
  const itemOf = lineItems(context);
  const items: InputItem[] = [];
  for (const line of linesOf(body)) {
    if (line === undefined) {
      yield;
      continue;
    }
    items.push(itemOf(utf8(line), undefined));
    checkCount(items.length);
  }
  return items;
}

/** Of a form as Python's `logging.handlers.HTTPHandler` posts it: the attributes of one LogRecord. */
// eslint-disable-next-line require-yield -- as the other readers; a form has few fields
export function* readPythonForm(
  body: Uint8Array,
  context: InputContext,
): Steps<readonly InputItem[]> {
  const event: Record<string, unknown> = {};
  const fields = fieldsIn(body);
  if (fields === 0 || fields > MOST_FIELDS) throw malformedBody('a form');
  const form = new URLSearchParams(utf8(body));
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
const AMPERSAND = 0x26;

/** Fields of a form, without taking it apart: that of a large one takes long. */
function fieldsIn(body: Uint8Array): number {
  let count = 0;
  for (let from = 0; from < body.length && count <= MOST_FIELDS;) {
    const next = body.indexOf(AMPERSAND, from);
    const end = next < 0 ? body.length : next;
    if (end > from) count += 1;
    from = end + 1;
  }
  return count;
}
