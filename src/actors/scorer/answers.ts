import type { ScoreRow } from '../../model/journal-entry.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { AnswerRow } from '../messages.ts';

/** Rows of one entry by subject, each with its place in the entry. */
export function answersBySubject(
  rows: readonly ScoreRow[],
): ReadonlyMap<SubjectId, readonly AnswerRow[]> {
  const answers = new Map<SubjectId, AnswerRow[]>();
  for (const [ordinal, row] of rows.entries()) {
    const subject = row.subject as SubjectId;
    const list = answers.get(subject);
    if (list === undefined) answers.set(subject, [{ ordinal, row }]);
    else list.push({ ordinal, row });
  }
  return answers;
}
