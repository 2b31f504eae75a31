import { WatchkeeperError } from '../../core/errors.ts';
import type { LogRecord } from '../../model/record.ts';
import type { WireRecord } from '../../model/wire-record.ts';
import type { Redactor } from '../../security/redaction/redactor.ts';
import { RecordDraft } from './draft.ts';
import type { RecordProblem } from './draft.ts';
import type { SchemaDrift } from './drift.ts';
import { encodeRecords, toWireRecord } from './encode.ts';
import { UNKNOWN_FIELD } from './fields.ts';
import type { Key } from './key-table.ts';
import { REFUSED } from './msgpack-limits.ts';
import { ownBytes } from './own-bytes.ts';
import { MsgpackReader } from './msgpack-reader.ts';
import { STORED_SCHEMA, type LogSchema } from './schema.ts';

/** Event times are kept within [observedAt − PAST_MS, observedAt + FUTURE_MS], but for what is imported. */
export const PAST_MS = 7 * 24 * 60 * 60 * 1000;
export const FUTURE_MS = 5 * 60 * 1000;

/** What else would not be a date of four digits: the years 0 to 9999. */
const FIRST_MS = Date.UTC(0, 0) - 1900 * 365.2425 * 86_400_000;
const LAST_MS = Date.UTC(9999, 11, 31);

/** Service that drift is counted under when the sender names none. */
const WATCH = 'watch';

/** Records of one payload. */
const MAX_RECORDS = 8192;

export interface DecodeContext {
  /** Site-clock ms at which the gateway took the payload in. */
  readonly observedAt: number;
  /** Added to every timestamp: how far the sender's clock is behind. 0 keeps the payload as received. */
  readonly clockOffsetMs: number;
  /** Service of records that name none; `undefined` for a watch's frame. */
  readonly service: string | undefined;
  /** The watch that sent the frame; takes the place of what records claim. */
  readonly deviceId: string | undefined;
  /** Leaves event times as they are, however old. @default false */
  readonly keepsTime?: boolean;
}

interface RejectedRecord extends RecordProblem {
  /** Index in the payload as received. */
  readonly ordinal: number;
  /** The record as received; with its keys where its structure stood before it in the payload. */
  readonly body: Uint8Array;
}

interface DecodedBatch {
  /** What was accepted, in order; a record's ordinal is its index here and in `payload`. */
  readonly records: readonly LogRecord[];
  /** The bytes to store: as received, or re-encoded when reading them back would not give `records`. */
  readonly payload: Uint8Array;
  readonly rejected: readonly RejectedRecord[];
  /** How many timestamps were moved into the accepted range. */
  readonly clamped: number;
  /** Least and greatest event time in ms; `observedAt` when no record was accepted. */
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
  /** Counts of DEBUG, INFO, WARNING, ERROR, CRITICAL. */
  readonly levels: readonly [number, number, number, number, number];
  /** In order of first appearance. */
  readonly services: readonly string[];
  readonly users: readonly string[];
}

export interface RecordDecoder {
  /** @throws PAYLOAD_INVALID when it is not one msgpack array, whole and within limits. */
  decode(payload: Uint8Array, context: DecodeContext): DecodedBatch;
  /** Reads a stored payload back. @throws PAYLOAD_INVALID */
  wire(payload: Uint8Array): readonly WireRecord[];
}

/**
 * A decoder for the schema as it is when it is asked (`LiveSchema` changes).
 * `drift` is told of watches' records, and `redactor` takes out of them what
 * may not be stored; a service's records passed both at the gateway. What is
 * stored is read back whatever the schema says by now. It keeps scratch memory
 * (about 100 KiB), so share it; it is not re-entrant.
 */
export function createRecordDecoder(
  schema: LogSchema,
  drift?: SchemaDrift,
  redactor?: Pick<Redactor, 'record'>,
): RecordDecoder {
  const reader = new MsgpackReader();
  const stored = new RecordDraft(STORED_SCHEMA);
  let inForce = schema.rules;
  let draft = new RecordDraft(schema);
  return {
    decode(payload, context) {
      if (inForce !== schema.rules) {
        inForce = schema.rules;
        draft = new RecordDraft(schema);
      }
      return decodeBatch({ reader, draft, drift, redactor }, payload, context);
    },
    wire(payload) {
      const context = { observedAt: 0, clockOffsetMs: 0, service: undefined, deviceId: undefined };
      const records: WireRecord[] = [];
      const count = begin(reader, payload);
      for (let index = 0; index < count; index += 1) {
        const record = readRecord({ reader, draft: stored }, context);
        if (record !== undefined) records.push(toWireRecord(record));
      }
      finish(reader);
      return records;
    },
  };
}

interface Tools {
  readonly reader: MsgpackReader;
  readonly draft: RecordDraft;
  readonly drift?: SchemaDrift | undefined;
  readonly redactor?: Pick<Redactor, 'record'> | undefined;
}

