import { WatchkeeperError } from '../../core/errors.ts';
import { atOnce, type Steps } from '../../core/steps.ts';
import { ERROR_LEVEL } from '../../model/level.ts';
import type { LogRecord } from '../../model/record.ts';
import type { Redactor } from '../../security/redaction/redactor.ts';
import { FUTURE_MS, PAST_MS } from './decode.ts';
import { RecordDraft } from './draft.ts';
import { OTHERS, type SchemaDrift } from './drift.ts';
import { encodeRecords, toWireRecord } from './encode.ts';
import { fieldIndex, UNKNOWN_FIELD } from './fields.ts';
import { MAX_JSON_KEYS } from './json-scan.ts';
import { NOT_JSON, parseJson, parseJsonSteps } from './json-steps.ts';
import { MSGPACK_LIMITS, REFUSED } from './msgpack-limits.ts';
import type { LogSchema } from './schema.ts';

export { encodeRecords } from './encode.ts';

const JSON_LIMITS = Object.freeze({
  depth: 64,
  /** Records of one body. */
  records: 10_000,
  /** Bytes of one group's payload, so that it fits a frame. */
  payloadBytes: 48 * 1024,
});

export interface ReadOptions {
  /** Site-clock ms at which the body was taken in. */
  readonly observedAt: number;
  readonly schema: LogSchema;
  /** Told how records differ from the schema. */
  readonly drift?: SchemaDrift | undefined;
  /** Takes out of records what may not be stored. */
  readonly redactor?: Pick<Redactor, 'record'> | undefined;
  /** The service that the sender's token names: fills in, and refuses records of any other. */
  readonly service?: string;
}

export interface ReadJsonOptions extends ReadOptions {
  readonly format: 'json' | 'ndjson';
}

/** Records of one service, in the order they came. */
interface RecordGroup {
  readonly service: string;
  /** Msgpack, at most 48 KiB. */
  readonly payload: Uint8Array;
  readonly count: number;
  /** Whether it holds an error or a vital sign (class 1). */
  readonly urgent: boolean;
}

export interface ReadRecords {
  readonly groups: readonly RecordGroup[];
  readonly accepted: number;
  /** `index` counts the items of the array, or the lines that are not blank, from 0. */
  readonly rejected: readonly {
    readonly index: number;
    readonly pointer: string;
    readonly reason: string;
  }[];
  /** How many timestamps lie outside the accepted range and will be moved into it. */
  readonly clamped: number;
}

/**
 * Reads the records of an HTTP body: a JSON array, one JSON object, or one
 * object per line. A record that does not fit the schema is rejected alone.
 * @throws PAYLOAD_INVALID when the body is not JSON, TOO_LARGE when it holds too many records.
 */
export function readJsonRecords(body: Uint8Array, options: ReadJsonOptions): ReadRecords {
  return readRecords(readJsonItems(body, options.format), options);
}

/**
 * The items of a JSON or NDJSON body, not looked into yet; a line that is not JSON stands for itself as a symbol.
 * @throws PAYLOAD_INVALID when the body is not JSON, TOO_LARGE when it holds too many records.
 */
export function readJsonItems(body: Uint8Array, format: 'json' | 'ndjson'): readonly unknown[] {
  return atOnce(readJsonItemSteps(body, format));
}

/** As {@link readJsonItems}, in steps, so that a large body holds nobody up. */
export function readJsonItemSteps(
  body: Uint8Array,
  format: 'json' | 'ndjson',
): Steps<readonly unknown[]> {
  return format === 'json' ? parseArray(body) : parseLines(body);
}

/** Reads items as records, maps with the names of the log schema. One that does not fit it is rejected alone. */
export function readRecords(items: readonly unknown[], options: ReadOptions): ReadRecords {
  const read = new Reading(options);
  items.forEach((item, index) => {
    read.add(item, index);
  });
  for (const _part of read.parts());
  return read.result();
}

/** Records of one service, and which item each of them was. */
type Part = readonly [records: LogRecord[], indexes: number[]];

/** Records that are read in one turn of the event loop. */
const TURN_RECORDS = 256;
/** Records that are encoded at once. */
const PART_RECORDS = 1_024;

/**
 * As {@link readRecords}, with a turn for others after every few hundred
 * records, so that a body of thousands holds nobody up.
 * @param turn resolves in a later turn of the event loop
 */
export async function readRecordsInTurns(
  items: readonly unknown[],
  options: ReadOptions,
  turn: () => Promise<unknown>,
): Promise<ReadRecords> {
  const read = new Reading(options);
  for (let index = 0; index < items.length; index += 1) {
    if (index > 0 && index % TURN_RECORDS === 0) await turn();
    read.add(items[index], index);
  }
  for (const _part of read.parts()) if (items.length > TURN_RECORDS) await turn();
  return read.result();
}

class Reading {
  readonly #options: ReadOptions;
  readonly #draft: RecordDraft;
  readonly #byService = new Map<string, Part>();
  readonly #rejected: { index: number; pointer: string; reason: string }[] = [];
  readonly #groups: RecordGroup[] = [];
  #clamped = 0;

  constructor(options: ReadOptions) {
    this.#options = options;
    this.#draft = new RecordDraft(options.schema);
  }

  add(item: unknown, index: number): void {
    const read = this.#read(item);
    const record = read === undefined ? undefined : this.#redacted(read);
    if (record === undefined) {
      const { pointer, reason } = this.#draft.problem ?? { pointer: '', reason: 'Expected a map.' };
      this.#rejected.push({ index, pointer, reason });
      return;
    }
    const { observedAt } = this.#options;
    const { timestamp } = record;
    if (timestamp < observedAt - PAST_MS || timestamp > observedAt + FUTURE_MS) this.#clamped += 1;
    const part = this.#byService.get(record.service);
    if (part === undefined) this.#byService.set(record.service, [[record], [index]]);
    else {
      part[0].push(record);
      part[1].push(index);
    }
  }

