import type { VitalPoint } from '../../model/feed.ts';
import type { SubjectId } from '../../model/subject.ts';
import type { SealedSession } from '../ports.ts';

/**
 * All that is known of one subject: a fold of its journal entries. Never
 * changed in place: each commit replaces it, so that a snapshot can hold on
 * to what was true at its lsn.
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
  /** Committed state by detector id; absent means initial. */
  readonly detectors: Readonly<Record<string, unknown>>;
  /** Detector id → site time until which it is left out. */
  readonly quarantined: Readonly<Record<string, number>>;
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
    detectors: NONE,
    quarantined: NONE,
  };
}

/** One shared empty record: most subjects never have a detector with state. */
const NONE: Readonly<Record<string, never>> = Object.freeze({});
