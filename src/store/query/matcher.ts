import { LEVEL_NAMES, type LevelName } from '../../model/level.ts';
import type { WireRecord } from '../store.ts';
import type { ParsedQuery } from './parse-query.ts';

/** Compiles the conditions on the record itself, at its time on the query's axis; its subject and the cursor are checked elsewhere. */
export function recordMatcher(query: ParsedQuery): (record: WireRecord, time: number) => boolean {
  const { from, to, service, user, text } = query;
  const levels = query.level === undefined ? undefined : levelsFrom(query.level);
  return (record, time) =>
    time >= from &&
    time < to &&
    (service === undefined || record.service === service) &&
    (user === undefined || record.user_id === user) &&
    (levels === undefined || levels.includes(record.level)) &&
    (text === undefined || record.message.toLowerCase().includes(text));
}

/** The levels at and above an index into LEVEL_NAMES. */
export function levelsFrom(index: number): readonly LevelName[] {
  return LEVEL_NAMES.slice(index);
}
