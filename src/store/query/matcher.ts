import { compileFilter, readWireRecord } from '../../core/filter/compile-filter.ts';
import { attributeName, isRecordField } from '../../core/filter/fields.ts';
import type { Filter } from '../../core/filter/filter.ts';
import { LEVEL_NAMES, type LevelName } from '../../model/level.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { RecordLookup, WireRecord } from '../store.ts';
import type { ParsedQuery } from './parse-query.ts';

/** What a record takes from the entry that it came in. */
interface EntryFields {
  readonly subject: SubjectId;
  readonly observedAt: number;
}

type RecordMatcher = (record: WireRecord, time: number, entry: EntryFields) => boolean;

/** Compiles the conditions on the record itself, at its time on the query's axis; its subject and the cursor are checked elsewhere. */
export function recordMatcher(query: ParsedQuery): RecordMatcher {
  const { from, to, service, user, text } = query;
  const levels = query.level === undefined ? undefined : levelsFrom(query.level);
  const where = query.where === undefined ? undefined : whereMatcher(query.where, query.lookup);
  return (record, time, entry) =>
    time >= from &&
    time < to &&
    (service === undefined || record.service === service) &&
    (user === undefined || record.user_id === user) &&
    (levels === undefined || levels.includes(record.level)) &&
    (text === undefined || record.message.toLowerCase().includes(text)) &&
    (where === undefined || where(record, entry));
}

/** A filter over records as the store gives them, with their subject, observed time and watch. */
function whereMatcher(
  filter: Filter,
  lookup: RecordLookup | undefined,
): (record: WireRecord, entry: EntryFields) => boolean {
  let entry: EntryFields = { subject: '' as SubjectId, observedAt: 0 };
  const matches = compileFilter<WireRecord>(filter, (record, field) => {
    if (field === 'subject') return subjectsOf(record, entry.subject);
    if (field === 'observed_at') return entry.observedAt;
    if (field === 'device_id' && record.device_id === undefined) return watchOf(entry.subject);
    const value = readWireRecord(record, field);
    if (value !== undefined || lookup === undefined || isRecordField(field)) return value;
    return lookup.attribute(record, entry.subject, attributeName(field));
  });
  return (record, of) => {
    entry = of;
    return matches(record);
  };
}

/** Whose entry it is, and the user whom it names. */
function subjectsOf({ user_id: user }: WireRecord, subject: SubjectId): string | readonly string[] {
  return user === undefined ? subject : [subject, `user:${user}`];
}

/** The watch that sent it; its records need not name it. */
function watchOf(subject: SubjectId): string | undefined {
  return subject.startsWith('device:') ? subject.slice('device:'.length) : undefined;
}

/** The levels at and above an index into LEVEL_NAMES. */
export function levelsFrom(index: number): readonly LevelName[] {
  return LEVEL_NAMES.slice(index);
}
