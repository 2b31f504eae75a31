import type { Finding } from '../model/finding.ts';
import type { ScoreResult } from '../model/journal-entry.ts';
import type { LogRecord } from '../model/record.ts';
import type { SubjectId, SubjectKind } from '../model/subject.ts';

/** What a subject knows about itself besides its detectors' states; deadlines are computed from it. */
export interface Activity {
  /** Greatest event time seen, in ms; the moment it became expected when nothing was seen yet. */
  readonly lastTimestamp: number;
  /** Records of the subject so far, late ones included. */
  readonly records: number;
  /** A service that the configuration says must be heard of. */
  readonly isExpected: boolean;
}

/** Records that the detector's selector asked for, in order of lsn, then ordinal. */
export interface RecordsInput {
  readonly type: 'records';
  readonly subject: SubjectId;
  readonly records: readonly LogRecord[];
  /** `<lsn>.<ordinal>` of each record: the trigger of a finding it causes. */
  readonly triggers: readonly string[];
}

/** A deadline of this detector that has passed in site time. */
export interface DeadlineInput {
  readonly type: 'deadline';
  readonly subject: SubjectId;
  /** The deadline, already moved by intervals in which the site was blind. Findings carry this, not `now`. */
  readonly deadline: number;
  readonly activity: Activity;
}

/** What a model takes for one score: a vector of features, or the ids of a session's events in order. */
export type ModelInput = Float64Array | Uint32Array;

/**
 * Asks the live model of a name for a score. It is answered by one
 * {@link ScoreInput}, by a score or a reason why there is none, `timeoutMs` of
 * site time later at the latest. Plain data: it is part of the subject's state
 * until it is answered.
 */
export interface ScoreRequest {
  /** Name of the model, as in the registry. */
  readonly model: string;
  /** Tells this detector's unanswered requests on the subject apart; one that repeats is dropped. */
  readonly key: string;
  /** Of the record of this step that led to it, or of the deadline: its time is when the request was made. */
  readonly trigger: string;
  readonly input: ModelInput;
  /** Hash of the feature set that made the vector; a model trained on another does not score it. */
  readonly features?: string;
  readonly timeoutMs: number;
  /** Handed back with the answer. */
  readonly note: unknown;
}

/** The answer to a request, at its place in the log. */
export interface ScoreInput {
  readonly type: 'score';
  readonly subject: SubjectId;
  /** `<lsn>.<ordinal>` of the answer. */
  readonly place: string;
  /** Site time in ms of the answer. */
  readonly at: number;
  readonly request: ScoreRequest;
  /** Artefact id of the model that answered; '' where none did. */
  readonly model: string;
  readonly answer: ScoreResult;
}

/**
 * What detectors of the subject found that this one hears, in order of place, then detector id.
 * All findings of one place are in one input.
 */
export interface FindingsInput {
  readonly type: 'findings';
  readonly subject: SubjectId;
  readonly findings: readonly Finding[];
  /**
   * `<lsn>.<ordinal>` of what made each finding: the record whose step it was, the answer, or the
   * tick. A finding's own trigger may name an earlier record, so it does not tell the order.
   */
  readonly places: readonly string[];
}

export type DetectorInput = RecordsInput | DeadlineInput;

/** All that can make a detector step. */
export type StepInput = DetectorInput | ScoreInput | FindingsInput;

export interface Detection<State> {
  readonly state: State;
  readonly findings: readonly Finding[];
  /**
   * Scores it wants, for a detector that has `answer`. Of one detector on one subject 256 may be unanswered;
   * more are dropped and counted, so nothing may depend on an answer coming.
   */
  readonly requests?: readonly ScoreRequest[];
}

/** What a detector is told when it is asked why it has fired or not. */
export interface ExplainContext {
  /** Site time in ms. */
  readonly now: number;
  /** How much later its deadlines fire, in ms: the site was blind that long since the subject was heard. */
  readonly shiftMs: number;
  readonly activity: Activity;
}

/** Why a detector has fired or not, on one subject at one moment. */
export interface Explanation {
  /** `open`: its condition holds; `quiet`: it does not; `idle`: it does not count this subject yet. */
  readonly state: 'open' | 'quiet' | 'idle';
  /** One line for people. */
  readonly text: string;
  /** What is measured now, in `unit`, and the value at which it fires. */
  readonly value: number;
  readonly threshold: number;
  readonly unit: string;
  /** How many more records would make it fire, when all came now; absent when it is not records that it waits for. */
  readonly missing?: number;
  /** Site time in ms at which it fires or, when open, resolves, if nothing comes. */
  readonly dueAt?: number;
}

/**
 * A detector bound to its options. Everything here is pure and synchronous:
 * the same calls give the same results, and a `State` passed in is never
 * changed (a crash in the middle must leave the committed state whole).
 */
export interface Detector<State = unknown> {
  /** Name of its entry in `config/anomaly_schema.yaml`. */
  readonly id: string;
  readonly type: string;
  /** Grows when the logic changes; part of alert ids. */
  readonly version: number;
  readonly subjects: readonly SubjectKind[];
  /** What it was bound to, to be shown; durations in ms. */
  readonly options?: unknown;
  /** The filter in front of its selector, as it was written. */
  readonly where?: string;
  /** Stages of its stream, to be shown. @default one step */
  readonly stages?: readonly string[];
  initial(subject: SubjectId): State;
  /**
   * Which records it wants, given its state; `undefined` when none. Asked once
   * per batch, so the test per record must be cheap and total.
   */
  selector(state: State): ((record: LogRecord) => boolean) | undefined;
  /**
   * Next site time in ms at which it wants a `deadline` input; `undefined`
   * when never. Asked after every batch of its subject, whether or not it
   * selected records, so it must be cheap.
   */
  deadline(state: State, activity: Activity): number | undefined;
  /** One step. May throw: its actor is restarted from the committed state. */
  detect(state: State, input: DetectorInput): Detection<State>;
  /** One step by the answer to a request of its own; what asks for scores must have it. May throw, as `detect`. */
  readonly answer?: (state: State, input: ScoreInput) => Detection<State>;
  /**
   * Ids of detectors of the same configuration whose findings it takes; what has them must have
   * `hear`, and is itself heard by nobody.
   */
  readonly hears?: readonly string[];
  /**
   * One step by what others found, after they have stepped. Places in one input or in many lead to
   * the same state and findings. May throw, as `detect`.
   */
  readonly hear?: (state: State, input: FindingsInput) => Detection<State>;
  /** Says why it has fired or not. Pure, outside the fold, and only asked when a person wants to know. */
  readonly explain?: (state: State, context: ExplainContext) => Explanation;
  /** State as plain data for msgpack (typed arrays allowed). */
  snapshot(state: State): unknown;
  /** Inverse of `snapshot`; gives `initial` when the data is of an older version it cannot read. */
  restore(data: unknown, subject: SubjectId): State;
}

/** The detectors of one configuration. */
export interface DetectorSet {
  /** SHA-256 hex of the configuration's content. */
  readonly hash: string;
  readonly detectors: readonly Detector[];
  /** Services that must be heard of even when they never sent anything. */
  readonly expectedServices: readonly string[];
  /** Services told apart at most, besides the expected ones; the engine's default when left out. */
  readonly maxServices?: number;
  forKind(kind: SubjectKind): readonly Detector[];
}