function decodeBatch(tools: Tools, payload: Uint8Array, context: DecodeContext): DecodedBatch {
  const { reader, draft } = tools;
  const count = begin(reader, payload);
  draft.isFilled = false;
  // A service's records were looked at by the gateway, before what is unknown in them became attributes.
  const watched = context.deviceId === undefined ? undefined : tools.drift;
  const tally = new Tally(context);
  const records: LogRecord[] = [];
  const rejected: Mutable<RejectedRecord>[] = [];
  for (let ordinal = 0; ordinal < count; ordinal += 1) {
    const from = payload.byteLength - reader.left;
    const read = readRecord(tools, context);
    watched?.see(draft.service ?? context.service ?? WATCH, draft, context.observedAt);
    if (read !== undefined) records.push(tally.add(read));
    else if (draft.problem !== undefined) {
      rejected.push({
        ordinal,
        ...draft.problem,
        body: payload.subarray(from, payload.byteLength - reader.left),
      });
    }
  }
  finish(reader);
  if (rejected.length > 0 && reader.hasStructures) standAlone(rejected, reader, payload);
  const isChanged = tally.clamped > 0 || context.clockOffsetMs !== 0 || rejected.length > 0;
  return {
    records,
    payload: isChanged || draft.isFilled ? encodeRecords(records.map(toWireRecord)) : payload,
    rejected,
    clamped: tally.clamped,
    minTimestamp: records.length === 0 ? context.observedAt : tally.min,
    maxTimestamp: records.length === 0 ? context.observedAt : tally.max,
    levels: tally.levels,
    services: tally.services.names,
    users: tally.users.names,
  };
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

function standAlone(
  rejected: readonly Mutable<RejectedRecord>[],
  reader: MsgpackReader,
  payload: Uint8Array,
): void {
  const own = ownBytes(reader, payload, new Set(rejected.map(({ ordinal }) => ordinal)));
  for (const each of rejected) each.body = own.get(each.ordinal) ?? each.body;
}

/** Moves timestamps into range and counts what the store's index needs, in one pass. */
class Tally {
  readonly #offset: number;
  readonly #earliest: number;
  readonly #latest: number;
  clamped = 0;
  min = Infinity;
  max = -Infinity;
  readonly levels: [number, number, number, number, number] = [0, 0, 0, 0, 0];
  readonly services = new Names();
  readonly users = new Names();

  constructor({ observedAt, clockOffsetMs, keepsTime = false }: DecodeContext) {
    this.#offset = clockOffsetMs;
    this.#earliest = keepsTime ? FIRST_MS : observedAt - PAST_MS;
    this.#latest = keepsTime ? LAST_MS : observedAt + FUTURE_MS;
  }

  add(read: LogRecord): LogRecord {
    const moved = read.timestamp + this.#offset;
    const timestamp = Math.min(Math.max(moved, this.#earliest), this.#latest);
    if (timestamp !== moved) this.clamped += 1;
    if (timestamp < this.min) this.min = timestamp;
    if (timestamp > this.max) this.max = timestamp;
    const place = read.level === 18 ? 4 : (read.level - 5) >> 2;
    this.levels[place as 0] += 1;
    this.services.add(read.service);
    if (read.userId !== undefined) this.users.add(read.userId);
    return timestamp === read.timestamp ? read : { ...read, timestamp };
  }
}

/** Distinct names in order of first appearance; most batches have one or none. */
class Names {
  readonly names: string[] = [];
  #last: string | undefined;
  #set: Set<string> | undefined;

  add(name: string): void {
    if (name === this.#last) return;
    this.#last = name;
    if (this.#set === undefined) {
      if (this.names.includes(name)) return;
      if (this.names.length === FEW) this.#set = new Set(this.names);
    }
    if (this.#set?.has(name) === true) return;
    this.#set?.add(name);
    this.names.push(name);
  }
}

/** Up to this many names, looking through the list is faster than a set. */
const FEW = 8;

function begin(reader: MsgpackReader, payload: Uint8Array): number {
  reader.load(payload);
  const count = reader.arrayHeader();
  if (count < 0) throw invalid('Expected a msgpack array of records.');
  if (count > MAX_RECORDS) throw invalid(`Expected at most ${MAX_RECORDS} records in one payload.`);
  return count;
}

function finish(reader: MsgpackReader): void {
  if (reader.left > 0) throw invalid('The payload goes on after its array of records.');
}

function readRecord(
  { reader, draft, redactor }: Tools,
  context: DecodeContext,
): LogRecord | undefined {
  draft.begin();
  const entries = reader.mapHeader();
  if (entries < 0) {
    reader.value();
    draft.refuse('', 'Expected a map.');
    return undefined;
  }
  const { structure } = reader;
  for (let index = 0; index < entries; index += 1) {
    const key = structure === undefined ? reader.key() : (structure[index] as Key);
    const value = key.isRepeated ? reader.repeated() : reader.value();
    if (key.field !== UNKNOWN_FIELD) draft.set(key.field, value);
    else draft.setUnknown(key.name, key.isAllowed ? value : REFUSED);
  }
  const record = draft.finish(context.service, context.deviceId);
  // A service's records were redacted by the gateway, before it sealed them.
  if (record === undefined || context.deviceId === undefined) return record;
  const kept = redactor?.record(record) ?? record;
  // So that what is stored is what was kept.
  if (kept !== record) draft.isFilled = true;
  return kept;
}

function invalid(message: string): WatchkeeperError {
  return new WatchkeeperError('PAYLOAD_INVALID', message);
}
