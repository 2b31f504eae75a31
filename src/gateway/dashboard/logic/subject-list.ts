import type { SubjectSummary } from '../../site-api.ts';
import { subjectName } from '../../../model/subject.ts';

const NAMES = new Intl.Collator('en', { numeric: true });

/** Subjects whose name holds `query`, those with open alerts first, then online ones, then by name. */
export function listSubjects(
  subjects: readonly SubjectSummary[],
  query: string,
): readonly SubjectSummary[] {
  const wanted = query.trim().toLowerCase();
  return subjects
    .filter((subject) => subjectName(subject.id).toLowerCase().includes(wanted))
    .sort(
      (left, right) =>
        Number(right.openAlerts > 0) - Number(left.openAlerts > 0) ||
        Number(right.online) - Number(left.online) ||
        NAMES.compare(subjectName(left.id), subjectName(right.id)),
    );
}
