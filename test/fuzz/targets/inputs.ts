import assert from 'node:assert/strict';
import { gzipSync, deflateSync } from 'node:zlib';
import { Packr } from 'msgpackr';

import { atOnce } from '../../../src/core/steps.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { readBulk } from '../../../src/wire/inputs/elastic-bulk.ts';
import { createForwardSession } from '../../../src/wire/inputs/forward/forward-session.ts';
import { inflateBody } from '../../../src/wire/inputs/inflate.ts';
import { Unreadable } from '../../../src/wire/inputs/input-item.ts';
import type { InputSession, InputStep } from '../../../src/wire/inputs/input-session.ts';
import {
  readEventArray,
  readEventLines,
  readPythonForm,
  readTextLines,
} from '../../../src/wire/inputs/json-events.ts';
import { createLineSession } from '../../../src/wire/inputs/lines/line-session.ts';
import { readLokiJson, readLokiProtobuf } from '../../../src/wire/inputs/loki-push.ts';
import { createLumberjackSession } from '../../../src/wire/inputs/lumberjack/lumberjack-session.ts';
import { readOtlpJson } from '../../../src/wire/inputs/otlp-json.ts';
import { readOtlpProtobuf } from '../../../src/wire/inputs/otlp-protobuf.ts';
import { decodeSnappy } from '../../../src/wire/inputs/snappy.ts';
import { readSplunkEvents, readSplunkRaw } from '../../../src/wire/inputs/splunk-events.ts';
import { AUTO_PARSERS } from '../../../src/wire/parsers/registry.ts';
import {
  createSourceParser,
  type SourceParser,
} from '../../../src/wire/parsers/source/source-parser.ts';
import { jsonMutators } from '../mutators/json.ts';
import { msgpackMutators } from '../mutators/msgpack.ts';
import { field, fixed64, PROTOBUF_MUTATORS, varint } from '../mutators/protobuf.ts';
import { textMutators } from '../mutators/text.ts';
import { bytesOf, MARKER, type FuzzTarget } from '../target.ts';

const now = Date.UTC(2026, 0, 1, 12);
const context = { now, service: undefined };
const nanos = `${now}000000`;

/** Why parts of a body are no events. */
function reasons(items: unknown): readonly string[] {
  return (items as readonly unknown[]).flatMap((item) =>
    item instanceof Unreadable ? [item.reason] : [],
  );
}

const OTLP = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'pay' } }] },
      scopeLogs: [
        {
          scope: { name: 's' },
          logRecords: [
            {
              ...{ timeUnixNano: nanos, severityNumber: 17, severityText: 'ERROR', traceId: 'ab' },
              body: { stringValue: MARKER },
              attributes: [{ key: 'a', value: { arrayValue: { values: [{ intValue: '5' }] } } }],
            },
          ],
        },
      ],
    },
  ],
};

export const otlpJson: FuzzTarget = {
  seeds: [JSON.stringify(OTLP)],
  mutators: jsonMutators([
    ...[
      'resourceLogs',
      'resource',
      'attributes',
      'key',
      'value',
      'stringValue',
      'intValue',
      'body',
    ],
    ...[
      'arrayValue',
      'values',
      'kvlistValue',
      'bytesValue',
      'doubleValue',
      'boolValue',
      'scopeLogs',
    ],
    ...[
      'logRecords',
      'timeUnixNano',
      'observedTimeUnixNano',
      'severityNumber',
      'severityText',
      'flags',
    ],
    ...['traceId', 'spanId', 'scope', 'name', 'version', 'droppedAttributesCount'],
  ]),
  run: (input) => atOnce(readOtlpJson(input, context)),
};

const OTLP_RECORD = Buffer.concat([
  fixed64(1, BigInt(nanos)),
  Buffer.concat([varint(2 * 8), varint(17)]),
  field(3, 'ERROR'),
  field(5, field(1, MARKER)),
  field(6, Buffer.concat([field(1, 'a'), field(2, field(5, field(1, field(1, 'x'))))])),
  field(9, new Uint8Array(16).fill(5)),
]);
const OTLP_RESOURCE = field(
  1,
  Buffer.concat([field(1, 'service.name'), field(2, field(1, 'pay'))]),
);

export const otlpProtobuf: FuzzTarget = {
  seeds: [field(1, Buffer.concat([field(1, OTLP_RESOURCE), field(2, field(2, OTLP_RECORD))]))],
  mutators: PROTOBUF_MUTATORS,
  run: (input) => atOnce(readOtlpProtobuf(Buffer.from(input), context)),
};

const LOKI = {
  streams: [{ stream: { job: 'pay', level: 'error' }, values: [[nanos, MARKER, { trace: 'x' }]] }],
};

export const lokiJson: FuzzTarget = {
  seeds: [JSON.stringify(LOKI)],
  mutators: jsonMutators(['streams', 'stream', 'values', 'job', 'level', 'service_name']),
  run: (input) => atOnce(readLokiJson(input, context)),
};

