import { Packr } from 'msgpackr';
import { WatchkeeperError } from '../core/errors.ts';
import type { FrameClass } from '../model/frame.ts';
import { concatBytes } from '../security/bytes.ts';

/** A record by the names of the log schema; `timestamp` in ms or as RFC 3339 text. */
export type WatchRecord = Readonly<Record<string, unknown>>;

/** Records that travel in one frame. */
export interface Batch {
  /** Grows with every batch of this client. */
  readonly id: number;
  readonly frameClass: FrameClass;
  /** msgpack array of record maps. */
  readonly payload: Uint8Array;
  readonly records: number;
  /** Time in ms of the oldest and newest record. */
  readonly from: number;
  readonly to: number;
}

export type Payload = Pick<Batch, 'payload' | 'records' | 'from' | 'to'>;

/** Largest payload of one batch. */
const BATCH_BYTES = 48 * 1024;

const HEADER = 3;
/** The site refuses payloads with more. */
const MAX_RECORDS = 8_192;
const packr = new Packr({ useRecords: false, variableMapSize: true });

/**
 * Encodes records to as few payloads of at most 48 KiB as their order allows.
 * `now` is the time of records without one.
 * @throws WatchkeeperError RECORD_INVALID when one record alone is larger.
 */
export function encodeBatches(records: readonly WatchRecord[], now: number): readonly Payload[] {
  const payloads: Payload[] = [];
  let open = emptyDraft();
  for (const record of records) {
    const bytes = new Uint8Array(packr.pack(withoutUndefined(record)));
    if (bytes.length > BATCH_BYTES - HEADER) throw tooLarge(bytes.length);
    if (open.size + bytes.length > BATCH_BYTES || open.parts.length === MAX_RECORDS) {
      payloads.push(close(open));
      open = emptyDraft();
    }
    const at = timeOf(record, now);
    open.parts.push(bytes);
    open.size += bytes.length;
    open.from = Math.min(open.from, at);
    open.to = Math.max(open.to, at);
  }
  if (open.parts.length > 0) payloads.push(close(open));
  return payloads;
}

interface Draft {
  readonly parts: Uint8Array[];
  size: number;
  from: number;
  to: number;
}

function emptyDraft(): Draft {
  return { parts: [], size: HEADER, from: Number.MAX_SAFE_INTEGER, to: 0 };
}

function close({ parts, from, to }: Draft): Payload {
  const count = parts.length;
  const header = count < 16 ? [0x90 | count] : [0xdc, count >> 8, count & 255];
  return { payload: concatBytes(Uint8Array.from(header), ...parts), records: count, from, to };
}

function withoutUndefined(record: WatchRecord): WatchRecord {
  const entries = Object.entries(record);
  return entries.every(([, value]) => value !== undefined)
    ? record
    : Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function timeOf({ timestamp }: WatchRecord, now: number): number {
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : timestamp;
  return typeof at === 'number' && at >= 0 && at <= Number.MAX_SAFE_INTEGER ? Math.floor(at) : now;
}

function tooLarge(size: number): WatchkeeperError {
  return new WatchkeeperError(
    'RECORD_INVALID',
    `A record of ${size} bytes does not fit in a batch of ${BATCH_BYTES}.`,
    { fix: 'Shorten its message or attributes.' },
  );
}
