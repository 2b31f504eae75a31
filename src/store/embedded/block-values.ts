import type { Key } from 'lmdb';
import type { Block } from '../store.ts';
import { summarise, type BlockSummary } from './block-summary.ts';
import { descending, finish, newValue, sealObject, type StoreKey } from './checked.ts';
import { entryColumns, type Place } from './entry-index.ts';
import type { Table, TableName } from './environment.ts';
import { WIDTH_CLASSES, widthClassOf } from './width-class.ts';

/** Payloads are stored in values of about this size: small enough that one entry costs little to read. */
const CHUNK_BYTES = 64 * 1024;

export type BlockKey = readonly [day: string, firstLsn: number, partition: number];

export interface BlockValues {
  readonly summary: BlockSummary;
  readonly summaryValue: Buffer;
  readonly entriesValue: Buffer;
  readonly chunks: readonly Buffer[];
}

/** Bytes of all values of a block together. */
export function sizeOf({ summaryValue, entriesValue, chunks }: BlockValues): number {
  const rest = summaryValue.length + entriesValue.length;
  return chunks.reduce((sum, chunk) => sum + chunk.length, rest);
}

export function blockKey(block: Block): BlockKey {
  return [block.day, block.firstLsn, block.partition];
}

/** Lays a block out as the values that are stored for it. */
export function blockValues(block: Block): BlockValues {
  const key = blockKey(block);
  const { places, sizes } = placePayloads(block);
  const summary = summarise(block, sizes.length);
  return {
    summary,
    summaryValue: sealObject(key, summary),
    entriesValue: sealObject(key, entryColumns(block, places)),
    chunks: fillChunks(block, places, sizes),
  };
}

type Times = Pick<BlockSummary, 'minTimestamp' | 'maxTimestamp' | 'minObserved' | 'maxObserved'>;

/** The keys under which `times` holds a block: by least time, and by greatest with the newest first, on either axis. */
export function timeKeys(key: BlockKey, times: Times): readonly StoreKey[] {
  const own = widthClassOf(times.maxTimestamp - times.minTimestamp);
  return [...eventKeys(key, times, own), ...observedKeys(key, times)];
}

/** The keys under which a block may ever have been held: before blocks were held apart by their span there was one class. */
export function everyTimeKey(key: BlockKey, times: Times): readonly StoreKey[] {
  const events = WIDTH_CLASSES.flatMap((_, index) => eventKeys(key, times, index));
  return [...events, ...observedKeys(key, times)];
}

function eventKeys(key: BlockKey, times: Times, widthClass: number): readonly StoreKey[] {
  const { minTimestamp, maxTimestamp } = times;
  const { least, greatest } = WIDTH_CLASSES[widthClass] as (typeof WIDTH_CLASSES)[number];
  return [
    [least, minTimestamp, maxTimestamp, ...key],
    [greatest, descending(maxTimestamp), minTimestamp, ...key],
  ];
}

function observedKeys(key: BlockKey, { minObserved, maxObserved }: Times): readonly StoreKey[] {
  return [
    ['[', minObserved, maxObserved, ...key],
    [']', descending(maxObserved), minObserved, ...key],
  ];
}

export function chunkKey(key: BlockKey, chunk: number): StoreKey {
  return [...key, chunk];
}

export function writeBlock(
  tables: Readonly<Record<TableName, Table>>,
  key: BlockKey,
  values: BlockValues,
): void {
  void tables.blocks.put(key as unknown as Key, values.summaryValue);
  void tables.entries.put(key as unknown as Key, values.entriesValue);
  values.chunks.forEach((chunk, index) => {
    void tables.payloads.put(chunkKey(key, index) as Key, chunk);
  });
  writeTimes(tables, key, values.summary);
}

export function writeTimes(
  tables: Pick<Readonly<Record<TableName, Table>>, 'times'>,
  key: BlockKey,
  summary: BlockSummary,
): void {
  for (const timeKey of timeKeys(key, summary)) {
    void tables.times.put(timeKey as Key, finish(timeKey, newValue(0).value));
  }
}

function placePayloads(block: Block): {
  readonly places: readonly Place[];
  readonly sizes: readonly number[];
} {
  const sizes: number[] = [];
  let size = 0;
  const places = block.entries.map((entry): Place => {
    const { length } = entry.payload;
    if (size > 0 && size + length > CHUNK_BYTES) {
      sizes.push(size);
      size = 0;
    }
    const place = { chunk: sizes.length, offset: size, length };
    size += length;
    return place;
  });
  sizes.push(size);
  return { places, sizes };
}

function fillChunks(
  block: Block,
  places: readonly Place[],
  sizes: readonly number[],
): readonly Buffer[] {
  const chunks = sizes.map((size) => newValue(size));
  block.entries.forEach((entry, index) => {
    const place = places[index];
    if (place !== undefined) chunks[place.chunk]?.body.set(entry.payload, place.offset);
  });
  return chunks.map(({ value }, index) => finish(chunkKey(blockKey(block), index), value));
}
