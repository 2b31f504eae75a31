import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false, variableMapSize: true });

export const pack = (value: unknown): Buffer => packr.pack(value) as Buffer;

/** EventTime as fixext8 of type 0. */
export function eventTime(ms: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes[0] = 0xd7;
  bytes.writeUInt32BE(Math.floor(ms / 1000), 2);
  bytes.writeUInt32BE((ms % 1000) * 1_000_000, 6);
  return bytes;
}

/** `[time, record]` with an EventTime. */
export function entry(ms: number, record: unknown): Buffer {
  return Buffer.concat([Buffer.of(0x92), eventTime(ms), pack(record)]);
}

export function messageMode(
  tag: string,
  ms: number,
  ...[record, options]: readonly [record: unknown, options?: unknown]
): Buffer {
  const head = Buffer.of(options === undefined ? 0x93 : 0x94);
  const tail = options === undefined ? [] : [pack(options)];
  return Buffer.concat([head, pack(tag), eventTime(ms), pack(record), ...tail]);
}

export function forwardMode(tag: string, entries: readonly Buffer[], options?: unknown): Buffer {
  const array = Buffer.alloc(3);
  array[0] = 0xdc;
  array.writeUInt16BE(entries.length, 1);
  const head = Buffer.of(options === undefined ? 0x92 : 0x93);
  const tail = options === undefined ? [] : [pack(options)];
  return Buffer.concat([head, pack(tag), array, ...entries, ...tail]);
}

/** The entries as one binary; `isGzip` compresses each half alone, as Fluentd appends to a chunk. */
export function packedMode(
  tag: string,
  entries: readonly Buffer[],
  { chunk, isGzip = false }: { readonly chunk?: string; readonly isGzip?: boolean } = {},
): Buffer {
  const half = entries.length >> 1;
  const parts = [entries.slice(0, half), entries.slice(half)].map((part) => Buffer.concat(part));
  const body = isGzip ? Buffer.concat(parts.map((part) => gzipSync(part))) : Buffer.concat(parts);
  const options = {
    size: entries.length,
    ...(chunk === undefined ? {} : { chunk }),
    ...(isGzip ? { compressed: 'gzip' } : {}),
  };
  return Buffer.concat([Buffer.of(0x93), pack(tag), pack(body), pack(options)]);
}

export function sha512(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
