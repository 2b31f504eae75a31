import { ENTRY, type NewEntry } from '../model/journal-entry.ts';
import { subjectId, type SubjectId } from '../model/subject.ts';
import type { SiteState } from './site-state.ts';

/**
 * Who has no actor of their own share one of this name: services beyond the
 * number that is told apart, whose records it stores and no detector looks
 * at; and senders of frames that are not enrolled, whose frames end in the
 * dead letters.
 */
export const OVERFLOW = 'watchkeeper:overflow';

/** Who folds what is imported, of whichever service: it only stores, and no detector looks at it. */
export const IMPORTER = 'watchkeeper:import';

const IMPORTING = subjectId('service', IMPORTER);
const OVERFLOW_SERVICE = subjectId('service', OVERFLOW);
const UNENROLLED = subjectId('device', OVERFLOW);

/** Whose actor folds an entry; to be asked in lsn order, since a service that is new becomes known by it. */
export function subjectOf(
  { kind, subject }: Pick<NewEntry, 'kind' | 'subject'>,
  state: Pick<SiteState, 'admitsService' | 'registry'>,
): SubjectId {
  if (kind === ENTRY.imported) return IMPORTING;
  if (kind === ENTRY.group) {
    return state.admitsService(subject) ? (`service:${subject}` as SubjectId) : OVERFLOW_SERVICE;
  }
  return state.registry.has(subject) ? (`device:${subject}` as SubjectId) : UNENROLLED;
}
