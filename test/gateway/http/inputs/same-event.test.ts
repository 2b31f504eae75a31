import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { WireRecord } from '../../../../src/model/wire-record.ts';
import { startGateway, type Fixture } from '../../../support/http-fixture.ts';
import { landed } from '../../../support/input-fixture.ts';
import { emptyLog, otlpJson, otlpProtobuf } from '../../../support/otlp-writer.ts';
import type { KeyValue, ResourceLogs } from '../../../support/otlp-writer.ts';
import { bytesField, varintField } from '../../../support/protobuf-writer.ts';
import { snappy } from '../../../support/snappy-writer.ts';
import { describe } from '../../../support/suite.ts';
import type { InputSession } from '../../../../src/wire/inputs/input-session.ts';
import { createForwardSession } from '../../../../src/wire/inputs/forward/forward-session.ts';
import { createLineSession } from '../../../../src/wire/inputs/lines/line-session.ts';
import { createLumberjackSession } from '../../../../src/wire/inputs/lumberjack/lumberjack-session.ts';
import { AUTO_PARSERS } from '../../../../src/wire/parsers/registry.ts';
import { createSourceParser } from '../../../../src/wire/parsers/source/source-parser.ts';
import { rfc5424 } from '../../../../src/wire/parsers/syslog/rfc5424.ts';
import { readRecords } from '../../../../src/wire/records/intake.ts';
import { unpack } from 'msgpackr';
import { logSchema } from '../../../support/http-fixture.ts';
import { entry, messageMode, packedMode } from '../../../wire/inputs/forward/messages.ts';
import {
  compressedFrame,
  jsonFrame,
  pairsFrame,
  windowFrame,
} from '../../../wire/inputs/lumberjack/frames.ts';
import { run } from '../../../wire/inputs/session-run.ts';

/** The event that every shipper brings. */
const TIME = '2026-01-31T12:00:00.123Z';
const MS = Date.parse(TIME);
const SECONDS = Math.floor(MS / 1000);
const NANOS = BigInt(MS) * 1_000_000n;
const MESSAGE = 'card declined: "limit"';
const EVENT = {
  level: 'ERROR',
  service: 'payment',
  message: MESSAGE,
  user_id: 'u-7',
  error_code: 'E42',
  duration_ms: 12.5,
  region: 'eu-1',
};
const EXPECTED = {
  timestamp: MS,
  level: 'ERROR',
  service: 'payment',
  message: MESSAGE,
  user_id: 'u-7',
  error_code: 'E42',
  duration_ms: 12.5,
  attributes: { region: 'eu-1' },
};

interface Shipment {
  readonly path: string;
  readonly type: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  /** Attributes that the shipper adds of its own. */
  readonly own?: readonly string[];
}

const text = (key: string, stringValue: string): KeyValue => ({ key, value: { stringValue } });
const otlp = (structured: boolean): readonly ResourceLogs[] => [
  {
    resource: [text('service.name', 'payment'), text('telemetry.sdk.language', 'python')],
    scopeName: 'opentelemetry.sdk._logs._internal',
    scopeVersion: '1.30.0',
    logs: [
      {
        ...emptyLog,
        time: NANOS,
        observed: NANOS + 5_000_000n,
        severityNumber: 17,
        severityText: 'ERROR',
        body: structured
          ? { kvlistValue: [text('log', `${MESSAGE}\n`), text('region', 'eu-1')] }
          : { stringValue: MESSAGE },
        attributes: [
          text('user_id', 'u-7'),
          text('error_code', 'E42'),
          { key: 'duration_ms', value: { doubleValue: 12.5 } },
          ...(structured ? [] : [text('region', 'eu-1')]),
        ],
      },
    ],
  },
];

