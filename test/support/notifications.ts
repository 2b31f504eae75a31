import type { Notification } from '../../src/alerts/channel.ts';
import type { Alert, AlertTransition } from '../../src/model/alert.ts';
import { subjectId } from '../../src/model/subject.ts';

/** The alert of the seed document: 150 errors of payment-service in 5 minutes. */
export function seedAlert(changes: Partial<Alert> = {}): Alert {
  const at = Date.UTC(2024, 1, 16, 14, 30, 0);
  return {
    id: '0123456789abcdef0123456789abcdef',
    site: 'local',
    type: 'error_spike',
    detector: 'error_spike',
    detectorVersion: 1,
    severity: 'high',
    subject: subjectId('service', 'payment-service'),
    key: '',
    state: 'open',
    summary: '150 errors in 5 minutes',
    actionRequired: 'Investigate immediately',
    openedAt: at,
    updatedAt: at,
    acknowledgedAt: undefined,
    acknowledgedBy: undefined,
    note: undefined,
    resolvedAt: undefined,
    resolvedBy: undefined,
    count: 1,
    revision: 1,
    trigger: '17.3',
    evidence: {
      value: 150,
      threshold: 100,
      unit: 'errors',
      windowMs: 300_000,
      samples: [
        {
          timestamp: at - 10,
          level: 17,
          service: 'payment-service',
          message: 'card declined',
          requestId: 'r-1',
          errorCode: undefined,
          durationMs: 12,
          userId: undefined,
        },
      ],
      facts: { top: [['card declined', 150]] },
    },
    configHash: 'c0ffee',
    ...changes,
  };
}

export function notification(
  changes: Partial<Alert> = {},
  transition: AlertTransition = 'opened',
): Notification {
  const alert = seedAlert(changes);
  return { key: `${alert.id}.${alert.revision}`, transition, alert };
}
