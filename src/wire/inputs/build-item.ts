import { levelOfNumber, levelOfWord } from '../records/levels.ts';
import { keep, type AttributeMap } from './attribute-map.ts';
import type { InputContext, Item } from './input-item.ts';

/** An event taken apart. */
export interface EventParts {
  /** Ms since the epoch, or what the schema is to refuse; `undefined` is now. */
  readonly timestamp: unknown;
  /** A word, or an OpenTelemetry severity number; `undefined` is INFO. */
  readonly level: unknown;
  readonly service: string | undefined;
  readonly message: string;
  /** Everything else. It becomes the item's. */
  readonly attributes: AttributeMap;
}

/** Service of events that name none, as OpenTelemetry calls it. */
export const UNKNOWN_SERVICE = 'unknown_service';

/**
 * Makes an item of an event. Nothing is lost: a level that is none of ours
 * stays as `severity_text`, a service that had to be rewritten to be a name
 * as `service_original`, and attributes with names of the log schema become
 * its fields only where they fit.
 */
export function buildItem(parts: EventParts, context: InputContext): Item {
  const { attributes } = parts;
  const item: Record<string, unknown> = {
    timestamp: parts.timestamp ?? context.now,
    level: levelOf(parts.level, attributes),
    message: parts.message,
  };
  const service = serviceOf(parts.service, attributes);
  if (service !== undefined) item['service'] = service;
  else if (context.service === undefined) item['service'] = UNKNOWN_SERVICE;
  for (const [name, read] of PROMOTED) promote(item, attributes, { name, read });
  if (Object.keys(attributes).length > 0) item['attributes'] = attributes;
  return item;
}

function levelOf(level: unknown, attributes: AttributeMap): unknown {
  if (level === undefined || level === null) return 'INFO';
  if (typeof level === 'string' && levelOfWord(level) !== undefined) return level;
  if (typeof level === 'number' && levelOfNumber(level) !== undefined) return level;
  keep(attributes, 'severity_text', level);
  return 'INFO';
}

const NAME = /^[A-Za-z0-9._@:-]{1,128}$/;

function serviceOf(service: string | undefined, attributes: AttributeMap): string | undefined {
  if (service === undefined || NAME.test(service)) return service;
  const name = service
    .trim()
    .replace(/[^A-Za-z0-9._@:-]+/g, '-')
    .slice(0, 128);
  keep(attributes, 'service_original', service);
  return name === '' ? undefined : name;
}

/** Reads an attribute as the field of its name; `undefined` leaves it an attribute. */
type Promote = (value: unknown) => string | number | undefined;

const asName: Promote = (value) => {
  const text = asText(value, 128);
  return text !== undefined && NAME.test(text) ? text : undefined;
};

const PROMOTED: readonly (readonly [name: string, read: Promote])[] = [
  ['user_id', asName],
  ['device_id', asName],
  ['request_id', (value) => asText(value, 256)],
  ['error_code', (value) => asText(value, 128)],
  ['duration_ms', asDuration],
];

function promote(
  item: Record<string, unknown>,
  attributes: AttributeMap,
  { name, read }: { readonly name: string; readonly read: Promote },
): void {
  if (!Object.hasOwn(attributes, name)) return;
  const value = read(attributes[name]);
  if (value === undefined) return;
  item[name] = value;
  Reflect.deleteProperty(attributes, name);
}

function asText(value: unknown, longest: number): string | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && text.length <= longest ? text : undefined;
}

/** Protocols whose values are all texts write numbers as text. */
function asDuration(value: unknown): number | undefined {
  const isNumeric = typeof value === 'string' && /^\d{1,15}(\.\d{1,15})?$/.test(value);
  const number = isNumeric ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}