function lokiProtobuf(): Buffer {
  const labels = '{service_name="payment", level="error", region="eu-1"}';
  const time = Buffer.concat([varintField(1, SECONDS), varintField(2, (MS % 1000) * 1_000_000)]);
  const pair = (name: string, value: string): Buffer =>
    bytesField(3, Buffer.concat([bytesField(1, name), bytesField(2, value)]));
  const entry = Buffer.concat([
    bytesField(1, time),
    bytesField(2, MESSAGE),
    pair('user_id', 'u-7'),
    pair('error_code', 'E42'),
    pair('duration_ms', '12.5'),
  ]);
  const stream = Buffer.concat([bytesField(1, labels), bytesField(2, entry)]);
  return Buffer.concat([bytesField(1, stream)]);
}

const beats = {
  '@timestamp': TIME,
  message: MESSAGE,
  'log.level': 'error',
  service: { name: 'payment' },
  user_id: 'u-7',
  error_code: 'E42',
  duration_ms: 12.5,
  region: 'eu-1',
  agent: { type: 'filebeat', version: '8.17.0' },
  ecs: { version: '8.0.0' },
  host: { name: 'h1' },
  input: { type: 'log' },
  log: { offset: 0, file: { path: '/var/log/payment.log' } },
};
const bulk = (action: object, event: object): string =>
  `${JSON.stringify(action)}\n${JSON.stringify(event)}\n`;
const ndjson = 'application/x-ndjson';
const json = 'application/json';

const SHIPMENTS: Readonly<Record<string, Shipment>> = {
  'curl, native JSON': {
    path: '/v1/logs',
    type: json,
    body: JSON.stringify([{ timestamp: TIME, ...EVENT }]),
  },
  'curl, native NDJSON with gzip': {
    path: '/v1/logs',
    type: ndjson,
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync(`${JSON.stringify({ timestamp: TIME, ...EVENT })}\n`),
  },
  'Vector, http sink with codec json': {
    path: '/v1/events',
    type: ndjson,
    body: `${JSON.stringify({ timestamp: TIME, ...EVENT, source_type: 'file' })}\n`,
    own: ['source_type'],
  },
  'Vector, elasticsearch sink': {
    path: '/elastic/_bulk',
    type: ndjson,
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync(
      bulk(
        { create: { _index: 'vector-2026.01.31', _type: '_doc' } },
        { '@timestamp': TIME, ...EVENT },
      ),
    ),
    own: ['_index'],
  },
  'Vector, loki sink': {
    path: '/loki/api/v1/push',
    type: 'application/x-protobuf',
    headers: { 'content-encoding': 'snappy' },
    body: snappy(lokiProtobuf()),
    status: 204,
  },
  'Vector, splunk_hec_logs sink': {
    path: '/services/collector/event',
    type: json,
    headers: { 'x-splunk-request-channel': '5b2b3e1c-0000-4000-8000-000000000000' },
    body: JSON.stringify({ event: EVENT, fields: {}, time: MS / 1000, host: 'h1' }),
    own: ['host'],
  },
  'Fluent Bit, http output': {
    path: '/v1/events',
    type: json,
    body: JSON.stringify([{ date: MS / 1000, ...EVENT, message: undefined, log: `${MESSAGE}\n` }]),
  },
  'Fluent Bit, es output': {
    path: '/elastic/_bulk',
    type: ndjson,
    body: bulk({ create: { _index: 'fluent-bit' } }, { '@timestamp': TIME, ...EVENT }),
    own: ['_index'],
  },
  'Fluent Bit, loki output': {
    path: '/loki/api/v1/push',
    type: json,
    body: JSON.stringify({
      streams: [
        {
          stream: { job: 'payment' },
          values: [[String(NANOS), JSON.stringify({ ...EVENT, service: undefined })]],
        },
      ],
    }),
    status: 204,
  },
  'Fluent Bit, splunk output': {
    path: '/services/collector/event',
    type: json,
    body: JSON.stringify({ time: MS / 1000, event: EVENT }),
  },
  'Fluent Bit, opentelemetry output': {
    path: '/v1/logs',
    type: 'application/x-protobuf',
    body: otlpProtobuf(otlp(true)),
    own: ['resource', 'scope'],
  },
  Filebeat: {
    path: '/elastic/_bulk',
    type: 'application/json; charset=UTF-8',
    body: bulk({ create: { _index: 'filebeat-8.17.0' } }, beats),
    own: ['_index', 'agent', 'ecs', 'host', 'input', 'log'],
  },
  'Logstash, http output with json_batch': {
    path: '/v1/events',
    type: json,
    body: JSON.stringify([{ '@timestamp': TIME, '@version': '1', ...EVENT }]),
    own: ['@version'],
  },
  'Logstash, elasticsearch output': {
    path: '/elastic/_bulk',
    type: json,
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync(
      bulk(
        { index: { _id: null, _index: 'logstash', routing: null } },
        { '@timestamp': TIME, '@version': '1', ...EVENT },
      ),
    ),
    own: ['_index', '@version'],
  },
  Promtail: {
    path: '/loki/api/v1/push',
    type: 'application/x-protobuf',
    body: snappy(lokiProtobuf()),
    status: 204,
  },
  'OpenTelemetry collector, otlphttp exporter': {
    path: '/otlp/v1/logs',
    type: 'application/x-protobuf',
    headers: { 'content-encoding': 'gzip' },
    body: gzipSync(otlpProtobuf(otlp(false))),
    own: ['resource', 'scope'],
  },
  'OpenTelemetry collector, encoding json': {
    path: '/v1/otlp/v1/logs',
    type: json,
    body: otlpJson(otlp(false)),
    own: ['resource', 'scope'],
  },
  'Python, OTLP JSON to the bare address': {
    path: '/v1/logs',
    type: json,
    body: otlpJson(otlp(false)),
    own: ['resource', 'scope'],
  },
  'Python, logging.handlers.HTTPHandler': {
    path: '/v1/events',
    type: 'application/x-www-form-urlencoded',
    body: new URLSearchParams({
      name: 'app',
      msg: MESSAGE,
      args: '()',
      levelname: 'ERROR',
      levelno: '40',
      exc_info: 'None',
      created: String(MS / 1000),
      msecs: '123.0',
      service: 'payment',
      user_id: 'u-7',
      error_code: 'E42',
      duration_ms: '12.5',
      region: 'eu-1',
    }).toString(),
    own: ['logger', 'args', 'levelno', 'msecs'],
  },
};

