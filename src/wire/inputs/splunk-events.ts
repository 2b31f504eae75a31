import type { Steps } from '../../core/steps.ts';
import { isMap, setKey, type AttributeMap } from './attribute-map.ts';
import { eventItem, lineItems } from './event-item.ts';
import { eventTime } from './event-time.ts';
import { INPUT_LIMITS, STEP_RECORDS, SharedBudget, Unreadable, checkCount } from './input-item.ts';
import type { InputContext, InputItem } from './input-item.ts';
import { splitObjects } from './json-sequence.ts';
import { NOT_JSON, linesOf, objectIn, readJsonSteps, utf8 } from './json-text.ts';

/** Attributes that the envelope of an event, or the query of `raw`, brings along. */
const METADATA = ['host', 'source', 'sourcetype', 'index'] as const;

/** Bytes of events that are read in one step. */
const STEP_BYTES = 65_536;

export const NO_EVENT = 'The field "event" is required.';
export const BLANK_EVENT = 'The field "event" may not be blank.';

/**
 * Reads the body of a Splunk HTTP event collector (docs.splunk.com, "Format
 * events for HTTP Event Collector"): JSON objects one after the other, each
 * with `event` (text or object) and optionally `time`, `host`, `source`,
 * `sourcetype`, `index` and `fields`. What cannot be read ends the body.
 * @throws WatchkeeperError TOO_LARGE
 */
export function* readSplunkEvents(
  body: Uint8Array,
  context: InputContext,
): Steps<readonly InputItem[]> {
  const { objects, rest } = splitObjects(body, INPUT_LIMITS.records + 1);
  checkCount(objects.length);
  const items: InputItem[] = [];
  let since = 0;
  for (const bytes of objects) {
    items.push(yield* eventOf(bytes, context));
    since += bytes.length;
    if (items.length % STEP_RECORDS !== 0 && since < STEP_BYTES) continue;
    yield;
    since = 0;
  }
  if (rest !== undefined) {
    items.push(new Unreadable(rest, 'From here on the body is not JSON objects.'));
  }
  return items;
}

/**
 * Reads the body of `raw`: each line is an event.
 * @param query what the URL says of all of them
 * @throws WatchkeeperError TOO_LARGE
 */
export function* readSplunkRaw(
  body: Uint8Array,
  query: Readonly<AttributeMap>,
  context: InputContext,
): Steps<readonly InputItem[]> {
  const attributes = metadataOf(query);
  const timestamp = eventTime(query['time']);
  const itemOf = lineItems(context, { attributes });
  const items: InputItem[] = [];
  for (const bytes of linesOf(body)) {
    if (bytes === undefined) {
      yield;
      continue;
    }
    const line = utf8(bytes);
    const event = objectIn(line);
    items.push(
      event === undefined
        ? itemOf(line, timestamp)
        : eventItem(event, context, { timestamp, attributes, line }),
    );
    checkCount(items.length);
  }
  new SharedBudget(body.length).charge(attributes, items.length);
  return items;
}

function* eventOf(bytes: Uint8Array, context: InputContext): Steps<InputItem> {
  const given = yield* readJsonSteps(bytes);
  if (given === NOT_JSON || !isMap(given)) return new Unreadable(bytes, 'Not a JSON object.');
  const { event, time, fields } = given;
  if (event === undefined || event === null) return new Unreadable(bytes, NO_EVENT);
  if (event === '') return new Unreadable(bytes, BLANK_EVENT);
  const attributes = metadataOf(given);
  if (isMap(fields)) {
    for (const [name, value] of Object.entries(fields)) setKey(attributes, name, value);
  }
  const timestamp = eventTime(time);
  if (timestamp === undefined && time !== undefined && time !== null) {
    return new Unreadable(bytes, 'The field "time" is not a time.');
  }
  if (isMap(event)) return eventItem(event, context, { timestamp, attributes });
  if (typeof event === 'string') {
    // Loggers that write JSON hand it over as text; it is read as the event that it is.
    return eventItem(objectIn(event) ?? {}, context, { timestamp, attributes, line: event });
  }
  return eventItem({}, context, { timestamp, message: JSON.stringify(event), attributes });
}

function metadataOf(given: Readonly<AttributeMap>): AttributeMap {
  const attributes: AttributeMap = {};
  for (const name of METADATA) {
    const value = given[name];
    if (typeof value === 'string' && value !== '') attributes[name] = value;
  }
  return attributes;
}
