import {
  bytesField,
  doubleField,
  fixed32Field,
  fixed64Field,
  varintField,
} from './protobuf-writer.ts';

/** A value of OTLP, tagged by its alternative. */
export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: bigint }
  | { readonly doubleValue: number }
  | { readonly bytesValue: Uint8Array }
  | { readonly arrayValue: readonly AnyValue[] }
  | { readonly kvlistValue: readonly KeyValue[] };

export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

export interface Log {
  readonly time: bigint;
  readonly observed: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AnyValue | undefined;
  readonly attributes: readonly KeyValue[];
  readonly dropped: number;
  readonly flags: number;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly eventName: string;
}

export interface ResourceLogs {
  readonly resource: readonly KeyValue[];
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly logs: readonly Log[];
}

export const emptyLog: Log = {
  time: 0n,
  observed: 0n,
  severityNumber: 0,
  severityText: '',
  body: undefined,
  attributes: [],
  dropped: 0,
  flags: 0,
  traceId: new Uint8Array(0),
  spanId: new Uint8Array(0),
  eventName: '',
};

/** An ExportLogsServiceRequest as protobuf. */
export function otlpProtobuf(groups: readonly ResourceLogs[]): Buffer {
  return Buffer.concat(
    groups.map(({ resource, scopeName, scopeVersion, logs }) => {
      const scope = Buffer.concat([bytesField(1, scopeName), bytesField(2, scopeVersion)]);
      const scopeLogs = [bytesField(1, scope), ...logs.map((log) => bytesField(2, logBytes(log)))];
      return bytesField(
        1,
        Buffer.concat([
          bytesField(1, Buffer.concat(resource.map((pair) => bytesField(1, pairBytes(pair))))),
          bytesField(2, Buffer.concat([...scopeLogs, bytesField(3, 'https://schema')])),
        ]),
      );
    }),
  );
}

function logBytes(log: Log): Buffer {
  return Buffer.concat([
    fixed64Field(1, log.time),
    varintField(2, log.severityNumber),
    bytesField(3, log.severityText),
    ...(log.body === undefined ? [] : [bytesField(5, valueBytes(log.body))]),
    ...log.attributes.map((pair) => bytesField(6, pairBytes(pair))),
    varintField(7, log.dropped),
    fixed32Field(8, log.flags),
    bytesField(9, log.traceId),
    bytesField(10, log.spanId),
    fixed64Field(11, log.observed),
    bytesField(12, log.eventName),
  ]);
}

function pairBytes({ key, value }: KeyValue): Buffer {
  return Buffer.concat([bytesField(1, key), bytesField(2, valueBytes(value))]);
}

function valueBytes(value: AnyValue): Buffer {
  if ('stringValue' in value) return bytesField(1, value.stringValue);
  if ('boolValue' in value) return varintField(2, value.boolValue ? 1 : 0);
  if ('intValue' in value) return varintField(3, value.intValue);
  if ('doubleValue' in value) return doubleField(4, value.doubleValue);
  if ('bytesValue' in value) return bytesField(7, value.bytesValue);
  if ('arrayValue' in value) {
    return bytesField(
      5,
      Buffer.concat(value.arrayValue.map((each) => bytesField(1, valueBytes(each)))),
    );
  }
  return bytesField(
    6,
    Buffer.concat(value.kvlistValue.map((each) => bytesField(1, pairBytes(each)))),
  );
}

/** The same as JSON. */
export function otlpJson(groups: readonly ResourceLogs[]): string {
  return JSON.stringify({
    resourceLogs: groups.map(({ resource, scopeName, scopeVersion, logs }) => ({
      resource: { attributes: resource.map(pairJson) },
      scopeLogs: [
        {
          scope: { name: scopeName, version: scopeVersion },
          logRecords: logs.map(logJson),
          schemaUrl: 'https://schema',
        },
      ],
    })),
  });
}

function logJson(log: Log): object {
  return {
    timeUnixNano: String(log.time),
    observedTimeUnixNano: String(log.observed),
    severityNumber: log.severityNumber,
    severityText: log.severityText,
    ...(log.body === undefined ? {} : { body: valueJson(log.body) }),
    attributes: log.attributes.map(pairJson),
    droppedAttributesCount: log.dropped,
    flags: log.flags,
    traceId: Buffer.from(log.traceId).toString('hex').toUpperCase(),
    spanId: Buffer.from(log.spanId).toString('hex'),
    eventName: log.eventName,
  };
}

function pairJson({ key, value }: KeyValue): object {
  return { key, value: valueJson(value) };
}

function valueJson(value: AnyValue): object {
  if ('intValue' in value) return { intValue: String(value.intValue) };
  if ('doubleValue' in value) {
    const { doubleValue } = value;
    return { doubleValue: Number.isFinite(doubleValue) ? doubleValue : String(doubleValue) };
  }
  if ('bytesValue' in value)
    return { bytesValue: Buffer.from(value.bytesValue).toString('base64') };
  if ('arrayValue' in value) return { arrayValue: { values: value.arrayValue.map(valueJson) } };
  if ('kvlistValue' in value) return { kvlistValue: { values: value.kvlistValue.map(pairJson) } };
  return value;
}