/** What differs only by how the level was written. */
function normal({ attributes, ...record }: WireRecord, own: readonly string[]): object {
  const rest = Object.entries(attributes ?? {}).filter(([name]) => !own.includes(name));
  return { ...record, attributes: Object.fromEntries(rest) };
}

describe('the same event by every input', (it) => {
  let gateway: Fixture;
  it.before(async () => {
    gateway = await startGateway();
  });
  it.after(() => gateway.close());

  for (const [shipper, shipment] of Object.entries(SHIPMENTS)) {
    const { path, type, body, headers = {}, status = 200, own = [] } = shipment;
    it(`lands as the same record from ${shipper}`, async () => {
      gateway.intake.entries.length = 0;
      const response = await gateway.call(path, {
        as: 'service',
        body,
        headers: { 'content-type': type, ...headers },
      });
      assert.equal(response.status, status, await response.clone().text());
      const records = landed(gateway);
      assert.deepEqual(
        records.map((record) => normal(record, own)),
        [EXPECTED],
      );
      for (const name of own) assert.ok(name in (records[0]?.attributes ?? {}), name);
      assert.deepEqual(gateway.rejected, []);
    });
  }
});

const limits = { maxMessageBytes: 1_048_576, maxEvents: 1_000 };
const now = (): number => MS + 60_000;
const beatsSession = (): InputSession =>
  createLumberjackSession({ limits, now, defaultService: 'beats' });
const fluent = (): InputSession =>
  createForwardSession({ limits, now, serviceOfTag: (tag) => tag });
