import { WatchkeeperError } from '../../../core/errors.ts';
import { inflateBody } from '../inflate.ts';
import { MsgpackCursor } from './msgpack-cursor.ts';

/** One event of a message. */
export interface ForwardEntry {
  /** Event time in ms. */
  readonly time: number | undefined;
  /** `undefined` when it is not a map. */
  readonly record: Readonly<Record<string, unknown>> | undefined;
  /** As it came. */
  raw(): Uint8Array;
}

/** Where an event lies. */
interface Place {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly end: number;
}

interface PlacedEntry extends ForwardEntry {
  readonly place: Place;
}

/** One for all: a function of its own for each event would cost more than a small one. */
function rawOf(this: PlacedEntry): Uint8Array {
  const { bytes, from, end } = this.place;
  return bytes.subarray(from, end);
}

function entryAt(
  place: Place,
  time?: number | undefined,
  record?: ForwardEntry['record'],
): PlacedEntry {
  return { place, time, record, raw: rawOf };
}

/** A message of the forward protocol, version 1, in any of its modes. */
export interface ForwardMessage {
  readonly tag: string;
  /** Wants to be confirmed under this name. */
  readonly chunk: string | undefined;
  readonly entries: Iterable<ForwardEntry>;
}

export interface ForwardLimits {
  /** Bytes of one message, and of its entries after decompression. */
  readonly maxMessageBytes: number;
  /** Events of one message. */
  readonly maxEvents: number;
}

const LONGEST_CHUNK = 256;
/** Values of one byte that are kept together. */
const LONGEST_RUN = 1_024;

/**
 * Reads a message: Message, Forward, PackedForward or CompressedPackedForward
 * mode. The entries are checked to be whole before the first is given, and
 * built one by one.
 * See https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1.
 * @throws WatchkeeperError FRAME_MALFORMED | FRAME_TOO_LARGE | PAYLOAD_INVALID
 */
export function readForwardMessage(bytes: Uint8Array, limits: ForwardLimits): ForwardMessage {
  const cursor = new MsgpackCursor(bytes);
  const length = cursor.arrayHeader();
  if (length < 2 || length > 4) throw malformed();
  const tag = cursor.text();
  if (tag === undefined) throw malformed();
  const from = cursor.at;
  const count = cursor.arrayHeader();
  if (count >= 0) {
    if (length > 3) throw malformed();
    const entries = entriesWithin(bytes, cursor, { count, limits });
    return { tag, entries, chunk: readOptions(cursor, length === 3).chunk };
  }
  const packed = cursor.bytes();
  if (packed !== undefined) {
    if (length > 3) throw malformed();
    const { chunk, isGzip } = readOptions(cursor, length === 3);
    const plain = isGzip
      ? inflateBody(packed, 'gzip', { maxBytes: limits.maxMessageBytes })
      : packed;
    return { tag, chunk, entries: packedEntries(plain, limits) };
  }
  if (length < 3) throw malformed();
  cursor.skip();
  cursor.skip();
  const end = cursor.at;
  cursor.at = from;
  const entry = readEntry(cursor, { bytes, from, end });
  cursor.at = end;
  return { tag, chunk: readOptions(cursor, length === 4).chunk, entries: [entry] };
}

interface Options {
  readonly chunk: string | undefined;
  readonly isGzip: boolean;
}

function readOptions(cursor: MsgpackCursor, isGiven: boolean): Options {
  const options = (isGiven ? cursor.value() : undefined) as Record<string, unknown> | undefined;
  const { chunk, compressed } = options ?? {};
  if (compressed !== undefined && compressed !== 'gzip' && compressed !== 'text') {
    throw new WatchkeeperError('FRAME_MALFORMED', 'Only gzip is understood as compression.', {
      fix: 'Set the compression of the sender to gzip or none.',
    });
  }
  const isNamed = typeof chunk === 'string' && chunk.length <= LONGEST_CHUNK;
  return { chunk: isNamed ? chunk : undefined, isGzip: compressed === 'gzip' };
}

interface Counted {
  readonly count: number;
  readonly limits: ForwardLimits;
}

/** Entries in an array: passes over them, and gives what builds them. */
function entriesWithin(
  bytes: Uint8Array,
  cursor: MsgpackCursor,
  { count, limits }: Counted,
): Iterable<ForwardEntry> {
  if (count > limits.maxEvents) throw tooMany(limits);
  const from = cursor.at;
  for (let index = 0; index < count; index += 1) cursor.skip();
  return readEntries(bytes.subarray(from, cursor.at));
}

function packedEntries(bytes: Uint8Array, limits: ForwardLimits): Iterable<ForwardEntry> {
  const cursor = new MsgpackCursor(bytes);
  for (let count = 0; !cursor.isAtEnd; count += 1) {
    if (count >= limits.maxEvents) throw tooMany(limits);
    cursor.skip();
  }
  return readEntries(bytes);
}

function* readEntries(bytes: Uint8Array): Iterable<ForwardEntry> {
  const cursor = new MsgpackCursor(bytes);
  while (!cursor.isAtEnd) {
    const from = cursor.at;
    cursor.skip();
    if (cursor.at - from === 1) passSingles(cursor, from);
    const end = cursor.at;
    cursor.at = from;
    // Known to be whole, so that no cursor of its own is needed to stay within it.
    const entry = readPair(cursor, { bytes, from, end });
    cursor.at = end;
    yield entry;
  }
}

/** Values of one byte hold nothing, so a run of them is kept as one: a record for each would be sixty times as large. */
function passSingles(cursor: MsgpackCursor, from: number): void {
  while (!cursor.isAtEnd && cursor.at - from < LONGEST_RUN) {
    const { at } = cursor;
    cursor.skip();
    if (cursor.at - at === 1) continue;
    cursor.at = at;
    return;
  }
}

/** `[time, record]`; with metadata `[[time, metadata], record]`, as Fluent Bit may write it. */
function readPair(cursor: MsgpackCursor, place: Place): ForwardEntry {
  if (cursor.arrayHeader() !== 2) return entryAt(place);
  return readEntry(cursor, place);
}

function readEntry(cursor: MsgpackCursor, place: Place): ForwardEntry {
  try {
    const time = readTime(cursor);
    const record = cursor.value();
    const isMap = typeof record === 'object' && record !== null && !Array.isArray(record);
    return entryAt(place, time, isMap ? (record as Record<string, unknown>) : undefined);
  } catch {
    // Well-formed, but nested too deep or with too many values: this one event alone is refused.
    return entryAt(place);
  }
}

function readTime(cursor: MsgpackCursor): number | undefined {
  const inner = cursor.arrayHeader();
  if (inner < 0) return cursor.time();
  if (inner === 0) return undefined;
  const time = cursor.time();
  for (let index = 1; index < inner; index += 1) cursor.skip();
  return time;
}

function tooMany({ maxEvents }: ForwardLimits): WatchkeeperError {
  return new WatchkeeperError('FRAME_TOO_LARGE', `A message holds more than ${maxEvents} events.`, {
    fix: 'Let the sender write smaller chunks.',
  });
}

function malformed(): WatchkeeperError {
  return new WatchkeeperError('FRAME_MALFORMED', 'A message is not of the forward protocol.');
}
