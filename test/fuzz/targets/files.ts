import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { encodeChange } from '../../../src/client/buffer-codec.ts';
import { encodeEntry, readSegment, SEGMENT_HEADER } from '../../../src/client/file-segment.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import { readSessionPart, writeSessionPart } from '../../../src/gateway/device/session-part.ts';
import { TokenStore } from '../../../src/security/tokens.ts';
import { openObject, sealObject } from '../../../src/store/embedded/checked.ts';
import {
  sealGroup,
  writeEntry,
  GROUP_HEADER_BYTES,
} from '../../../src/store/segment-journal/group.ts';
import type { JournalFs } from '../../../src/store/segment-journal/journal-fs.ts';
import {
  encodeCloseMark,
  encodeSegmentHeader,
  identityOf,
  CLOSE_MARK_AT,
  SEGMENT_HEADER_BYTES,
  segmentName,
} from '../../../src/store/segment-journal/layout.ts';
import { readRange } from '../../../src/store/segment-journal/reader.ts';
import { recover } from '../../../src/store/segment-journal/recovery.ts';
import { jsonMutators } from '../mutators/json.ts';
import { msgpackMutators } from '../mutators/msgpack.ts';
import { MARKER, type FuzzTarget } from '../target.ts';

const ID = Uint8Array.from({ length: 16 }, (_, index) => 17 * index + 3);
const IDENTITY = identityOf(ID);

function journalGroup(firstLsn: number, bodies: readonly string[]): Buffer {
  const buffer = Buffer.alloc(1_024);
  let end = GROUP_HEADER_BYTES;
  for (const text of bodies) {
    const entry = { kind: 3, subject: 'service:pay', observedAt: 5, body: Buffer.from(text) };
    end = writeEntry(buffer, end, entry as never);
  }
  const group = buffer.subarray(0, end);
  sealGroup(group, { count: bodies.length, firstLsn }, IDENTITY);
  return Buffer.from(group);
}

const SEGMENT = Buffer.concat([
  encodeSegmentHeader(ID),
  journalGroup(1, [MARKER, 'two']),
  journalGroup(3, ['three']),
  Buffer.alloc(64),
]);

function closedSegment(): Buffer {
  const copy = Buffer.from(SEGMENT);
  copy.set(encodeCloseMark({ lastLsn: 3, end: SEGMENT.length - 64 }), CLOSE_MARK_AT);
  return copy;
}

/** One segment file in memory. */
function oneFile(bytes: Buffer): JournalFs {
  const done = <Value>(value: Value): Promise<Value> => Promise.resolve(value);
  const missing = (): Promise<never> =>
    Promise.reject(Object.assign(new Error('No such file.'), { code: 'ENOENT' }));
  return {
    open: () => done(3),
    close: () => done(undefined),
    read: (_, into, position) => done(bytes.copy(into, 0, position, position + into.length)),
    write: (_, from, position) => done(bytes.set(from, position)).then(() => from.length),
    fdatasync: () => done(undefined),
    syncFolder: () => done(undefined),
    rename: () => done(undefined),
    unlink: missing,
    readdir: () => done([segmentName(1)]),
    size: () => done(bytes.length),
    makeFolder: () => done(undefined),
    freeBytes: () => done(2 ** 40),
  };
}

async function recovered(fs: JournalFs): Promise<{ lsns: readonly number[]; end: number }> {
  const options = { fs, folder: 'journal', logger: silentLogger, newId: () => ID };
  const { identity, segments, lastLsn, end } = await recover(options);
  const lsns: number[] = [];
  for await (const batch of readRange(
    { ...options, identity, segments },
    { from: 1, upTo: lastLsn },
  )) {
    lsns.push(...batch.map(({ lsn }) => lsn));
  }
  return { lsns, end };
}

/** The bytes of the newest segment, as a disk gives them back after a crash. */
export const journalSegment: FuzzTarget = {
  seeds: [SEGMENT, closedSegment()],
  dictionary: [IDENTITY.mark, 'WKJ', new Uint8Array(64)],
  async run(input) {
    const fs = oneFile(Buffer.from(input));
    const first = await recovered(fs);
    assert.deepEqual(
      first.lsns,
      Array.from({ length: first.lsns.length }, (_, index) => index + 1),
    );
    // What recovery cut off stays cut off, and nothing that it kept goes.
    assert.deepEqual(await recovered(fs), first);
    return first;
  },
  repair: repairSegment,
};

