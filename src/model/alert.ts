import type { Evidence } from './finding.ts';
import type { Severity } from './severity.ts';
import type { SubjectId } from './subject.ts';

export type AlertState = 'open' | 'acknowledged' | 'resolved';

/** What people say about an alert: worth it, nothing was wrong, or right but known beforehand. */
export const ALERT_LABELS = ['useful', 'false', 'expected'] as const;

export type AlertLabel = (typeof ALERT_LABELS)[number];

/** A finding with a life: what people handle. Its id is a pure function of the log. */
export interface Alert {
  /** 32 hex digits: hash of (site, detector id and version, subject, key, trigger). */
  readonly id: string;
  readonly site: string;
  readonly type: string;
  readonly detector: string;
  readonly detectorVersion: number;
  readonly severity: Severity;
  readonly subject: SubjectId;
  readonly key: string;
  readonly state: AlertState;
  readonly summary: string;
  readonly actionRequired: string;
  /** Event time in ms at which the condition became true. */
  readonly openedAt: number;
  /** Event time in ms of the newest finding. */
  readonly updatedAt: number;
  readonly acknowledgedAt: number | undefined;
  readonly acknowledgedBy: string | undefined;
  readonly note: string | undefined;
  readonly resolvedAt: number | undefined;
  /** Who or what resolved it: an operator, or `condition cleared`. */
  readonly resolvedBy: string | undefined;
  /** The last label that somebody gave it; absent before the first. */
  readonly label?: AlertLabel;
  readonly labelledAt?: number;
  readonly labelledBy?: string;
  /** How often it fired while it was open, 1 at first. */
  readonly count: number;
  /** Grows by one with every change; orders the transitions of one alert. */
  readonly revision: number;
  readonly trigger: string;
  readonly evidence: Evidence;
  /** Hash of the detector configuration in force. */
  readonly configHash: string;
}

/** What happened to an alert; the reason for a notification. */
export type AlertTransition = 'opened' | 'repeated' | 'acknowledged' | 'resolved';