  #redacted(record: LogRecord): LogRecord {
    return this.#options.redactor?.record(record) ?? record;
  }

  /** Encodes what was added, some records with each step. */
  *parts(): Iterable<void> {
    for (const [service, part] of this.#byService) {
      for (const piece of cut(part, PART_RECORDS)) {
        this.#encode(service, piece);
        yield;
      }
    }
  }

  result(): ReadRecords {
    const groups = this.#groups;
    const accepted = groups.reduce((sum, { count }) => sum + count, 0);
    const rejected = this.#rejected.sort((one, other) => one.index - other.index);
    return { groups, accepted, rejected, clamped: this.#clamped };
  }

  #read(item: unknown): LogRecord | undefined {
    const draft = this.#draft;
    draft.begin();
    if (item === NOT_JSON) {
      draft.refuse(
        '',
        `Expected JSON of at most ${JSON_LIMITS.depth} levels and ${MAX_JSON_KEYS} keys in one map.`,
      );
      return undefined;
    }
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
    for (const name of Object.keys(item)) {
      const value = (item as Readonly<Record<string, unknown>>)[name];
      const field = fieldIndex(name);
      if (field !== UNKNOWN_FIELD) draft.set(field, value);
      else draft.setUnknown(name, isAllowedKey(name) ? value : REFUSED);
    }
    const { service, drift, observedAt } = this.#options;
    const record = draft.finish(service, undefined);
    drift?.see(draft.service ?? OTHERS, draft, observedAt);
    if (record === undefined || service === undefined || record.service === service) return record;
    draft.refuse('/service', 'The token may not post for this service.');
    return undefined;
  }

  /** Cuts a group until each part fits; what does not fit alone is rejected. */
  #encode(service: string, part: Part): void {
    const [records, indexes] = part;
    const payload = encodeRecords(records.map(toWireRecord));
    if (payload.length <= JSON_LIMITS.payloadBytes) {
      const urgent = records.some(isUrgent);
      this.#groups.push({ service, payload, count: records.length, urgent });
      return;
    }
    const [index = 0] = indexes;
    if (records.length === 1) {
      const reason = `Larger than ${JSON_LIMITS.payloadBytes / 1024} KiB.`;
      this.#rejected.push({ index, pointer: '', reason });
      return;
    }
    const pieces = Math.ceil(payload.length / JSON_LIMITS.payloadBytes);
    const size = Math.ceil(records.length / Math.min(pieces, records.length));
    for (const piece of cut(part, size)) this.#encode(service, piece);
  }
}

function cut(part: Part, size: number): readonly Part[] {
  const [records, indexes] = part;
  if (records.length <= size) return [part];
  return Array.from({ length: Math.ceil(records.length / size) }, (_, index) => {
    const from = index * size;
    return [records.slice(from, from + size), indexes.slice(from, from + size)] as const;
  });
}

function isUrgent(record: LogRecord): boolean {
  return record.level >= ERROR_LEVEL || record.vitals !== undefined;
}

function isAllowedKey(name: string): boolean {
  return name !== '__proto__' && name.length <= MSGPACK_LIMITS.keys;
}

function* parseArray(body: Uint8Array): Steps<readonly unknown[]> {
  const parsed = yield* parseJsonSteps(body, JSON_LIMITS.depth);
  if (parsed === NOT_JSON) {
    throw new WatchkeeperError(
      'PAYLOAD_INVALID',
      `The body is not valid JSON, nests deeper than ${JSON_LIMITS.depth} levels, or has more than ${MAX_JSON_KEYS} keys in one map.`,
      { fix: 'Send a JSON array of records, or NDJSON with its content type.' },
    );
  }
  return limited(Array.isArray(parsed) ? parsed : [parsed]);
}

/** Bytes of lines that are parsed in one step. */
const STEP_BYTES = 65_536;

function* parseLines(body: Uint8Array): Steps<readonly unknown[]> {
  const items: unknown[] = [];
  let since = 0;
  for (const line of ndjsonLines(body)) {
    if (line.length > STEP_BYTES) items.push(yield* parseJsonSteps(line, JSON_LIMITS.depth));
    else if (line.length > 0) items.push(parseJson(line, JSON_LIMITS.depth));
    if (items.length > JSON_LIMITS.records) return limited(items);
    const at = line.byteOffset - body.byteOffset;
    if (at - since < STEP_BYTES) continue;
    yield;
    since = at;
  }
  return items;
}

/** The lines of an NDJSON body; blank ones are empty. */
function* ndjsonLines(body: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < body.length;) {
    const newline = body.indexOf(0x0a, from);
    const end = newline < 0 ? body.length : newline;
    const line = body.subarray(from, end);
    yield isBlank(line) ? body.subarray(from, from) : line;
    from = end + 1;
  }
}

/** The lines of an NDJSON body that {@link readJsonItems} makes an item of, as they came. */
export function* ndjsonItemLines(body: Uint8Array): Generator<Uint8Array> {
  for (const line of ndjsonLines(body)) if (line.length > 0) yield line;
}

function limited(items: readonly unknown[]): readonly unknown[] {
  if (items.length <= JSON_LIMITS.records) return items;
  throw new WatchkeeperError(
    'TOO_LARGE',
    `Expected at most ${JSON_LIMITS.records} records in one body.`,
    { fix: 'Send smaller batches.' },
  );
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}