/** Header and groups get checksums that are right. */
function repairSegment(input: Uint8Array): Uint8Array {
  const copy = Buffer.from(input);
  if (copy.length < SEGMENT_HEADER_BYTES) return input;
  copy.set(SEGMENT.subarray(0, CLOSE_MARK_AT), 0);
  for (let at = SEGMENT_HEADER_BYTES; at + GROUP_HEADER_BYTES <= copy.length;) {
    const at12 = copy.readUInt32BE(at + 12);
    const length = Math.min(Math.max(at12, GROUP_HEADER_BYTES), copy.length - at);
    const group = copy.subarray(at, at + length);
    if (group.compare(IDENTITY.mark, 0, 8, 0, 8) !== 0) break;
    group.writeUInt32BE(length, 12);
    group.writeUInt32BE(crc32(group.subarray(12), IDENTITY.seed), 8);
    at += length;
  }
  return new Uint8Array(copy);
}

export const sessionPart: FuzzTarget = {
  seeds: [
    writeSessionPart([
      { device: 'watch-7', epoch: 3, urgent: 5, bulk: 9, seal: 2, signedAt: 1e12 },
      { device: MARKER, epoch: 1, urgent: 0, bulk: 0, seal: -1, signedAt: 0 },
    ]),
  ],
  run(input) {
    const rows = readSessionPart(input);
    assert.deepEqual(readSessionPart(writeSessionPart(rows.filter(isPlain))), rows.filter(isPlain));
    return rows;
  },
};

/** A row whose id is valid UTF-8 comes back as it was. */
function isPlain({ device }: { readonly device: string }): boolean {
  return !device.includes('\ufffd');
}

const KEY = ['d', 1, 2] as const;

/** A value of the embedded store: what the checksum does not vouch for is refused. */
export const storeValue: FuzzTarget = {
  seeds: [sealObject(KEY, { count: 3, levels: [1, 2], names: [MARKER], set: new Set([1]) })],
  mutators: msgpackMutators(['count', 'levels', 'names', 'lsn', 'chunk', 'subjects']),
  run: (input) => openObject(KEY, Buffer.from(input)),
  repair(input) {
    const body = input.subarray(4);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body, crc32(KEY.join('/'))));
    return new Uint8Array(Buffer.concat([sum, body]));
  },
};

const folder = mkdtempSync(join(tmpdir(), 'wk-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const CHANGE = encodeChange({
  added: [{ id: 1, frameClass: 2, records: 1, from: 1, to: 2, payload: Buffer.from(MARKER) }],
  removed: [0],
  facts: {
    ...{ nextId: 2, highestEpoch: 1 },
    lanes: [
      { nextSeq: 1, flights: [{ seq: 1, frameClass: 0, id: 1 }] },
      {
        nextSeq: 4,
        flights: [{ seq: 3, frameClass: 2, gap: { dropped: [0, 0, 1, 0], from: 1, to: 2 } }],
      },
    ],
  },
} as never);

function bufferHeader(): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER);
  header.writeUInt32BE(0x574b4231, 0);
  header.writeUInt32BE(1, 8);
  header.writeUInt32BE(crc32(header.subarray(8)), 4);
  return header;
}

const BUFFER = Buffer.concat([bufferHeader(), encodeEntry(CHANGE, 1), encodeEntry(CHANGE, 1)]);

/** A file of a watch's buffer, as its disk gives it back. */
export const clientBuffer: FuzzTarget = {
  seeds: [BUFFER],
  async run(input) {
    const path = join(folder, 'buffer.wkb');
    writeFileSync(path, input);
    const first = await readSegment(path, 1);
    const again = await readSegment(path, 1);
    assert.deepEqual(again?.changes, first?.changes);
    return first;
  },
};

const tokens = {
  version: 1,
  tokens: [
    { id: 'abcd', role: 'admin', name: MARKER, hash: 'A'.repeat(43), created_at: 1 },
    {
      id: 'abce',
      role: 'service',
      name: 'b',
      service: 's',
      hash: 'A'.repeat(43),
      created_at: 1,
      expires_at: 9,
    },
  ],
};

export const tokenFile: FuzzTarget = {
  seeds: [JSON.stringify(tokens)],
  mutators: jsonMutators(['version', 'tokens', ...Object.keys(tokens.tokens[1] ?? {})]),
  quotes: true,
  run(input) {
    writeFileSync(join(folder, 'tokens.json'), input);
    const store = new TokenStore({ folder, clock: new SimulatedClock() });
    return store.list();
  },
};
