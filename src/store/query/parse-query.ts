import { WatchkeeperError } from '../../core/errors.ts';
import type { Filter } from '../../core/filter/filter.ts';
import { LEVEL_NAMES } from '../../model/level.ts';
import { parseSubjectId, subjectKind, subjectName, type SubjectId } from '../../model/subject.ts';
import type { RecordLookup, RecordQuery } from '../store.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { pageLimit } from './page-limit.ts';
import type { Position } from './position.ts';

/** A valid query, its defaults filled in. */
export interface ParsedQuery {
  readonly from: number;
  readonly to: number;
  /** Whether range and order go by `observed_at` instead of event time. */
  readonly byIngest: boolean;
  /** Whose entries; a user subject is turned into `user`. */
  readonly subject: SubjectId | undefined;
  readonly service: string | undefined;
  readonly user: string | undefined;
  /** Least level as an index into LEVEL_NAMES; `undefined` when every level matches. */
  readonly level: number | undefined;
  /** In lower case. */
  readonly text: string | undefined;
  readonly where: Filter | undefined;
  readonly lookup: RecordLookup | undefined;
  readonly ascending: boolean;
  readonly limit: number;
  readonly after: Position | undefined;
  /** Nothing can match, so nothing need be read. */
  readonly empty: boolean;
}

/** @throws WatchkeeperError QUERY_INVALID */
export function parseQuery(query: RecordQuery): ParsedQuery {
  const from = time('from', query.from);
  const to = time('to', query.to);
  const subject = parseSubject(query.subject);
  const byUser = subject !== undefined && subjectKind(subject) === 'user';
  const wearer = byUser ? subjectName(subject) : undefined;
  const ascending = parseOrder(query.order) === 'asc';
  const byIngest = parseAxis(query.axis) === 'ingest';
  const listing = listingOf(ascending, byIngest);
  return {
    byIngest,
    from,
    to,
    subject: byUser ? undefined : subject,
    service: query.service,
    user: wearer ?? query.user,
    level: parseLevel(query.level),
    text: query.text === undefined || query.text === '' ? undefined : query.text.toLowerCase(),
    where: query.where?.kind === 'all' ? undefined : query.where,
    lookup: query.lookup,
    ascending,
    limit: pageLimit(query.limit),
    after: query.cursor === undefined ? undefined : parseCursor(query.cursor, listing),
    empty: from >= to || (byUser && query.user !== undefined && query.user !== wearer),
  };
}

/** The cursor of a page that ends at `position`. */
export function recordCursor(
  position: Position,
  { ascending, byIngest }: Pick<ParsedQuery, 'ascending' | 'byIngest'>,
): string {
  return encodeCursor(listingOf(ascending, byIngest), [
    position.timestamp,
    position.lsn,
    position.ordinal,
  ]);
}

function parseCursor(cursor: string, listing: string): Position {
  const shape = ['number', 'number', 'number'] as const;
  const [timestamp, lsn, ordinal] = decodeCursor(cursor, { listing, shape });
  return { timestamp, lsn, ordinal };
}

function listingOf(ascending: boolean, byIngest: boolean): string {
  return `records.${byIngest ? 'ingest.' : ''}${ascending ? 'asc' : 'desc'}`;
}

function parseAxis(axis: RecordQuery['axis'] = 'event'): 'event' | 'ingest' {
  if (axis !== 'event' && axis !== 'ingest') {
    throw invalid(`Expected the axis event or ingest, got "${String(axis)}".`);
  }
  return axis;
}

/** The range of a JavaScript Date; beyond it no record can be. */
const FARTHEST = 8.64e15;

function time(name: 'from' | 'to', value: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw invalid(`Expected "${name}" in ms since the epoch, got "${value}".`);
  }
  return Math.min(Math.max(value, -FARTHEST), FARTHEST);
}

function parseSubject(subject: string | undefined): SubjectId | undefined {
  if (subject === undefined) return undefined;
  const parsed = parseSubjectId(subject);
  if (parsed === undefined) {
    throw invalid(
      `Expected a subject such as "device:watch-1", got ${JSON.stringify(subject.slice(0, 140))}.`,
    );
  }
  return parsed;
}

function parseLevel(level: RecordQuery['level']): number | undefined {
  if (level === undefined) return undefined;
  const index = LEVEL_NAMES.indexOf(level);
  if (index < 0) {
    throw invalid(`Expected a level of ${LEVEL_NAMES.join(', ')}, got "${level}".`);
  }
  return index === 0 ? undefined : index;
}

function parseOrder(order: RecordQuery['order'] = 'desc'): 'asc' | 'desc' {
  if (order !== 'asc' && order !== 'desc') {
    throw invalid(`Expected the order asc or desc, got "${String(order)}".`);
  }
  return order;
}

function invalid(message: string): WatchkeeperError {
  return new WatchkeeperError('QUERY_INVALID', message);
}
