import { setKey, type AttributeMap } from './attribute-map.ts';
import { eventItem } from './event-item.ts';
import { SharedBudget, checkCount, type InputContext, type Item } from './input-item.ts';
import { isMap } from './attribute-map.ts';
import { NOT_JSON, readJson } from './json-text.ts';

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
export function lokiItems(
  streams: readonly LokiStream[],
  bodyBytes: number,
  context: InputContext,
): readonly Item[] {
  checkCount(streams.reduce((sum, { entries }) => sum + entries.length, 0));
  const budget = new SharedBudget(bodyBytes);
  return streams.flatMap(({ labels, entries }) => {
    budget.charge(labels, entries.length);
    return entries.map((entry) => itemOf(entry, labels, context));
  });
}

function itemOf(entry: LokiEntry, labels: AttributeMap, context: InputContext): Item {
  const attributes: AttributeMap = {};
  for (const map of [labels, entry.metadata]) {
    for (const [name, value] of Object.entries(map)) setKey(attributes, name, value);
  }
  const service = take(attributes, SERVICES);
  const level = take(attributes, LEVELS);
  const { line, time } = entry;
  return eventItem(eventIn(line), context, { timestamp: time, level, service, line, attributes });
}

function eventIn(line: string): AttributeMap {
  if (!line.startsWith('{') || !line.trimEnd().endsWith('}')) return {};
  const event = readJson(Buffer.from(line, 'utf8'));
  return event !== NOT_JSON && isMap(event) ? event : {};
}

function take(attributes: AttributeMap, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributes[name];
    if (typeof value !== 'string' || value === '') continue;
    Reflect.deleteProperty(attributes, name);
    return value;
  }
  return undefined;
}
