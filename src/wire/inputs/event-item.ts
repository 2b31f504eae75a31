import { isMap, keep, setKey, type AttributeMap } from './attribute-map.ts';
import { buildItem } from './build-item.ts';
import { eventTime } from './event-time.ts';
import type { InputContext, Item } from './input-item.ts';

/** Names under which loggers and shippers put the same thing, the likeliest first. */
const TIMES = ['@timestamp', 'timestamp', 'time', 'ts', 'date'] as const;
const LEVELS = ['level', 'log.level', 'severity', 'severity_text', 'levelname', 'loglevel', 'lvl'];
const SERVICES = ['service', 'service.name', 'service_name', 'app', 'application', 'job'];
const MESSAGES = ['message', 'msg', 'log', 'line', 'body', 'text', 'event'] as const;
/** As journald names fields. */
const JOURNALD = { level: 'PRIORITY', service: 'SYSLOG_IDENTIFIER', message: 'MESSAGE' } as const;

/** What the protocol says about an event beside the event itself; goes before what the event says. */
export interface Envelope {
  /** Ms since the epoch. */
  readonly timestamp?: number | undefined;
  readonly level?: unknown;
  readonly service?: string | undefined;
  /** The message, whatever the event says. */
  readonly message?: string;
  /** Message of an event that has none. */
  readonly line?: string;
  /** Attributes beside its own. */
  readonly attributes?: Readonly<AttributeMap>;
}

/** Reads an event of no fixed form, such as loggers write as JSON and shippers pass on. */
export function eventItem(event: object, context: InputContext, envelope: Envelope = {}): Item {
  const rest = copyOf(event);
  const beside = copyOf(envelope.attributes ?? {});
  const timestamp = envelope.timestamp ?? takeTime(rest);
  const level = envelope.level ?? takeLevel(rest) ?? takeLevel(beside);
  const service = envelope.service ?? takeService(rest) ?? takeService(beside);
  const message = envelope.message ?? takeMessage(rest) ?? envelope.line ?? JSON.stringify(event);
  for (const [name, value] of Object.entries(beside)) {
    if (Object.hasOwn(rest, name)) keep(rest, name, value);
    else setKey(rest, name, value);
  }
  // Maps of its own attributes are not nested once more.
  const { attributes } = rest;
  if (isMap(attributes) && Object.keys(attributes).every((key) => !Object.hasOwn(rest, key))) {
    delete rest['attributes'];
    for (const [name, value] of Object.entries(attributes)) setKey(rest, name, value);
  }
  return buildItem({ timestamp, level, service, message, attributes: rest }, context);
}

function copyOf(event: object): AttributeMap {
  const copy: AttributeMap = {};
  for (const [name, value] of Object.entries(event)) setKey(copy, name, value);
  return copy;
}

/** A time that cannot be read goes on as it is under the two names that are always times, so that the record is refused. */
function takeTime(rest: AttributeMap): unknown {
  for (const name of TIMES) {
    const value = rest[name];
    if (value === undefined || value === null) continue;
    const time = eventTime(value);
    const isMeant = name === '@timestamp' || name === 'timestamp';
    if (time === undefined && !isMeant) continue;
    Reflect.deleteProperty(rest, name);
    return time ?? value;
  }
  return undefined;
}

function takeLevel(rest: AttributeMap): unknown {
  const isLevel = (value: unknown): boolean =>
    typeof value === 'number' || (typeof value === 'string' && value !== '');
  for (const name of [...LEVELS, JOURNALD.level]) {
    const value = rest[name];
    if (!isLevel(value)) continue;
    Reflect.deleteProperty(rest, name);
    return value;
  }
  return takeNested(rest, { outer: 'log', inner: 'level', isWanted: isLevel });
}

function takeService(rest: AttributeMap): string | undefined {
  const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
  for (const name of [...SERVICES, JOURNALD.service]) {
    if (!isText(rest[name])) continue;
    const value = rest[name];
    Reflect.deleteProperty(rest, name);
    return String(value);
  }
  const nested =
    takeNested(rest, { outer: 'service', inner: 'name', isWanted: isText }) ??
    takeNested(rest, { outer: 'fields', inner: 'service', isWanted: isText });
  return nested === undefined ? undefined : String(nested);
}

function takeMessage(rest: AttributeMap): string | undefined {
  for (const name of [...MESSAGES, JOURNALD.message]) {
    const value = rest[name];
    if (typeof value !== 'string') continue;
    Reflect.deleteProperty(rest, name);
    return value.replace(/\r?\n$/, '');
  }
  return undefined;
}

interface Nested {
  readonly outer: string;
  readonly inner: string;
  readonly isWanted: (value: unknown) => boolean;
}

/** Takes a value out of a map within the event; the event as received stays untouched. */
function takeNested(rest: AttributeMap, { outer, inner, isWanted }: Nested): unknown {
  const map = rest[outer];
  if (!isMap(map) || !Object.hasOwn(map, inner) || !isWanted(map[inner])) return undefined;
  const { [inner]: value, ...others } = map;
  if (Object.keys(others).length > 0) rest[outer] = others;
  else Reflect.deleteProperty(rest, outer);
  return value;
}