const lines =
  (framing: 'lines' | 'auto', parsers = AUTO_PARSERS) =>
  (): InputSession =>
    createLineSession({
      ...{ framing, maxLineBytes: 65_536, now, ack: false, hasPreamble: false, needsToken: false },
      parser: createSourceParser({ parsers, mode: framing === 'lines' ? 'auto' : 'chain' }),
      authenticate: () => undefined,
    });

interface Stream {
  readonly session: () => InputSession;
  readonly bytes: readonly Uint8Array[];
  readonly own?: readonly string[];
  /** What the protocol has no place for, and stands elsewhere. */
  readonly lacks?: readonly string[];
}

const { message: _message, ...nameless } = EVENT;
const logstash = { '@timestamp': TIME, '@version': '1', ...EVENT };
const texts = Object.fromEntries(
  Object.entries({ ...EVENT, '@timestamp': TIME, line: MESSAGE, message: undefined }).flatMap(
    ([key, value]) => (value === undefined ? [] : [[key, String(value)]]),
  ),
);

const STREAMS: Readonly<Record<string, Stream>> = {
  'Filebeat, logstash output': {
    session: beatsSession,
    bytes: [windowFrame(1), compressedFrame([jsonFrame(1, beats)])],
    own: ['agent', 'ecs', 'host', 'input', 'log'],
  },
  'Logstash, lumberjack output': {
    session: beatsSession,
    bytes: [windowFrame(1), jsonFrame(1, logstash)],
    own: ['@version'],
  },
  'logstash-forwarder': {
    session: beatsSession,
    bytes: [windowFrame(1, '1'), pairsFrame(1, texts)],
  },
  'Fluentd, forward output': {
    session: fluent,
    bytes: [packedMode('app', [entry(MS, EVENT)], { isGzip: true })],
  },
  'Fluent Bit, forward output': {
    session: fluent,
    bytes: [packedMode('app', [entry(MS, { ...nameless, log: `${MESSAGE}\n` })])],
  },
  'Docker, fluentd driver': {
    session: fluent,
    bytes: [messageMode('app', MS, { ...EVENT, container_name: '/pay', source: 'stdout' })],
    own: ['container_name', 'source'],
  },
  'Logstash, tcp output with json_lines': {
    session: lines('lines'),
    bytes: [Buffer.from(`${JSON.stringify(logstash)}\n`)],
    own: ['@version'],
  },
  'Filebeat events as lines': {
    session: lines('lines'),
    bytes: [Buffer.from(`${JSON.stringify(beats)}\n`)],
    own: ['agent', 'ecs', 'host', 'input', 'log'],
  },
  'rsyslog, RFC 5424': {
    session: lines('auto', [rfc5424]),
    bytes: [Buffer.from(`<11>1 ${TIME} h1 payment 7 - - ${MESSAGE}\n`)],
    own: ['facility', 'host', 'component', 'pid'],
    lacks: ['user_id', 'error_code', 'duration_ms', 'region'],
  },
};

/** As the record reads when the sink has taken it in. */
function stored(record: unknown): WireRecord {
  const { groups, rejected } = readRecords([record], { observedAt: now(), schema: logSchema });
  assert.deepEqual(rejected, []);
  const [read] = unpack(groups[0]?.payload ?? Buffer.of()) as WireRecord[];
  assert.ok(read !== undefined);
  return read;
}

describe('the same event over TCP', (it) => {
  for (const [shipper, { session, bytes, own = [], lacks = [] }] of Object.entries(STREAMS)) {
    it(`lands as the same record from ${shipper}`, () => {
      const { records } = run(session(), bytes);
      assert.equal(records.length, 1);
      const record = stored(records[0]);
      const { attributes, ...fields } = EXPECTED;
      const expected = { ...fields, attributes: { ...attributes } } as Record<string, unknown>;
      for (const name of lacks) {
        Reflect.deleteProperty(expected, name);
        Reflect.deleteProperty(expected['attributes'] as object, name);
      }
      assert.deepEqual(normal(record, own), expected);
      for (const name of own) assert.ok(name in (record.attributes ?? {}), name);
    });
  }
});
