import type { Alert } from '../../../model/alert.ts';
import { subjectName } from '../../../model/subject.ts';
import { formatType } from './format.ts';

/** Least time between two announcements. */
export const ANNOUNCE_EVERY_MS = 5000;

/** Which open alerts a screen reader should hear of: CRITICAL and HIGH that were not there before. */
export function newUrgent(
  known: ReadonlyMap<string, Alert>,
  changes: readonly Alert[],
): readonly Alert[] {
  return changes.filter(
    (alert) =>
      alert.state === 'open' &&
      (alert.severity === 'critical' || alert.severity === 'high') &&
      !known.has(alert.id),
  );
}

/** One sentence for several alerts. */
export function announcement(alerts: readonly Alert[]): string {
  const [first] = alerts;
  if (first === undefined) return '';
  const text = `New ${first.severity} alert: ${formatType(first.type)}, ${subjectName(first.subject)}.`;
  return alerts.length === 1 ? text : `${text} And ${alerts.length - 1} more.`;
}
