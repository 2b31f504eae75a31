import { mayHold, nameSet, type NameSet } from '../query/name-set.ts';
import type { ParsedQuery } from '../query/parse-query.ts';
import type { Block, BlockEntry } from '../store.ts';

/** What an index can tell about a query's condition. */
export type IndexName = 'timestamp' | 'observed_at' | 'service' | 'level' | 'user_id' | 'subject';

/** A block's metadata: all that a query reads of blocks that cannot match. */
export interface BlockSummary {
  readonly lastLsn: number;
  readonly count: number;
  /** How many payload chunks the block has. */
  readonly chunks: number;
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
  readonly minObserved: number;
  readonly maxObserved: number;
  /** Records by level, in the order of LEVEL_NAMES. */
  readonly levels: readonly number[];
  readonly subjects: NameSet;
  readonly services: NameSet;
  readonly users: NameSet;
}

export function summarise(block: Block, chunks: number): BlockSummary {
  const levels = [0, 0, 0, 0, 0];
  const ranges = { ...EMPTY };
  const subjects = new Set<string>();
  const services = new Set<string>();
  const users = new Set<string>();
  for (const entry of block.entries) {
    widen(ranges, entry);
    addLevels(levels, entry.levels);
    subjects.add(entry.subject);
    for (const service of entry.services) services.add(service);
    for (const user of entry.users) users.add(user);
  }
  return {
    ...ranges,
    chunks,
    levels,
    subjects: nameSet(subjects),
    services: nameSet(services),
    users: nameSet(users),
  };
}

function widen(ranges: { -readonly [Key in keyof typeof EMPTY]: number }, entry: BlockEntry): void {
  ranges.count += entry.count;
  if (entry.lsn > ranges.lastLsn) ranges.lastLsn = entry.lsn;
  if (entry.minTimestamp < ranges.minTimestamp) ranges.minTimestamp = entry.minTimestamp;
  if (entry.maxTimestamp > ranges.maxTimestamp) ranges.maxTimestamp = entry.maxTimestamp;
  if (entry.observedAt < ranges.minObserved) ranges.minObserved = entry.observedAt;
  if (entry.observedAt > ranges.maxObserved) ranges.maxObserved = entry.observedAt;
}

function addLevels(sums: number[], levels: BlockEntry['levels']): void {
  for (let level = 0; level < levels.length; level += 1) {
    sums[level] = (sums[level] ?? 0) + (levels[level] ?? 0);
  }
}

/** Whether the block certainly holds no match; every index that says so is added to `pruned`. */
export function summaryExcludes(
  summary: BlockSummary,
  query: ParsedQuery,
  pruned: Set<IndexName>,
): boolean {
  const reasons = [
    query.level !== undefined && summary.levels.slice(query.level).every((n) => n === 0) && 'level',
    query.service !== undefined && !mayHold(summary.services, query.service) && 'service',
    query.user !== undefined && !mayHold(summary.users, query.user) && 'user_id',
    query.subject !== undefined && !mayHold(summary.subjects, query.subject) && 'subject',
  ] as const;
  let excluded = false;
  for (const reason of reasons) {
    if (reason === false) continue;
    pruned.add(reason);
    excluded = true;
  }
  return excluded;
}

/** Whether times on the query's axis from `min` to `max` lie outside what the rest of the query wants. */
export function timeExcludes(min: number, max: number, query: ParsedQuery): boolean {
  if (max < query.from || min >= query.to) return true;
  if (query.after === undefined) return false;
  return query.ascending ? max < query.after.timestamp : min > query.after.timestamp;
}

const EMPTY = {
  lastLsn: 0,
  count: 0,
  minTimestamp: Infinity,
  maxTimestamp: -Infinity,
  minObserved: Infinity,
  maxObserved: -Infinity,
};

/** The index that a query's axis prunes by. */
export function axisIndex({ byIngest }: Pick<ParsedQuery, 'byIngest'>): IndexName {
  return byIngest ? 'observed_at' : 'timestamp';
}
