import type { Alert, AlertState } from '../../../model/alert.ts';
import type { Severity } from '../../../model/severity.ts';
import { formatCount } from './format.ts';

/** From most to least urgent: the order in which people should look. */
export const BY_URGENCY: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** The inbox's tabs, in order. */
export const ALERT_TABS: readonly AlertState[] = ['open', 'acknowledged', 'resolved'];

/** Alerts of one state: the urgent first, then the newest; resolved ones by when they ended. */
export function inboxOf(alerts: Iterable<Alert>, state: AlertState): readonly Alert[] {
  const chosen = [...alerts].filter((alert) => alert.state === state);
  return chosen.sort(state === 'resolved' ? byResolution : byUrgency);
}

/** Open alerts per severity. */
export function openBySeverity(alerts: Iterable<Alert>): Readonly<Record<Severity, number>> {
  const counts: Record<Severity, number> = { low: 0, medium: 0, high: 0, critical: 0 };
  for (const alert of alerts) if (alert.state === 'open') counts[alert.severity] += 1;
  return counts;
}

/** The overview's sentence: what a person wants to know first. */
export function attentionSentence(open: number): string {
  if (open === 0) return 'All clear';
  return open === 1 ? '1 alert needs attention' : `${formatCount(open)} alerts need attention`;
}

/** Alerts of one subject, newest first. */
export function alertsOf(alerts: Iterable<Alert>, subject: string): readonly Alert[] {
  return [...alerts]
    .filter((alert) => alert.subject === subject)
    .sort((left, right) => right.openedAt - left.openedAt);
}

/** Newest state of each alert: later changes replace earlier ones, never the other way round. */
export function mergeAlerts(
  known: ReadonlyMap<string, Alert>,
  changes: readonly Alert[],
): ReadonlyMap<string, Alert> {
  const merged = new Map(known);
  for (const alert of changes) {
    const before = merged.get(alert.id);
    if (before === undefined || before.revision <= alert.revision) merged.set(alert.id, alert);
  }
  return merged;
}

function byUrgency(left: Alert, right: Alert): number {
  const rank = BY_URGENCY.indexOf(left.severity) - BY_URGENCY.indexOf(right.severity);
  return rank !== 0 ? rank : right.openedAt - left.openedAt || compareIds(left, right);
}

function byResolution(left: Alert, right: Alert): number {
  return (right.resolvedAt ?? 0) - (left.resolvedAt ?? 0) || compareIds(left, right);
}

function compareIds(left: Alert, right: Alert): number {
  return left.id < right.id ? -1 : left.id > right.id ? 1 : 0;
}
