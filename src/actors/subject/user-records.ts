import type { LogRecord } from '../../model/record.ts';
import { isSubjectName, subjectId } from '../../model/subject.ts';
import type { DetectorSet } from '../../streams/detector.ts';
import type { UserRecords } from '../messages.ts';

/**
 * Groups the records that some user detector would want by user. A user gets
 * an actor with the first such record, not with the first record that names it.
 */
export function groupByUser(
  set: DetectorSet,
  records: readonly LogRecord[],
  entry: { readonly lsn: number; readonly observedAt: number },
): ReadonlyMap<string, UserRecords> | undefined {
  const wants = interestIn(set);
  if (wants === undefined) return undefined;
  let users: Map<string, { records: LogRecord[]; triggers: string[] }> | undefined;
  for (let ordinal = 0; ordinal < records.length; ordinal += 1) {
    const record = records[ordinal] as LogRecord;
    const { userId } = record;
    if (userId === undefined || !wants(record) || !isSubjectName(userId)) continue;
    users ??= new Map();
    let group = users.get(userId);
    if (group === undefined) users.set(userId, (group = { records: [], triggers: [] }));
    group.records.push(record);
    group.triggers.push(`${entry.lsn}.${ordinal}`);
  }
  if (users === undefined) return undefined;
  const { lsn, observedAt } = entry;
  return new Map([...users].map(([user, group]) => [user, { lsn, observedAt, ...group }]));
}

type Wants = (record: LogRecord) => boolean;

const cache = new WeakMap<DetectorSet, { readonly wants: Wants | undefined }>();

/** What any user detector selects in its initial state. */
function interestIn(set: DetectorSet): Wants | undefined {
  let found = cache.get(set);
  if (found === undefined) {
    const selectors = set
      .forKind('user')
      .map((detector) => detector.selector(detector.initial(subjectId('user', 'any'))))
      .filter((selector) => selector !== undefined);
    const wants = (record: LogRecord): boolean => selectors.some((selector) => selector(record));
    found = { wants: selectors.length === 0 ? undefined : wants };
    cache.set(set, found);
  }
  return found.wants;
}
