import type { Steps } from '../../core/steps.ts';
import { setKey, type AttributeMap } from './attribute-map.ts';
import { eventItem, lineItems } from './event-item.ts';
import { STEP_RECORDS, SharedBudget, checkCount } from './input-item.ts';
import type { InputContext, Item } from './input-item.ts';
import { objectIn } from './json-text.ts';

export interface LokiEntry {
  /** Ms since the epoch; `undefined` when it is 0. */
  readonly time: number | undefined;
  readonly line: string;
  /** Structured metadata. */
  readonly metadata: AttributeMap;
}

export interface LokiStream {
  readonly labels: AttributeMap;
  readonly entries: readonly LokiEntry[];
}

const SERVICES = ['service_name', 'service', 'app', 'job'] as const;
const LEVELS = ['level', 'detected_level', 'severity', 'severity_text'] as const;

/**
 * The items of a push. Labels and structured metadata become attributes, all
 * but the first that names the service and the first that names the level.
 * A line that is a JSON object is read as an event.
 * @throws WatchkeeperError TOO_LARGE
 */
export function* lokiItems(
  streams: readonly LokiStream[],
  bodyBytes: number,
  context: InputContext,
): Steps<readonly Item[]> {
  checkCount(streams.reduce((sum, { entries }) => sum + entries.length, 0));
  const budget = new SharedBudget(bodyBytes);
  const items: Item[] = [];
  for (const { labels, entries } of streams) {
    budget.charge(labels, entries.length);
    const itemOf = itemsOf(labels, context);
    for (const entry of entries) {
      items.push(itemOf(entry));
      if (items.length % STEP_RECORDS === 0) yield;
    }
  }
  return items;
}

/** Makes the items of a stream; its labels are looked at once for all lines that have nothing beside them. */
function itemsOf(labels: AttributeMap, context: InputContext): (entry: LokiEntry) => Item {
  const shared = envelopeOf(labels, NONE);
  const lineItem = lineItems(context, shared);
  return ({ line, time, metadata }) => {
    const isPlain = Object.keys(metadata).length === 0;
    const event = objectIn(line);
    if (isPlain && event === undefined) return lineItem(line, time);
    const { level, service, attributes } = isPlain ? shared : envelopeOf(labels, metadata);
    // Written out, as a copy of an object with two properties more is slow to make and to read.
    const envelope = { timestamp: time, level, service, line, attributes };
    return eventItem(event ?? {}, context, envelope);
  };
}

/** What all lines have that share labels and metadata. */
interface Shared {
  readonly level: string | undefined;
  readonly service: string | undefined;
  readonly attributes: AttributeMap;
}

const NONE: AttributeMap = Object.freeze({});

function envelopeOf(labels: AttributeMap, metadata: AttributeMap): Shared {
  const service = firstOf(SERVICES, labels, metadata);
  const level = firstOf(LEVELS, labels, metadata);
  const attributes: AttributeMap = {};
  for (const map of [labels, metadata]) {
    for (const name of Object.keys(map)) {
      if (name !== service?.name && name !== level?.name) setKey(attributes, name, map[name]);
    }
  }
  return { level: level?.value, service: service?.value, attributes };
}

interface Named {
  readonly name: string;
  readonly value: string;
}

/** The first of the names that has a value; metadata goes before labels. */
function firstOf(
  names: readonly string[],
  labels: AttributeMap,
  metadata: AttributeMap,
): Named | undefined {
  for (const name of names) {
    const value = Object.hasOwn(metadata, name) ? metadata[name] : labels[name];
    if (typeof value === 'string' && value !== '') return { name, value };
  }
  return undefined;
}
