import type { Alert } from '../../../model/alert.ts';

export interface TimelineStep {
  readonly at: number;
  readonly what: string;
  readonly who: string | undefined;
  readonly note: string | undefined;
}

/** What happened to the alert, oldest first. */
export function alertTimeline(alert: Alert): readonly TimelineStep[] {
  const steps: TimelineStep[] = [step(alert.openedAt, 'Opened', alert.detector)];
  if (alert.count > 1) {
    steps.push(step(alert.updatedAt, `Fired ${alert.count} times, latest`, alert.detector));
  }
  if (alert.acknowledgedAt !== undefined) {
    steps.push({
      ...step(alert.acknowledgedAt, 'Acknowledged', alert.acknowledgedBy),
      note: alert.note,
    });
  }
  if (alert.resolvedAt !== undefined) {
    const note = alert.acknowledgedAt === undefined ? alert.note : undefined;
    steps.push({ ...step(alert.resolvedAt, 'Resolved', alert.resolvedBy), note });
  }
  if (alert.label !== undefined && alert.labelledAt !== undefined) {
    steps.push(step(alert.labelledAt, `Labelled ${alert.label}`, alert.labelledBy));
  }
  return steps.sort((left, right) => left.at - right.at);
}

function step(at: number, what: string, who: string | undefined): TimelineStep {
  return { at, what, who, note: undefined };
}
