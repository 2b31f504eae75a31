import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Packr } from 'msgpackr';

import { projectRoot } from '../../../src/core/root.ts';
import { createRecordDecoder } from '../../../src/wire/records/decode.ts';
import { SchemaDrift } from '../../../src/wire/records/drift.ts';
import { encodeRecords, readJsonRecords } from '../../../src/wire/records/intake.ts';
import { loadLogSchema } from '../../../src/wire/records/schema.ts';
import { jsonMutators } from '../mutators/json.ts';
import { msgpackMutators } from '../mutators/msgpack.ts';
import { MARKER, type FuzzTarget } from '../target.ts';

const FILE = 'config/log_schema.yaml';
const schema = loadLogSchema(readFileSync(join(projectRoot(), FILE), 'utf8'), FILE);
export const NOW = Date.UTC(2026, 0, 1, 12);

export const RECORD_KEYS = [
  ...['timestamp', 'level', 'service', 'message', 'user_id', 'request_id', 'error_code'],
  ...['duration_ms', 'device_id', 'attributes', 'heart_rate', 'spo2', 'battery', 'steps'],
  ...Object.keys((schema as { readonly rules?: object }).rules ?? {}),
];

const RECORDS = [
  { timestamp: NOW, level: 'INFO', service: 'payment', message: MARKER },
  {
    ...{ timestamp: '2026-01-01T12:00:00.5Z', level: 'fatal', service: 'shop', message: 'no' },
    ...{ user_id: MARKER, request_id: 'r', error_code: 'E1', duration_ms: 12.5 },
    attributes: { a: [1, { b: MARKER }], c: null },
    unknown_field: MARKER,
  },
  { timestamp: 0, level: 17, service: MARKER, message: '', heart_rate: 61 },
];

const plain = new Packr({ useRecords: false });
const inline = new Packr({ useRecords: true });
const drift = new SchemaDrift();
const decoder = createRecordDecoder(schema, drift);
const watch = { observedAt: NOW, clockOffsetMs: 0, service: undefined, deviceId: 'watch-1' };
const service = { observedAt: NOW, clockOffsetMs: 3, service: 'payment', deviceId: undefined };

interface Rejections {
  readonly rejected: readonly { readonly reason: string }[];
}

function reasons(read: unknown): readonly string[] {
  return (read as Rejections).rejected.map(({ reason }) => reason);
}

/** The payload of a data frame or of a group. */
export const msgpackRecords: FuzzTarget = {
  seeds: [
    new Uint8Array(plain.pack(RECORDS)),
    new Uint8Array(inline.pack(RECORDS)),
    new Uint8Array(inline.pack([RECORDS[0], RECORDS[0], RECORDS[0]])),
    encodeRecords([]),
  ],
  mutators: msgpackMutators(RECORD_KEYS),
  dictionary: RECORD_KEYS,
  texts: reasons,
  run(input) {
    const read = decoder.decode(input, watch);
    // What is stored reads back as what was accepted.
    const stored = decoder.wire(read.payload);
    assert.equal(stored.length, read.records.length);
    assert.deepEqual(decoder.wire(encodeRecords(stored)), stored);
    decoder.decode(input, service);
    for (const { body } of read.rejected) decoder.decode(alone(body), watch);
    return { ...read, payload: undefined };
  },
};

/** A rejected record, kept for a replay, as a payload of its own. */
function alone(body: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(0x91), body]);
}

export const jsonRecords: FuzzTarget = {
  seeds: [JSON.stringify(RECORDS), JSON.stringify(RECORDS[1]), '[]'],
  mutators: jsonMutators(RECORD_KEYS),
  dictionary: [...RECORD_KEYS, 'ERROR', '"level":', '2026-01-01T12:00:00Z'],
  texts: reasons,
  run: (input) => readBody(input, 'json'),
};

export const ndjsonRecords: FuzzTarget = {
  seeds: [RECORDS.map((record) => JSON.stringify(record)).join('\n'), '\r\n\r\n{}', MARKER],
  mutators: jsonMutators(RECORD_KEYS),
  dictionary: [...RECORD_KEYS, '\n', '\r\n'],
  texts: reasons,
  run: (input) => readBody(input, 'ndjson'),
};

function readBody(input: Uint8Array, format: 'json' | 'ndjson'): unknown {
  const read = readJsonRecords(input, { format, observedAt: NOW, schema, drift });
  readJsonRecords(input, { format, observedAt: NOW, schema, service: 'payment' });
  const counts = read.groups.map(({ payload, count }) => {
    assert.equal(decoder.wire(payload).length, count);
    return count;
  });
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    read.accepted,
  );
  return { ...read, groups: counts };
}
