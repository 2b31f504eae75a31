// 64 KiB of each input's protocol that cost the site most: as many events as fit, as small as they can be.
import { Packr, unpackMultiple } from 'msgpackr';
import type { Steps } from '../../src/core/steps.ts';
import { inputParser } from '../../src/gateway/tcp/input-parser.ts';
import { readBulk } from '../../src/wire/inputs/elastic-bulk.ts';
import { createForwardSession } from '../../src/wire/inputs/forward/forward-session.ts';
import { Unreadable } from '../../src/wire/inputs/input-item.ts';
import type { InputSession } from '../../src/wire/inputs/input-session.ts';
import { readEventLines, readTextLines } from '../../src/wire/inputs/json-events.ts';
import { createLineSession } from '../../src/wire/inputs/lines/line-session.ts';
import { readLokiJson, readLokiProtobuf } from '../../src/wire/inputs/loki-push.ts';
import { createLumberjackSession } from '../../src/wire/inputs/lumberjack/lumberjack-session.ts';
import { readOtlpJson } from '../../src/wire/inputs/otlp-json.ts';
import { readOtlpProtobuf } from '../../src/wire/inputs/otlp-protobuf.ts';
import { readSplunkEvents, readSplunkRaw } from '../../src/wire/inputs/splunk-events.ts';
import { readJsonItemSteps } from '../../src/wire/records/intake.ts';

export interface WorstInput {
  readonly name: string;
  readonly bytes: Buffer;
  /** Batches of what a record sink is given; `undefined` where a turn of the event loop ends before there is one. */
  readonly read: (bytes: Buffer) => Iterable<readonly unknown[] | undefined>;
  /** The plainest reading of the same bytes. */
  readonly plain: (bytes: Buffer) => unknown;
}

/** Site-clock ms of all that is read here. */
export const NOW = Date.UTC(2026, 0, 1);
const WORST_BYTES = 65_536;
const MOST_RECORDS = 10_000;
/** As the record taker of connections has it. */
const BATCH = 256;

const PACKR = new Packr({ useRecords: false, variableMapSize: true });
const limits = { maxMessageBytes: 16_777_216, maxEvents: 100_000 };
const context = { now: NOW, service: undefined };
const now = (): number => NOW;

function parserNamed(parser: string, type: string): ReturnType<typeof inputParser> {
  return inputParser({ parser, type, service: '' } as Parameters<typeof inputParser>[0]);
}

function forward(): InputSession {
  const parser = parserNamed('auto', 'forward');
  return createForwardSession({ limits, now, serviceOfTag: (tag) => tag, parser });
}

function lumberjack(): InputSession {
  const parser = parserNamed('auto', 'lumberjack');
  return createLumberjackSession({ limits, now, defaultService: 'beats', parser });
}

const lines = (framing: 'lines' | 'auto', name: string) => (): InputSession =>
  createLineSession({
    framing,
    maxLineBytes: WORST_BYTES,
    parser: parserNamed(name, 'lines') ?? {
      parse: () => ({ record: undefined, parser: undefined }),
    },
    now,
    ack: false,
    hasPreamble: false,
    needsToken: false,
    authenticate: () => undefined,
  });

