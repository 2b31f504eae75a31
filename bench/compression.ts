/**
 * What compressing payloads before they are stored would save and cost:
 * `node --import tsx bench/compression.ts [--json]`. Payloads are those of
 * real size: 1, 16 and 100 records. CPU is compared with what decoding the
 * same payload costs, in the same run, so that the ratio holds on any machine.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  inflateRawSync,
} from 'node:zlib';
import { projectRoot } from '../src/core/root.ts';
import { createRecordDecoder } from '../src/wire/records/decode.ts';
import { encodeRecords } from '../src/wire/records/intake.ts';
import { loadLogSchema } from '../src/wire/records/schema.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean' } } });
const file = join(projectRoot(), 'config', 'log_schema.yaml');
const decoder = createRecordDecoder(loadLogSchema(readFileSync(file, 'utf8'), file));
const RECORDS = 20_000;
const START = Date.UTC(2026, 0, 1);

const CODECS = {
  'deflate 1': [(bytes: Uint8Array) => deflateRawSync(bytes, { level: 1 }), inflateRawSync],
  'brotli 1': [
    (bytes: Uint8Array) =>
      brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
    brotliDecompressSync,
  ],
} as const;

const rows = [1, 16, 100].flatMap(measure);
if (values.json === true) process.stdout.write(`${JSON.stringify(rows)}\n`);
else {
  for (const row of rows) {
    process.stdout.write(
      `${row.codec}, ${row.records} records: ${row.bytes.toFixed(1)} B a record instead of ${row.plainBytes.toFixed(1)}; ` +
        `compressing costs ${row.packRatio.toFixed(1)} and expanding ${row.unpackRatio.toFixed(1)} times decoding\n`,
    );
  }
}

function measure(records: number) {
  const payloads = Array.from({ length: RECORDS / records }, (_, first) =>
    encodeRecords(
      Array.from({ length: records }, (__, index) => recordOf(first * records + index)),
    ),
  );
  const decodeMs = timed(() => {
    for (const payload of payloads) decoder.wire(payload);
  });
  const plainBytes = payloads.reduce((sum, { length }) => sum + length, 0) / RECORDS;
  return Object.entries(CODECS).map(([codec, [pack, unpack]]) => {
    let packed: Uint8Array[] = [];
    const packMs = timed(() => {
      packed = payloads.map((payload) => pack(payload));
    });
    const unpackMs = timed(() => {
      for (const each of packed) unpack(each);
    });
    const bytes = packed.reduce((sum, { length }) => sum + length, 0) / RECORDS;
    return {
      codec,
      records,
      plainBytes,
      bytes,
      packRatio: packMs / decodeMs,
      unpackRatio: unpackMs / decodeMs,
    };
  });
}

/** CPU ms of the second of two runs. */
function timed(action: () => void): number {
  action();
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function recordOf(index: number) {
  return {
    timestamp: START + index * 40,
    level: index % 50 === 0 ? ('ERROR' as const) : ('INFO' as const),
    service: `service-${index % 7}`,
    message: `GET /api/v1/orders/${(index * 7919) % 100_003} took ${(index * 31) % 900} ms`,
    user_id: `user-${(index * 104_729) % 5_000}`,
    request_id: ((index * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0'),
    duration_ms: (index * 31) % 900,
  };
}
