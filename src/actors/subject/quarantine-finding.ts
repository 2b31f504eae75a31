import type { Finding } from '../../model/finding.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { Detector } from '../../streams/detector.ts';
import type { Quarantine } from '../outcomes.ts';

/** Incidents of a detector on one subject that quarantine it, and within what site time. */
export const INCIDENTS = { limit: 3, windowMs: 60_000 };
/** How long a quarantine lasts, in ms of site time. */
export const QUARANTINE_MS = 600_000;

/** What tells people that a detector is left out on a subject. */
export function quarantineFinding(
  detector: Detector,
  subject: SubjectId,
  { lsn, ordinal, until }: Quarantine,
): Finding {
  return {
    action: 'open',
    detector: detector.id,
    version: detector.version,
    type: 'detector_quarantined',
    severity: 'high',
    subject,
    key: 'quarantine',
    trigger: `quarantine:${lsn}.${ordinal}`,
    at: until - QUARANTINE_MS,
    summary: `${detector.id} failed 3 times on ${subject} and is left out for 10 minutes`,
    actionRequired: 'Look at the dead letters and mend the detector',
    evidence: {
      value: INCIDENTS.limit,
      threshold: INCIDENTS.limit,
      unit: 'failures',
      windowMs: INCIDENTS.windowMs,
      samples: [],
      facts: { until },
    },
  };
}
