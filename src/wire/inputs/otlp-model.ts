import type { Steps } from '../../core/steps.ts';
import { levelName } from '../../model/level.ts';
import { levelOfNumber } from '../records/levels.ts';
import { keep, setKey, type AttributeMap } from './attribute-map.ts';
import { buildItem } from './build-item.ts';
import { STEP_RECORDS, SharedBudget, checkCount } from './input-item.ts';
import type { InputContext, Item } from './input-item.ts';

/** A log record of the OpenTelemetry data model, with values as JSON has them. Absent is 0 or ''. */
export interface OtlpRecord {
  /** Ms since the epoch. */
  time: number | undefined;
  observedTime: number | undefined;
  severityNumber: number;
  severityText: string;
  /** `undefined` when there is none. */
  body: unknown;
  attributes: AttributeMap;
  droppedAttributes: number;
  flags: number;
  /** Hex. */
  traceId: string;
  spanId: string;
  eventName: string;
}

/** Records of one scope of one resource. */
export interface OtlpBatch {
  readonly resource: AttributeMap;
  readonly scope: AttributeMap;
  readonly records: readonly OtlpRecord[];
}

export function emptyRecord(): OtlpRecord {
  return {
    time: undefined,
    observedTime: undefined,
    severityNumber: 0,
    severityText: '',
    body: undefined,
    attributes: {},
    droppedAttributes: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
  };
}

/**
 * The items of a request. `service.name` of the resource is the service; its
 * other attributes are kept under `resource`, those of the scope under `scope`.
 * @throws WatchkeeperError TOO_LARGE
 */
export function* otlpItems(
  batches: readonly OtlpBatch[],
  bodyBytes: number,
  context: InputContext,
): Steps<readonly Item[]> {
  checkCount(batches.reduce((sum, { records }) => sum + records.length, 0));
  const budget = new SharedBudget(bodyBytes);
  const items: Item[] = [];
  for (const { resource, scope, records } of batches) {
    const { 'service.name': name, ...others } = resource;
    const isNamed = typeof name === 'string' && name !== '';
    const shared: Shared = {
      service: isNamed ? name : undefined,
      resource: isNamed ? others : resource,
      scope,
    };
    budget.charge([shared.resource, scope], records.length);
    for (const record of records) {
      items.push(itemOf(record, shared, context));
      if (items.length % STEP_RECORDS === 0) yield;
    }
  }
  return items;
}

interface Shared {
  readonly service: string | undefined;
  readonly resource: AttributeMap;
  readonly scope: AttributeMap;
}

function itemOf(record: OtlpRecord, shared: Shared, context: InputContext): Item {
  const { attributes } = record;
  const message = messageOf(record.body, attributes);
  const level = levelOf(record, attributes);
  if (record.traceId !== '') keep(attributes, 'trace_id', record.traceId);
  if (record.spanId !== '') keep(attributes, 'span_id', record.spanId);
  if (record.flags !== 0) keep(attributes, 'trace_flags', record.flags);
  if (record.eventName !== '') keep(attributes, 'event_name', record.eventName);
  if (record.droppedAttributes !== 0) {
    keep(attributes, 'dropped_attributes_count', record.droppedAttributes);
  }
  if (Object.keys(shared.resource).length > 0) keep(attributes, 'resource', shared.resource);
  if (Object.keys(shared.scope).length > 0) keep(attributes, 'scope', shared.scope);
  return buildItem(
    {
      timestamp: record.time ?? record.observedTime,
      level,
      service: shared.service,
      message,
      attributes,
    },
    context,
  );
}

/** Number first, as it is exact; number and text go along where the level does not say the same. */
function levelOf({ severityNumber, severityText }: OtlpRecord, attributes: AttributeMap): unknown {
  const level = levelOfNumber(severityNumber)?.level;
  if (severityNumber !== 0 && severityNumber !== level) {
    keep(attributes, 'severity_number', severityNumber);
  }
  if (level === undefined) return severityText === '' ? undefined : severityText;
  const name = levelName(level);
  if (severityText !== '' && severityText.toUpperCase() !== name) {
    keep(attributes, 'severity_text', severityText);
  }
  return name;
}

const MESSAGES = ['message', 'msg', 'log'] as const;

/** A structured body becomes attributes, and its text, if it has one, the message; otherwise its JSON. */
function messageOf(body: unknown, attributes: AttributeMap): string {
  if (body === undefined || body === null) return '';
  if (typeof body === 'string') return body;
  if (typeof body !== 'object') return String(body as number | boolean);
  if (Array.isArray(body)) {
    keep(attributes, 'body', body);
    return JSON.stringify(body);
  }
  const entries = body as AttributeMap;
  const name = MESSAGES.find((each) => typeof entries[each] === 'string');
  for (const [key, value] of Object.entries(entries)) {
    if (key === name) continue;
    if (Object.hasOwn(attributes, key)) keep(attributes, key, value);
    else setKey(attributes, key, value);
  }
  return name === undefined ? JSON.stringify(body) : String(entries[name]).replace(/\r?\n$/, '');
}