const LOKI_ENTRY = Buffer.concat([
  field(1, Buffer.concat([varint(8), varint(1_767_268_800)])),
  field(2, MARKER),
]);
const LOKI_STREAM = Buffer.concat([field(1, `{job="pay",level="error"}`), field(2, LOKI_ENTRY)]);

/** Snappy's block format with literals only. */
function literal(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [varint(bytes.length)];
  for (let at = 0; at < bytes.length; at += 60) {
    const part = bytes.subarray(at, at + 60);
    parts.push(Uint8Array.of((part.length - 1) << 2), part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

export const lokiProtobuf: FuzzTarget = {
  seeds: [literal(field(1, LOKI_STREAM))],
  mutators: PROTOBUF_MUTATORS,
  run: (input) => atOnce(readLokiProtobuf(Buffer.from(input), context)),
};

export const snappy: FuzzTarget = {
  seeds: [literal(bytesOf(MARKER.repeat(9))), Uint8Array.of(20, 0, 65, 0x4a, 1, 0)],
  run(input) {
    const bytes = decodeSnappy(input, 1_048_576);
    assert.ok(bytes.length <= 1_048_576);
    return bytes.length;
  },
  grow: (bytes) => [
    // Copies of 64 bytes, three bytes each: the most that a block may grow.
    new Uint8Array(
      Buffer.concat([
        varint(1_000_000),
        Uint8Array.of(0, 65),
        ...Array.from({ length: Math.floor(bytes / 3) - 4 }, () => Uint8Array.of(0xfe, 1, 0)),
      ]),
    ),
  ],
};

const BULK = `{"index":{"_index":"logs","_id":"1"}}\n{"message":"${MARKER}","level":"error"}\n{"delete":{}}\n`;

export const bulk: FuzzTarget = {
  seeds: [BULK],
  mutators: jsonMutators([
    'index',
    'create',
    'delete',
    'update',
    '_index',
    '_id',
    'message',
    '@timestamp',
    'log',
    'level',
  ]),
  dictionary: ['\n', '{"create":{}}\n'],
  run: (input) => atOnce(readBulk(input, 'logs', context)),
};

export const hec: FuzzTarget = {
  seeds: [
    `{"event":"${MARKER}","time":1767268800.5,"host":"h","fields":{"a":1}}{"event":{"message":"x"}}`,
  ],
  mutators: jsonMutators([
    'event',
    'time',
    'host',
    'source',
    'sourcetype',
    'index',
    'fields',
    'message',
  ]),
  texts: reasons,
  run: (input) => atOnce(readSplunkEvents(input, context)),
};

/** Splunk's raw endpoint: lines of any kind, and what the query says of all of them. */
export const splunkRaw: FuzzTarget = {
  seeds: [`${MARKER}\n{"level":"error","message":"x"}\n`, '\n\r\n\xff'],
  mutators: textMutators(['\n', '\r\n', '{', '}', '"message":', '"time":', ',']),
  run: (input) => atOnce(readSplunkRaw(input, { host: 'h', time: '1767268800' }, context)),
  texts: reasons,
};

export const jsonEvents: FuzzTarget = {
  seeds: [
    `[{"message":"${MARKER}","level":"warn"}]`,
    `{"msg":"a"}\n{"msg":"${MARKER}"}\n`,
    `msg=${MARKER}&levelname=ERROR&created=1767268800.5&args=%28%29`,
  ],
  mutators: jsonMutators([
    'message',
    'msg',
    'level',
    'levelname',
    'created',
    'time',
    '@timestamp',
    'service',
  ]),
  run: (input) => [
    readers(input, readEventArray),
    readers(input, readEventLines),
    readers(input, readTextLines),
    readers(input, readPythonForm),
  ],
};

type Reader = typeof readEventArray;

/** Each reader may refuse the body, and the next has a look at it. */
function readers(input: Uint8Array, read: Reader): unknown {
  try {
    return atOnce(read(input, context));
  } catch (error) {
    if (isWatchkeeperError(error, 'PAYLOAD_INVALID')) return 'refused';
    throw error;
  }
}

export const inflate: FuzzTarget = {
  seeds: [
    gzipSync(MARKER),
    deflateSync(MARKER.repeat(20)),
    Buffer.concat([gzipSync('a'), gzipSync('b')]),
  ],
  run(input) {
    const format = input[0] === 0x1f ? 'gzip' : 'zlib';
    const bytes = inflateBody(input, format, { maxBytes: 4 * 1_048_576 });
    assert.ok(bytes.length <= 4 * 1_048_576);
    return bytes.length;
  },
  grow: (bytes) => [gzipSync(Buffer.alloc(bytes * 900)).subarray(0, bytes)],
};

function parser(): SourceParser {
  return createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto' });
}

interface Talk {
  readonly steps: readonly unknown[];
  readonly end: string;
}

/** What records a session read out, what it said of others, and how it ended. Answers come once for each piece. */
function talk(session: InputSession, pieces: Iterable<Uint8Array>): Talk {
  const steps: unknown[] = [];
  const take = (made: Iterable<InputStep>): boolean => {
    for (const step of made) {
      if (step.type === 'records') {
        for (const { record, problem } of step.items) steps.push({ record, problem });
      } else if (step.type === 'refuse') {
        steps.push({ reason: step.reason });
        return false;
      }
    }
    return true;
  };
  try {
    for (const piece of pieces) if (!take(session.push(piece))) return { steps, end: 'refused' };
    take(session.end());
    return { steps, end: 'ended' };
  } catch (error) {
    if (isWatchkeeperError(error)) return { steps, end: error.code };
    throw error;
  }
}

/** How the bytes are cut into pieces makes no difference, but where `hangsOnCuts`. */
function session(
  make: () => InputSession,
  hangsOnCuts: (input: Uint8Array) => boolean = () => false,
): FuzzTarget['run'] {
  return (input) => {
    const whole = talk(make(), [input]);
    if (input.length > 4_096 || hangsOnCuts(input)) return whole;
    const size = 1 + ((input[0] ?? 0) % 7);
    const pieces = Array.from({ length: Math.ceil(input.length / size) }, (_, index) =>
      input.subarray(index * size, (index + 1) * size),
    );
    const cut = talk(make(), pieces);
    assert.deepEqual(cut, whole);
    return whole;
  };
}

/** What a session says of records that it could not read, and in its refusals. */
function problems(result: unknown): readonly string[] {
  return (result as Talk).steps.flatMap((step) => {
    const { problem, reason } = step as { readonly problem?: string; readonly reason?: string };
    return [problem ?? '', reason ?? ''];
  });
}

const limits = { maxMessageBytes: 1_048_576, maxEvents: 10_000 };
const packr = new Packr({ useRecords: false });
const EVENT = { message: MARKER, level: 'error', service: 'pay' };
const pack = (value: unknown): Uint8Array => new Uint8Array(packr.pack(value));

export const forward: FuzzTarget = {
  seeds: [
    pack(['tag', 1_767_268_800, EVENT]),
    pack(['tag', [[1_767_268_800, EVENT]], { chunk: 'abc=', size: 1 }]),
    pack(['tag', Buffer.concat([pack([1, EVENT]), pack([2, EVENT])])]),
    pack(['tag', gzipSync(pack([1, EVENT])), { compressed: 'gzip', chunk: 'x' }]),
  ],
  mutators: msgpackMutators([
    'message',
    'log',
    'level',
    'chunk',
    'compressed',
    'size',
    'gzip',
    'tag',
  ]),
  texts: problems,
  run: session(() =>
    createForwardSession({ limits, now: () => now, serviceOfTag: (tag) => tag, parser: parser() }),
  ),
};

function beats(type: string, ...numbers: readonly number[]): Buffer {
  const words = numbers.map((number) => {
    const word = Buffer.alloc(4);
    word.writeUInt32BE(number);
    return word;
  });
  return Buffer.concat([Buffer.from(type), ...words]);
}

const BEAT = Buffer.from(JSON.stringify({ ...EVENT, '@timestamp': '2026-01-01T12:00:00Z' }));
const BEATS = Buffer.concat([
  beats('2W', 2),
  beats('2J', 1, BEAT.length),
  BEAT,
  beats('2J', 2, BEAT.length),
  BEAT,
]);
const PAIRS = Buffer.concat([
  beats('1W', 1),
  beats('1D', 1, 1, 4),
  Buffer.from('line'),
  beats('', 3),
  Buffer.from('abc'),
]);
const SQUEEZED = deflateSync(BEATS.subarray(6));

export const lumberjack: FuzzTarget = {
  seeds: [BEATS, PAIRS, Buffer.concat([beats('2W', 2), beats('2C', SQUEEZED.length), SQUEEZED])],
  dictionary: ['2W', '2J', '2C', '1D', '1W', '2A'],
  texts: problems,
  run: session(() =>
    createLumberjackSession({ limits, now: () => now, defaultService: 'beats', parser: parser() }),
  ),
};

const SYSLOG = `<34>1 2026-01-01T12:00:00Z host app 12 ID [a@1 b="c"] ${MARKER}`;

export const lineSession: FuzzTarget = {
  seeds: [
    `${SYSLOG}\n{"message":"x"}\n`,
    `${SYSLOG.length} ${SYSLOG}5 hello`,
    `ACK\n{"token":"wk_a"}\nline\n`,
  ],
  mutators: textMutators([
    '\n',
    '\r\n',
    '12 <',
    '9999999 <',
    '<34>',
    'ACK\n',
    '{"token":"wk_a"}\n',
  ]),
  texts: problems,
  run: session(
    () =>
      createLineSession({
        ...{ framing: 'auto', maxLineBytes: 65_536, parser: parser(), now: () => now },
        ...{
          ack: false,
          hasPreamble: true,
          needsToken: false,
          authenticate: () => ({ service: undefined }),
        },
      }),
    // A NUL at the end of a piece may end a message.
    (input) => input.includes(0),
  ),
};
