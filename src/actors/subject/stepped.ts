import type { Finding } from '../../model/finding.ts';
import type { LogRecord } from '../../model/record.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { Detector, StepInput } from '../../streams/detector.ts';
import type { Job, Step } from './job.ts';
import type { Asked } from './pending-scores.ts';
import type { SubjectState } from './subject-state.ts';

/** Records of one entry, as the detectors see them. */
export interface Segment {
  readonly lsn: number;
  readonly observedAt: number;
  readonly records: readonly LogRecord[];
  /** Present where records come from another subject's entry. */
  readonly triggers: readonly string[] | undefined;
}

/** What steps came to, before it is committed. */
export interface Stepped {
  readonly state: SubjectState;
  readonly findings: readonly Finding[];
  readonly asked: readonly Asked[];
}

export function stateOf(state: SubjectState, detector: Detector): unknown {
  return state.detectors[detector.id] ?? detector.initial(state.id);
}

/** One after the other: the later state, and what both found and asked. */
export function joined(first: Stepped, then: Stepped): Stepped {
  return {
    state: then.state,
    findings: [...first.findings, ...then.findings],
    asked: [...first.asked, ...then.asked],
  };
}

/** The input a detector wants out of the segments; `undefined` when it wants nothing. */
export function selected(
  detector: Detector,
  state: unknown,
  from: { readonly subject: SubjectId; readonly segments: readonly Segment[] },
): StepInput | undefined {
  const select = detector.selector(state);
  if (select === undefined) return undefined;
  let records: LogRecord[] | undefined;
  const triggers: string[] = [];
  for (const segment of from.segments) {
    const all = segment.records;
    for (let ordinal = 0; ordinal < all.length; ordinal += 1) {
      const record = all[ordinal] as LogRecord;
      if (!select(record)) continue;
      records ??= [];
      records.push(record);
      triggers.push(segment.triggers?.[ordinal] ?? `${segment.lsn}.${ordinal}`);
    }
  }
  return records === undefined
    ? undefined
    : { type: 'records', subject: from.subject, records, triggers };
}

/** The state after steps: what the detectors keep, and which of them are left out. */
export function applySteps(
  state: SubjectState,
  requests: readonly Job[],
  steps: readonly Step[],
): SubjectState {
  const detectors: Record<string, unknown> = { ...state.detectors };
  let { quarantined, incidents } = state;
  for (const [index, { detection, quarantinedUntil, incidents: spent }] of steps.entries()) {
    const id = requests[index]?.detector.id ?? '';
    detectors[id] = detection.state;
    if (quarantinedUntil !== undefined) quarantined = { ...quarantined, [id]: quarantinedUntil };
    if (spent !== undefined) incidents = { ...incidents, [id]: spent };
  }
  return { ...state, detectors, quarantined, incidents };
}
