import { LEVEL_NAMES, type LevelName } from '../../model/level.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { Block, BlockEntry, DecodePayload, WireRecord } from '../store.ts';
import type { Stored } from './connection.ts';
import { escapeKeys, unescapeKeys } from './field-names.ts';

/** A record as an operator reads it in a MongoDB shell. Times are whole milliseconds. */
export type RecordDocument = Omit<WireRecord, 'timestamp' | 'attributes'> & {
  readonly timestamp: Date;
  readonly attributes?: unknown;
  readonly subject: SubjectId;
  readonly observed_at: Date;
  readonly lsn: number;
  readonly ordinal: number;
};

/** A block, or a piece of one that is too large for one document. */
export interface BucketDocument extends Stored {
  readonly site: string;
  /** The same for all pieces of a block. */
  readonly block: string;
  readonly piece: number;
  readonly partition: number;
  readonly first_lsn: number;
  readonly last_lsn: number;
  readonly min_timestamp: Date;
  readonly max_timestamp: Date;
  readonly min_observed_at: Date;
  readonly max_observed_at: Date;
  readonly count: number;
  readonly level_counts: Readonly<Partial<Record<LevelName, number>>>;
  readonly levels: readonly LevelName[];
  readonly subjects: readonly SubjectId[];
  readonly services: readonly string[];
  readonly users: readonly string[];
  readonly records: readonly RecordDocument[];
}

/** About 5 ms of work to write or read, so that no turn of the event loop is long. */
const MOST_RECORDS = 2_000;
/** Half of what a document may hold, by an estimate that is never too low. */
const MOST_BYTES = 8 * 1024 * 1024;
/** A one-byte msgpack number in an array takes 11 bytes and more as BSON. */
const BSON_GROWTH = 12;
const RECORD_BYTES = 300;

export function blockId(site: string, block: Block): string {
  return `${site}/${block.day}/${block.firstLsn}/${block.partition}`;
}

/** Lays a block out as documents: one, unless it is too large. */
export function* buckets(
  site: string,
  block: Block,
  decode: DecodePayload,
): Generator<BucketDocument> {
  let records: RecordDocument[] = [];
  let bytes = 0;
  let piece = 0;
  for (const entry of block.entries) {
    const each = RECORD_BYTES + (entry.payload.length / Math.max(entry.count, 1)) * BSON_GROWTH;
    for (const record of documents(entry, decode)) {
      if (records.length === MOST_RECORDS || (records.length > 0 && bytes + each > MOST_BYTES)) {
        yield bucket({ site, block, piece }, records);
        piece += 1;
        records = [];
        bytes = 0;
      }
      records.push(record);
      bytes += each;
    }
  }
  yield bucket({ site, block, piece }, records);
}

export function recordOf(document: RecordDocument): WireRecord {
  const { timestamp, subject: _, observed_at: __, lsn: ___, ordinal: ____, ...fields } = document;
  const { attributes, ...rest } = fields;
  return {
    timestamp: timestamp.getTime(),
    ...rest,
    ...(attributes !== undefined && {
      attributes: unescapeKeys(attributes) as Readonly<Record<string, unknown>>,
    }),
  };
}

function documents(entry: BlockEntry, decode: DecodePayload): RecordDocument[] {
  const observed = new Date(entry.observedAt);
  return decode(entry.payload).map((record, ordinal) => {
    const { timestamp, attributes, ...fields } = record;
    return {
      timestamp: new Date(timestamp),
      ...fields,
      ...(attributes !== undefined && { attributes: escapeKeys(attributes) }),
      ...templateOf(entry, ordinal),
      subject: entry.subject,
      observed_at: observed,
      lsn: entry.lsn,
      ordinal,
    };
  });
}

function templateOf({ templates }: BlockEntry, ordinal: number): { template_id?: string } {
  const id = templates?.[ordinal];
  return id === undefined || id === '' ? {} : { template_id: id };
}

function bucket(
  { site, block, piece }: { readonly site: string; readonly block: Block; readonly piece: number },
  records: readonly RecordDocument[],
): BucketDocument {
  const id = blockId(site, block);
  const times = rangeOf(records.map(({ timestamp }) => timestamp.getTime()));
  const observed = rangeOf(records.map(({ observed_at }) => observed_at.getTime()));
  const counts = levelCounts(records);
  return {
    _id: `${id}/${piece}`,
    site,
    block: id,
    piece,
    partition: block.partition,
    first_lsn: block.firstLsn,
    last_lsn: block.entries.at(-1)?.lsn ?? block.firstLsn,
    min_timestamp: new Date(times.min),
    max_timestamp: new Date(times.max),
    min_observed_at: new Date(observed.min),
    max_observed_at: new Date(observed.max),
    count: records.length,
    level_counts: counts,
    levels: LEVEL_NAMES.filter((name) => counts[name] !== undefined),
    subjects: unique(records.map(({ subject }) => subject)),
    services: unique(records.map(({ service }) => service)),
    users: unique(records.flatMap(({ user_id }) => (user_id === undefined ? [] : [user_id]))),
    records,
  };
}

function rangeOf(values: readonly number[]): { readonly min: number; readonly max: number } {
  return values.reduce(
    ({ min, max }, value) => ({ min: Math.min(min, value), max: Math.max(max, value) }),
    { min: values[0] ?? 0, max: values[0] ?? 0 },
  );
}

function levelCounts(records: readonly RecordDocument[]): Partial<Record<LevelName, number>> {
  const counts: Partial<Record<LevelName, number>> = {};
  for (const { level } of records) counts[level] = (counts[level] ?? 0) + 1;
  return counts;
}

function unique<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}
