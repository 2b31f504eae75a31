import { recordOfEvent } from '../parsers/fields/event-record.ts';
import type { Fields } from '../parsers/fields/map-fields.ts';
import { anyTime } from '../parsers/line-time.ts';
import type { AttributeMap } from './attribute-map.ts';
import { UNKNOWN_SERVICE } from './build-item.ts';
import { jsonOf } from './event-record.ts';
import type { InputContext, Item } from './input-item.ts';

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

/**
 * Reads an event of no fixed form, such as loggers write as JSON and shippers
 * pass on, as every input does. Senders over HTTP hear of what is wrong, so a
 * message that is too long, and a time that is meant as one and cannot be
 * read, go on as they are, for the schema to refuse.
 */
export function eventItem(event: Fields, context: InputContext, envelope: Envelope = {}): Item {
  const { timestamp, level, service, message, line, attributes } = envelope;
  const wrong = timestamp === undefined ? wrongTime(event, context) : undefined;
  const record = recordOfEvent(wrong === undefined ? event : without(event, wrong), {
    context: { receivedAt: context.now },
    fallback: context.service ?? UNKNOWN_SERVICE,
    isUncut: true,
    line: () => line ?? jsonOf(event),
    given: { timestamp, level, service, message },
    ...(attributes === undefined ? {} : { beside: attributes }),
  });
  return (wrong === undefined ? record : { ...record, timestamp: event[wrong] }) as Item;
}

/**
 * Makes items of lines that are no events but share what the protocol says of
 * them: as {@link eventItem} makes of an empty event, which is done once.
 */
export function lineItems(
  context: InputContext,
  envelope: Pick<Envelope, 'level' | 'service' | 'attributes'> = {},
): (line: string, timestamp: number | undefined) => Item {
  let first: Item | undefined;
  return (line, timestamp) => {
    first ??= eventItem({}, context, { ...envelope, line: '' });
    return { ...first, timestamp: timestamp ?? context.now, message: line };
  };
}

function without(event: Fields, name: string): Fields {
  const { [name]: _left, ...others } = event;
  return others;
}

/** The first of the two names that are always times, when what stands there is none. */
function wrongTime(event: Fields, { now }: InputContext): string | undefined {
  for (const name of ['@timestamp', 'timestamp']) {
    const value = Object.hasOwn(event, name) ? event[name] : undefined;
    if (value === undefined || value === null) continue;
    return anyTime(value, { receivedAt: now }) === undefined ? name : undefined;
  }
  return undefined;
}
