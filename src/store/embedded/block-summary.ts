import { LEVEL_NAMES } from '../../model/level.ts';
import { mayHold, nameSet, type NameSet } from '../query/name-set.ts';
import type { ParsedQuery } from '../query/parse-query.ts';
import type { Block } from '../store.ts';

/** What an index can tell about a query's condition. */
export type IndexName = 'timestamp' | 'service' | 'level' | 'user_id' | 'subject';

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
  const levels = LEVEL_NAMES.map(() => 0);
  const summary = { ...EMPTY, chunks, levels };
  const subjects = new Set<string>();
  const services = new Set<string>();
  const users = new Set<string>();
  for (const entry of block.entries) {
    summary.lastLsn = Math.max(summary.lastLsn, entry.lsn);
    summary.count += entry.count;
    summary.minTimestamp = Math.min(summary.minTimestamp, entry.minTimestamp);
    summary.maxTimestamp = Math.max(summary.maxTimestamp, entry.maxTimestamp);
    summary.minObserved = Math.min(summary.minObserved, entry.observedAt);
    summary.maxObserved = Math.max(summary.maxObserved, entry.observedAt);
    for (let level = 0; level < levels.length; level += 1) {
      levels[level] = (levels[level] ?? 0) + (entry.levels[level] ?? 0);
    }
    subjects.add(entry.subject);
    for (const service of entry.services) services.add(service);
    for (const user of entry.users) users.add(user);
  }
  return {
    ...summary,
    subjects: nameSet(subjects),
    services: nameSet(services),
    users: nameSet(users),
  };
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

/** Whether event times from `min` to `max` lie outside what the rest of the query wants. */
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
