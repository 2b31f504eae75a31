import { decideFilter, UNKNOWN, type Decide } from '../../core/filter/decide-filter.ts';
import type { Filter } from '../../core/filter/filter.ts';
import { parseFilter } from '../../core/filter/parse-filter.ts';
import type { Alert } from '../../model/alert.ts';
import type { EvidenceSample } from '../../model/finding.ts';
import { LEVEL_BY_NAME, type Level } from '../../model/level.ts';
import type { Severity } from '../../model/severity.ts';
import { subjectKind, subjectName, type SubjectId } from '../../model/subject.ts';

/** What a token with a filter may see. What the filter cannot decide is hidden. */
export interface Scope {
  /** For records, whose every field is known. */
  readonly filter: Filter;
  /** Whether all records of the subject match, whatever they hold. */
  seesSubject(subject: SubjectId): boolean;
  /** The alert with what of its evidence may be seen; `undefined` when it is hidden. */
  alert(alert: Alert): Alert | undefined;
}

/** Log level that stands for a severity, so that `level>=ERROR` also chooses among alerts. */
const LEVEL_OF: Readonly<Record<Severity, Level>> = Object.freeze({
  low: LEVEL_BY_NAME.INFO,
  medium: LEVEL_BY_NAME.WARNING,
  high: LEVEL_BY_NAME.ERROR,
  critical: LEVEL_BY_NAME.CRITICAL,
});

/** Actors that many services or watches share, whose counts are of all of them. */
const SHARED = 'watchkeeper:';

/** Compiles the filter of a token; one that cannot be read hides everything. */
export function createScope(text: string): Scope {
  const filter = readFilter(text);
  const decideSubject = decideFilter<SubjectId>(filter, readSubject);
  const decideAlert = decideFilter<Alert>(filter, (alert, field) =>
    field === 'level' ? LEVEL_OF[alert.severity] : readSubject(alert.subject, field),
  );
  const decideSample = decideFilter<EvidenceSample>(filter, readSample);
  const seesSubject = (subject: SubjectId): boolean =>
    !subjectName(subject).startsWith(SHARED) && decideSubject(subject) === true;
  return {
    filter,
    seesSubject,
    alert: (alert) => {
      if (seesSubject(alert.subject)) return alert;
      const isShared = subjectName(alert.subject).startsWith(SHARED);
      if (isShared || decideAlert(alert) !== true) return undefined;
      return withOwnEvidence(alert, decideSample);
    },
  };
}

/** A record matches nothing and something at once nowhere. */
const NOTHING: Filter = Object.freeze({ kind: 'or', of: Object.freeze([]) });

function readFilter(text: string): Filter {
  try {
    const filter = parseFilter(text);
    return filter.kind === 'all' ? NOTHING : filter;
  } catch {
    return NOTHING;
  }
}

const OWN_FIELD = { service: 'service', device: 'device_id', user: 'user_id' } as const;

/** What is certain of every record of a subject. Its records may also belong to others (a service's to users). */
function readSubject(subject: SubjectId, field: string): unknown {
  if (field === OWN_FIELD[subjectKind(subject)]) return subjectName(subject);
  return UNKNOWN;
}

const SAMPLE_KEYS: ReadonlyMap<string, keyof EvidenceSample> = new Map([
  ['timestamp', 'timestamp'],
  ['level', 'level'],
  ['service', 'service'],
  ['message', 'message'],
  ['user_id', 'userId'],
  ['request_id', 'requestId'],
  ['error_code', 'errorCode'],
  ['duration_ms', 'durationMs'],
]);

/** Samples are records without their attributes, vitals and watch. */
function readSample(sample: EvidenceSample, field: string): unknown {
  const key = SAMPLE_KEYS.get(field);
  return key === undefined ? UNKNOWN : sample[key];
}

/** Facts are taken from all records of the window, so they go; samples stay where they match themselves. */
function withOwnEvidence(alert: Alert, decide: Decide<EvidenceSample>): Alert {
  const samples = alert.evidence.samples.filter((sample) => decide(sample) === true);
  return { ...alert, evidence: { ...alert.evidence, samples, facts: {} } };
}