/** What a session reads, in the batches that the record taker hands on. */
function* connected(session: InputSession, bytes: Buffer): Iterable<readonly unknown[]> {
  for (const step of session.push(bytes)) {
    if (step.type !== 'records') continue;
    let batch: unknown[] = [];
    for (const { record } of step.items) {
      batch.push(record);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }
}

/** A body over HTTP is read as a whole, but in turns. */
function* posted(steps: Steps<readonly unknown[]>): Iterable<readonly unknown[] | undefined> {
  const items = yield* steps;
  yield items.map((item) => (item instanceof Unreadable ? null : item));
}

function* bulkItems(bytes: Buffer): Steps<readonly unknown[]> {
  return (yield* readBulk(bytes, 'i', context)).map(({ item }) => item);
}

type Frame = readonly [head: string, joint: string, tail: string];

/** Head, events as often as they fit with what joins them, tail. */
function filled(event: string | Buffer, [head, joint, tail]: Frame = ['', '', '']): Buffer {
  const one = Buffer.concat([Buffer.from(event), Buffer.from(joint)]);
  const room = WORST_BYTES - head.length - tail.length;
  const count = Math.min(Math.floor(room / one.length), joint === '' ? Infinity : MOST_RECORDS);
  const all = Buffer.concat(Array<Buffer>(count).fill(one));
  const body = all.subarray(0, all.length - joint.length);
  return Buffer.concat([Buffer.from(head, 'latin1'), body, Buffer.from(tail)]);
}

/** PackedForward of tag `t`; its head has 6 bytes. */
function packed(entry: unknown): Buffer {
  const events = filled(PACKR.pack(entry), ['......', '', '']).subarray(6);
  return PACKR.pack(['t', events]);
}

function jsonFrame(json: string): Buffer {
  const head = Buffer.from('2J\0\0\0\x01\0\0\0\0', 'latin1');
  head.writeUInt32BE(json.length, 6);
  return Buffer.concat([head, Buffer.from(json)]);
}

/** A protobuf field that holds bytes. */
function field(number: number, bytes: Buffer): Buffer {
  const length: number[] = [];
  let left = bytes.length;
  for (; left > 0x7f; left >>= 7) length.push((left & 0x7f) | 0x80);
  length.push(left);
  return Buffer.concat([Buffer.of((number << 3) | 2, ...length), bytes]);
}

function fields(number: number, each: Buffer): Buffer {
  const one = field(number, each);
  const count = Math.min(MOST_RECORDS, Math.floor((WORST_BYTES - 80) / one.length));
  return Buffer.concat(Array<Buffer>(count).fill(one));
}

const LABELS = '{app="a",level="warn",b="c",d="e",f="g",h="i",j="k",l="m"}';
const OTLP: Frame = ['{"resourceLogs":[{"scopeLogs":[{"logRecords":[', ',', ']}]}]}'];
const LOKI: Frame = ['{"streams":[{"stream":{"a":"b"},"values":[', ',', ']}]}'];
const RECORD = '{"timestamp":1767225600000,"level":"INFO","service":"a","message":"x"}';

const parsed = (bytes: Buffer): unknown => JSON.parse(bytes.toString());
const split = (bytes: Buffer): unknown => bytes.toString().split('\n');
const parsedLines = (bytes: Buffer): unknown =>
  bytes
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
const scanned = (bytes: Buffer): unknown => bytes.reduce((sum, byte) => sum + byte, 0);

export const WORST_INPUTS: readonly WorstInput[] = [
  ...(
    [
      [0, {}],
      [0, { a: 0 }],
      [0, { log: 'x' }],
    ] as const
  ).map((entry) => ({
    name: `forward, ${JSON.stringify(entry)}`,
    bytes: packed(entry),
    read: (bytes: Buffer) => connected(forward(), bytes),
    plain: (bytes: Buffer): unknown => unpackMultiple(bytes.subarray(6)),
  })),
  {
    name: 'lumberjack, {}',
    bytes: filled(jsonFrame('{}'), ['2W\0\0\xff\xff', '', '']),
    read: (bytes) => connected(lumberjack(), bytes),
    plain: scanned,
  },
  {
    name: 'lines, x',
    bytes: filled('x\n'),
    read: (bytes) => connected(lines('lines', 'auto')(), bytes),
    plain: split,
  },
  {
    name: 'lines of four formats',
    bytes: filled('x\n{}\na=b\n<1>a:b\n'),
    read: (bytes) => connected(lines('lines', 'auto')(), bytes),
    plain: split,
  },
  {
    name: 'syslog, 3 <1>',
    bytes: filled('3 <1>'),
    read: (bytes) => connected(lines('auto', 'network')(), bytes),
    plain: scanned,
  },
  {
    name: 'native, records',
    bytes: filled(RECORD, ['[', ',', ']']),
    read: (bytes) => posted(readJsonItemSteps(bytes, 'json')),
    plain: parsed,
  },
  {
    name: 'events, {"a":1} a line',
    bytes: filled('{"a":1}', ['', '\n', '']),
    read: (bytes) => posted(readEventLines(bytes, context)),
    plain: parsedLines,
  },
  {
    name: 'events, text',
    bytes: filled('x', ['', '\n', '']),
    read: (bytes) => posted(readTextLines(bytes, context)),
    plain: split,
  },
  {
    name: 'OTLP JSON, {}',
    bytes: filled('{}', OTLP),
    read: (bytes) => posted(readOtlpJson(bytes, context)),
    plain: parsed,
  },
  {
    name: 'OTLP protobuf, severity',
    bytes: field(1, field(2, fields(2, Buffer.from('\x1a\x01x\x10\x09', 'latin1')))),
    read: (bytes) => posted(readOtlpProtobuf(bytes, context)),
    plain: scanned,
  },
  {
    name: 'Loki JSON, {} in text',
    bytes: filled('["1","{}"]', LOKI),
    read: (bytes) => posted(readLokiJson(bytes, context)),
    plain: parsed,
  },
  {
    name: 'Loki protobuf, labels',
    bytes: field(
      1,
      Buffer.concat([field(1, Buffer.from(LABELS)), fields(2, Buffer.from('\x12\x01x'))]),
    ),
    read: (bytes) => posted(readLokiProtobuf(bytes, context)),
    plain: scanned,
  },
  {
    name: '_bulk, {}',
    bytes: filled('{"index":{}}\n{}\n'),
    read: (bytes) => posted(bulkItems(bytes)),
    plain: parsedLines,
  },
  {
    name: 'Splunk, map',
    bytes: filled('{"event":{}}'),
    read: (bytes) => posted(readSplunkEvents(bytes, context)),
    plain: scanned,
  },
  {
    name: 'Splunk, raw',
    bytes: filled('x', ['', '\n', '']),
    read: (bytes) => posted(readSplunkRaw(bytes, { host: 'h' }, context)),
    plain: split,
  },
];
