import type { SubjectId, SubjectKind } from './subject.ts';

/** What one step of a detector came to. */
export interface Verdict {
  /** Site time in ms. */
  readonly at: number;
  readonly subject: SubjectId;
  readonly detector: string;
  /** What it judged: records that it selected, a deadline that passed, the answer of a model, or what others found. */
  readonly input: 'records' | 'deadline' | 'score' | 'findings';
  /** How many records it selected; 0 for the others. */
  readonly records: number;
  readonly verdict: 'silent' | 'finding';
  /** What it measured after the step, and where it fires; absent for a detector that explains nothing. */
  readonly value?: number;
  readonly threshold?: number;
  readonly unit?: string;
}

/** How often a detector stepped on subjects of one kind, and how that ended. */
export interface VerdictCount {
  readonly detector: string;
  readonly type: string;
  readonly kind: SubjectKind;
  readonly silent: number;
  readonly finding: number;
  /** Records that it selected, and findings it made; a step may make several. */
  readonly records: number;
  readonly findings: number;
}

/** Why a detector has fired or not on a subject. */
export interface DetectorExplanation {
  readonly detector: string;
  readonly type: string;
  /** Filter of the configuration: only records that match reach it. */
  readonly where?: string;
  /** `open`: its condition holds; `quiet`: it does not; `idle`: it does not count the subject yet; `unknown`: it explains nothing. */
  readonly state: 'open' | 'quiet' | 'idle' | 'unknown';
  readonly text: string;
  readonly value?: number;
  readonly threshold?: number;
  readonly unit?: string;
  /** How many more records now would make it fire. */
  readonly missing?: number;
  /** Site time in ms at which it fires or, when open, resolves, if nothing comes. */
  readonly dueAt?: number;
  /** Site time until which it is left out, because it failed too often. */
  readonly quarantinedUntil?: number;
  /** Steps on all subjects of this kind since the process started. */
  readonly silent: number;
  readonly finding: number;
  /** What the sample holds of this subject, newest first. */
  readonly verdicts: readonly Verdict[];
}

export interface SubjectExplanation {
  readonly subject: SubjectId;
  /** Site time in ms. */
  readonly now: number;
  readonly detectors: readonly DetectorExplanation[];
}
