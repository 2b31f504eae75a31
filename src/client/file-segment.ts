import { open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { WatchkeeperError } from '../core/errors.ts';
import { decodeChange } from './buffer-codec.ts';
import type { BufferChange } from './buffer-store.ts';

/** Writes all of `bytes` at `position`. Tests fail it on purpose. */
export type SegmentWrite = (
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
) => Promise<void>;

// A segment: magic (4), checksum of the next 8 bytes (4), number (4), how much
// of the segment before it counts (4); then entries: length (4), checksum (4), body.
const MAGIC = 0x574b4231;
export const SEGMENT_HEADER = 16;
const ENTRY_HEADER = 8;

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(10, '0')}.wkb`);
}

/** The number in a segment's file name, `undefined` for other files. */
export function segmentNumber(name: string): number | undefined {
  return /^\d{10}\.wkb$/.test(name) ? Number(name.slice(0, 10)) : undefined;
}

/** One entry, whose checksum is bound to the segment, so that bytes of another file never pass for it. */
export function encodeEntry(body: Uint8Array, number: number): Uint8Array {
  const entry = Buffer.alloc(ENTRY_HEADER + body.length);
  entry.writeUInt32BE(body.length, 0);
  entry.writeUInt32BE(crc32(body, number), 4);
  entry.set(body, ENTRY_HEADER);
  return entry;
}

export const writeAll: SegmentWrite = async (handle, bytes, position) => {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
};

/** Creates a segment with its header on it. */
export async function createSegment(
  path: string,
  { number, previousBytes }: { readonly number: number; readonly previousBytes: number },
  write: SegmentWrite,
): Promise<FileHandle> {
  const handle = await open(path, 'w', 0o600);
  try {
    const header = Buffer.alloc(SEGMENT_HEADER);
    header.writeUInt32BE(MAGIC, 0);
    header.writeUInt32BE(number, 8);
    header.writeUInt32BE(previousBytes, 12);
    header.writeUInt32BE(crc32(header.subarray(8)), 4);
    await write(handle, header, 0);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export interface SegmentContents {
  readonly previousBytes: number;
  readonly changes: readonly BufferChange[];
  /** Bytes of the header and the whole entries. */
  readonly bytes: number;
}

/**
 * Reads a segment. Of the newest one (`limit` undefined) an incomplete last
 * entry is cut off; of an older one exactly `limit` bytes count. `undefined`
 * when it is the newest and was cut off within its header.
 * @throws WatchkeeperError STORE_CORRUPT
 */
export async function readSegment(
  path: string,
  number: number,
  limit?: number,
): Promise<SegmentContents | undefined> {
  const file = await readFile(path);
  if (file.length <= SEGMENT_HEADER && limit === undefined && !isHeader(file, number)) {
    return undefined;
  }
  if (!isHeader(file, number) || file.length < (limit ?? 0)) throw damaged(path);
  const data = file.subarray(0, limit);
  const changes: BufferChange[] = [];
  let at = SEGMENT_HEADER;
  for (let end = entryEnd(data, at, number); end !== undefined; end = entryEnd(data, at, number)) {
    changes.push(decodeChange(data.subarray(at + ENTRY_HEADER, end)));
    at = end;
  }
  if (at < data.length) {
    if (limit !== undefined || holdsEntry(data, at + 1, number)) throw damaged(path);
    await truncate(path, at);
  }
  return { previousBytes: file.readUInt32BE(12), changes, bytes: at };
}

function isHeader(file: Buffer, number: number): boolean {
  return (
    file.length >= SEGMENT_HEADER &&
    file.readUInt32BE(0) === MAGIC &&
    file.readUInt32BE(4) === crc32(file.subarray(8, SEGMENT_HEADER)) &&
    file.readUInt32BE(8) === number
  );
}

/** Where the entry at `at` ends, `undefined` when there is no whole one. */
function entryEnd(data: Buffer, at: number, number: number): number | undefined {
  if (at + ENTRY_HEADER > data.length) return undefined;
  const end = at + ENTRY_HEADER + data.readUInt32BE(at);
  if (end > data.length || end === at + ENTRY_HEADER) return undefined;
  const sum = crc32(data.subarray(at + ENTRY_HEADER, end), number);
  return sum === data.readUInt32BE(at + 4) ? end : undefined;
}

/** Whether a whole entry lies behind `from`: then what is before it is damage and not the end. */
function holdsEntry(data: Buffer, from: number, number: number): boolean {
  for (let at = from; at + ENTRY_HEADER < data.length; at += 1) {
    if (entryEnd(data, at, number) !== undefined) return true;
  }
  return false;
}

function damaged(path: string): WatchkeeperError {
  return new WatchkeeperError('STORE_CORRUPT', `The watch buffer "${path}" is damaged.`, {
    fix: 'Move its folder away; the watch then goes on with an empty buffer and the next epoch.',
  });
}
