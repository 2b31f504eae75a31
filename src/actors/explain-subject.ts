import { WatchkeeperError } from '../core/errors.ts';
import { subjectKind, subjectName } from '../model/subject.ts';
import type { DetectorExplanation, SubjectExplanation } from '../model/verdict.ts';
import type { Detector, DetectorSet, Explanation } from '../streams/detector.ts';
import type { SubjectState } from './subject/subject-state.ts';
import type { VerdictLog } from './verdict-log.ts';

export interface ExplainFrom {
  readonly detectors: DetectorSet;
  readonly verdicts: VerdictLog;
  /** Site time in ms, and for how long the site was blind in all. */
  readonly now: number;
  readonly blindMs: number;
  /** Id or type of the detector to explain; all of the subject's when left out. */
  readonly only?: string | undefined;
}

/**
 * Says of each detector that watches the subject why it has fired or not.
 * Reads the committed state and changes nothing.
 * @throws WatchkeeperError NOT_FOUND when no detector of that name watches such a subject
 */
export function explainSubject(state: SubjectState, from: ExplainFrom): SubjectExplanation {
  const kind = subjectKind(state.id);
  const all = from.detectors.forKind(kind);
  const { only } = from;
  const chosen =
    only === undefined ? all : all.filter(({ id, type }) => only === id || only === type);
  if (chosen.length === 0 && only !== undefined) {
    const names = all.map(({ id }) => id).join(', ');
    throw new WatchkeeperError(
      'NOT_FOUND',
      `No detector ${JSON.stringify(only.slice(0, 64))} watches a ${kind}.`,
      { fix: names === '' ? `No detector watches a ${kind}.` : `These do: ${names}.` },
    );
  }
  const detectors = chosen.map((detector) => explainDetector(detector, state, from));
  return { subject: state.id, now: from.now, detectors };
}

function explainDetector(
  detector: Detector,
  state: SubjectState,
  from: ExplainFrom,
): DetectorExplanation {
  const { id, type, where } = detector;
  const kind = subjectKind(state.id);
  const count = from.verdicts.counts().find((each) => each.detector === id && each.kind === kind);
  const until = state.quarantined[id];
  const isQuarantined = until !== undefined && from.now < until;
  return {
    detector: id,
    type,
    ...(where === undefined ? {} : { where }),
    ...(explanationOf(detector, state, from) ?? SILENT),
    ...(isQuarantined ? { quarantinedUntil: until } : {}),
    silent: count?.silent ?? 0,
    finding: count?.finding ?? 0,
    verdicts: from.verdicts.of(state.id, id),
  };
}

const SILENT = { state: 'unknown', text: 'this detector does not explain itself' } as const;

function explanationOf(
  detector: Detector,
  state: SubjectState,
  { detectors, now, blindMs }: ExplainFrom,
): Explanation | undefined {
  const own = state.detectors[detector.id] ?? detector.initial(state.id);
  const isExpected =
    subjectKind(state.id) === 'service' &&
    detectors.expectedServices.includes(subjectName(state.id));
  return detector.explain?.(own, {
    now,
    shiftMs: Math.max(0, blindMs - state.blindMs),
    activity: { lastTimestamp: state.lastHeardAt, records: state.records, isExpected },
  });
}
