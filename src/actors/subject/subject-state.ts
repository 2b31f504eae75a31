import type { VitalPoint } from '../../model/feed.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { SealedSession } from '../ports.ts';
import { NO_PENDING, type PendingScores } from './pending-scores.ts';
import type { TemplateBook } from './template-book.ts';

/**
 * All that is known of one subject: a fold of its journal entries. Never
 * changed in place but for its templates: each commit replaces it, so that a
 * snapshot can hold on to what was true at its lsn.
 */
export interface SubjectState {
  readonly id: SubjectId;
  /** Site time of the last record, by the gateway's clock; -Infinity before the first. */
  readonly lastHeardAt: number;
  /** Blind time of the site when it was last heard, in ms. */
  readonly blindMs: number;
  readonly records: number;
  readonly errors: number;
  readonly session: SealedSession | undefined;
  readonly clockOffsetMs: number;
  /** Last sequence number per lane within the session's epoch. */
  readonly seqs: readonly [number, number];
  readonly vitals: VitalPoint | undefined;
  /** How old the newest record of the last entry was when the gateway saw it, in ms; negative for a clock that is ahead. */
  readonly lagMs: number | undefined;
  /** Committed state by detector id; absent means initial. */
  readonly detectors: Readonly<Record<string, unknown>>;
  /** Detector id → site time until which it is left out. */
  readonly quarantined: Readonly<Record<string, number>>;
  /** Detector id → site times at which records were set aside of late: its budget, see `DetectorRunner`. */
  readonly incidents: Readonly<Record<string, readonly number[]>>;
  /** Scores its detectors asked for and that have no answer yet. */
  readonly pending: PendingScores;
  /** Templates of its messages, from the first on. The one part that changes in place: a snapshot takes a cut of it. */
  readonly templates: TemplateBook | undefined;
}

export function initialSubject(id: SubjectId): SubjectState {
  return {
    id,
    lastHeardAt: Number.NEGATIVE_INFINITY,
    blindMs: 0,
    records: 0,
    errors: 0,
    session: undefined,
    clockOffsetMs: 0,
    seqs: [0, 0],
    vitals: undefined,
    lagMs: undefined,
    detectors: NONE,
    quarantined: NONE,
    incidents: NONE,
    pending: NO_PENDING,
    templates: undefined,
  };
}

/** A subject's next state while a message is folded; nobody else sees it before it is committed. */
export type SubjectDraft = {
  -readonly [Key in keyof Omit<SubjectState, 'seqs'>]: SubjectState[Key];
} & {
  seqs: [number, number];
};

/** A copy to work on; written out because it is made once per message, and a spread costs several times as much. */
export function draftOf(state: SubjectState): SubjectDraft {
  return {
    id: state.id,
    lastHeardAt: state.lastHeardAt,
    blindMs: state.blindMs,
    records: state.records,
    errors: state.errors,
    session: state.session,
    clockOffsetMs: state.clockOffsetMs,
    seqs: [state.seqs[0], state.seqs[1]],
    vitals: state.vitals,
    lagMs: state.lagMs,
    detectors: state.detectors,
    quarantined: state.quarantined,
    incidents: state.incidents,
    pending: state.pending,
    templates: state.templates,
  };
}

/** One shared empty record: most subjects never have a detector with state. */
const NONE: Readonly<Record<string, never>> = Object.freeze({});
