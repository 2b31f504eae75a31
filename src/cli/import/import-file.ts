import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import * as zlib from 'node:zlib';
import { WatchkeeperError } from '../../core/errors.ts';
import type { CliContext } from '../context.ts';
import { TAIL_BYTES } from '../../wire/byte-lines.ts';
import { zstdStream } from '../../wire/inputs/zstd/zstd-stream.ts';
import { checkOf, fileSource, HEAD_BYTES, sourceName } from '../../wire/file-source.ts';

/** A file to import. */
export interface ImportFile {
  readonly path: string;
  /** How the site remembers it, whatever it is called. */
  readonly source: string;
  /** Bytes on the disk; `undefined` for stdin. */
  readonly size: number | undefined;
  /** When it was last written, ms: settles the year of lines that name none. */
  readonly modifiedAt: number;
  /** Its bytes, unpacked, from a position on. `onRead` is told how many bytes were read from the disk. */
  read(from: number, onRead: (bytes: number) => void): AsyncIterable<Buffer>;
  /** Whether the bytes before a position are the ones that were imported. */
  matches(position: { readonly next: number; readonly check: string }): Promise<boolean>;
}

const CHUNK_BYTES = 512 * 1024;

/** @throws WatchkeeperError USAGE when it cannot be read */
export async function openImportFile(path: string, context: CliContext): Promise<ImportFile> {
  if (path === '-') return standardInput(context);
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const stat = await handle.stat({ bigint: true });
    if (!stat.isFile()) throw new Error('it is no file');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.subarray(0, bytesRead);
    const packing = packingOf(head);
    const read = reader(path, packing);
    return {
      path,
      source:
        (packing === undefined ? fileSource(stat, head) : undefined) ?? sourceName(stat, head),
      size: Number(stat.size),
      modifiedAt: Number(stat.mtimeMs),
      read,
      matches: (position) => matches(read, position),
    };
  } catch (cause) {
    if (cause instanceof WatchkeeperError) throw cause;
    throw new WatchkeeperError('USAGE', `Cannot read the file "${path}".`, { cause });
  } finally {
    await handle?.close();
  }
}

type Read = ImportFile['read'];
type Unpack = () => NodeJS.ReadWriteStream;

/** How a file is packed, by its first bytes. */
function packingOf(head: Buffer): Unpack | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return () => zlib.createGunzip();
  if (head.length < 4 || head.readUInt32LE(0) !== ZSTD_MAGIC) return undefined;
  const { createZstdDecompress } = zlib as { readonly createZstdDecompress?: Unpack };
  return createZstdDecompress ?? zstdStream;
}

const ZSTD_MAGIC = 0xfd2fb528;

function reader(path: string, unpack: Unpack | undefined): Read {
  return (from, onRead) => {
    const start = unpack === undefined ? from : 0;
    const raw = createReadStream(path, { start, highWaterMark: CHUNK_BYTES });
    onRead(start);
    raw.on('data', (chunk) => {
      onRead(chunk.length);
    });
    if (unpack === undefined) return raw as AsyncIterable<Buffer>;
    const unpacked = unpack();
    raw.on('error', (error) => {
      unpacked.emit('error', error);
    });
    return skip(raw.pipe(unpacked) as unknown as AsyncIterable<Buffer>, from);
  };
}

async function* skip(chunks: AsyncIterable<Buffer>, bytes: number): AsyncIterable<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

async function matches(
  read: Read,
  { next, check }: { readonly next: number; readonly check: string },
): Promise<boolean> {
  // No check: it was taken where one could not be had.
  if (next === 0 || check === '') return true;
  const from = Math.max(0, next - TAIL_BYTES);
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of read(from, () => undefined)) {
    tail = Buffer.concat([tail, chunk.subarray(0, next - from - tail.length)]);
    if (tail.length === next - from) return checkOf(tail) === check;
  }
  return false;
}

/** What comes in once: it cannot be read again, and is nobody's continuation. */
function standardInput({ stdin, clock }: CliContext): ImportFile {
  return {
    path: '-',
    source: `stdin:${randomUUID()}`,
    size: undefined,
    modifiedAt: clock.now(),
    read: (_, onRead) => counted(stdin, onRead),
    matches: () => Promise.resolve(true),
  };
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onRead: (bytes: number) => void,
): AsyncIterable<Buffer> {
  for await (const chunk of chunks) {
    onRead(chunk.length);
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}
