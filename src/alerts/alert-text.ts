import type { Alert, AlertTransition } from '../model/alert.ts';
import { subjectKind, subjectName } from '../model/subject.ts';

const HEADLINE: Readonly<Record<AlertTransition, string>> = {
  opened: '⚠️ ANOMALY DETECTED',
  repeated: '⚠️ ANOMALY CONTINUES',
  acknowledged: '👁 ANOMALY ACKNOWLEDGED',
  resolved: '✅ ANOMALY RESOLVED',
};

const SUBJECT = { service: 'Service', device: 'Watch', user: 'User' } as const;

/** The alert as people read it, in the format of the seed document; `Time` is UTC. */
export function alertText(alert: Alert, transition: AlertTransition = 'opened'): string {
  const lines = [
    HEADLINE[transition],
    `Type: ${alert.type}`,
    `${SUBJECT[subjectKind(alert.subject)]}: ${subjectName(alert.subject)}`,
    `Count: ${alert.summary}`,
    `Severity: ${alert.severity.toUpperCase()}`,
    `Time: ${timeText(timeOf(alert, transition))}`,
    lastLine(alert, transition),
  ];
  return lines.join('\n');
}

function timeOf(alert: Alert, transition: AlertTransition): number {
  if (transition === 'acknowledged') return alert.acknowledgedAt ?? alert.updatedAt;
  if (transition === 'resolved') return alert.resolvedAt ?? alert.updatedAt;
  return transition === 'repeated' ? alert.updatedAt : alert.openedAt;
}

function lastLine(alert: Alert, transition: AlertTransition): string {
  if (transition === 'acknowledged')
    return `Acknowledged by: ${alert.acknowledgedBy ?? 'somebody'}`;
  if (transition === 'resolved') return `Resolved by: ${alert.resolvedBy ?? 'somebody'}`;
  return `Action Required: ${alert.actionRequired}`;
}

/** `2024-02-16 14:30:00`, UTC. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
