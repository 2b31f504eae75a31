import type { Steps } from '../../core/steps.ts';
import { isMap, setKey, type AttributeMap } from './attribute-map.ts';
import { nanosToMs } from './event-time.ts';
import { INPUT_LIMITS, STEP_RECORDS, malformedBody } from './input-item.ts';
import type { InputContext, Item } from './input-item.ts';
import { NOT_JSON, readJsonSteps } from './json-text.ts';
import { finiteOrText, integerValue } from './otlp-value.ts';
import { emptyRecord, otlpItems, type OtlpBatch, type OtlpRecord } from './otlp-model.ts';

/**
 * Reads an ExportLogsServiceRequest in the JSON form of OTLP (opentelemetry.io,
 * "OTLP Specification", JSON Protobuf Encoding): lowerCamelCase names, ids in
 * hex, 64-bit integers as text or number.
 * @throws WatchkeeperError PAYLOAD_INVALID | TOO_LARGE
 */
export function* readOtlpJson(body: Uint8Array, context: InputContext): Steps<readonly Item[]> {
  const request = yield* readJsonSteps(body);
  if (request === NOT_JSON || !isMap(request)) throw malformed();
  const batches: OtlpBatch[] = [];
  for (const each of mapsIn(request['resourceLogs'])) {
    const resource = attributesOf(optionalMap(each['resource'])['attributes']);
    for (const logs of mapsIn(each['scopeLogs'])) {
      const scope = scopeOf(optionalMap(logs['scope']));
      const records: OtlpRecord[] = [];
      for (const record of mapsIn(logs['logRecords'])) {
        records.push(recordOf(record));
        if (records.length % STEP_RECORDS === 0) yield;
      }
      batches.push({ resource, scope, records });
      if (batches.length % STEP_RECORDS === 0) yield;
    }
  }
  return yield* otlpItems(batches, body.length, context);
}

function scopeOf(scope: AttributeMap): AttributeMap {
  const name = textOf(scope['name']);
  const version = textOf(scope['version']);
  return {
    ...(name === '' ? {} : { name }),
    ...(version === '' ? {} : { version }),
    ...attributesOf(scope['attributes']),
  };
}

function recordOf(given: AttributeMap): OtlpRecord {
  const record = emptyRecord();
  record.time = nanosOf(given['timeUnixNano']);
  record.observedTime = nanosOf(given['observedTimeUnixNano']);
  record.severityNumber = numberOf(given['severityNumber']);
  record.severityText = textOf(given['severityText']);
  if (isMap(given['body'])) record.body = valueOf(given['body'], 0);
  record.attributes = attributesOf(given['attributes']);
  record.droppedAttributes = numberOf(given['droppedAttributesCount']);
  record.flags = numberOf(given['flags']);
  record.traceId = textOf(given['traceId']).toLowerCase();
  record.spanId = textOf(given['spanId']).toLowerCase();
  record.eventName = textOf(given['eventName']);
  return record;
}

function attributesOf(list: unknown, depth = 0): AttributeMap {
  const attributes: AttributeMap = {};
  for (const each of mapsIn(list)) {
    setKey(attributes, textOf(each['key']), valueOf(optionalMap(each['value']), depth));
  }
  return attributes;
}

/** The value of an AnyValue; null when it holds none. */
function valueOf(value: AttributeMap, depth: number): unknown {
  if (depth > INPUT_LIMITS.depth) throw malformed();
  if ('stringValue' in value) return textOf(value['stringValue']);
  if ('boolValue' in value) return value['boolValue'] === true;
  if ('intValue' in value) return integerValue(bigOf(value['intValue']));
  if ('doubleValue' in value) return doubleOf(value['doubleValue']);
  if ('bytesValue' in value) {
    return Buffer.from(textOf(value['bytesValue']), 'base64').toString('base64');
  }
  if ('arrayValue' in value) {
    const { values } = optionalMap(value['arrayValue']);
    return mapsIn(values).map((each) => valueOf(each, depth + 1));
  }
  if ('kvlistValue' in value) {
    return attributesOf(optionalMap(value['kvlistValue'])['values'], depth + 1);
  }
  return null;
}

function doubleOf(value: unknown): number | string {
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return value;
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) throw malformed();
  return finiteOrText(number);
}

function nanosOf(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : nanosToMs(bigOf(value));
}

function bigOf(value: unknown): bigint {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  throw malformed();
}

function numberOf(value: unknown): number {
  return value === undefined || value === null ? 0 : Number(bigOf(value));
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw malformed();
  return value;
}

function optionalMap(value: unknown): AttributeMap {
  if (value === undefined || value === null) return {};
  if (!isMap(value)) throw malformed();
  return value;
}

function mapsIn(list: unknown): readonly AttributeMap[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list) || !list.every(isMap)) throw malformed();
  return list;
}

function malformed(): Error {
  return malformedBody('an OTLP logs request in JSON');
}
