import type { SubjectId } from '../../model/subject.ts';
import type { ScoreRequest } from '../../streams/detector.ts';

/** A request, and whose it is. */
export interface Ask {
  readonly subject: SubjectId;
  readonly detector: string;
  readonly request: ScoreRequest;
}

export interface ScorerLimits {
  /** Rows of a batch at most, and how long its first row waits for others, in real ms. */
  readonly rows: number;
  readonly waitMs: number;
  /** Rows that wait over all models; what comes beyond is refused at once. */
  readonly queue: number;
  /** How long a model may take for a batch, in real ms. */
  readonly answerMs: number;
}

export const SCORER_LIMITS: ScorerLimits = Object.freeze({
  rows: 256,
  waitMs: 10,
  queue: 8192,
  answerMs: 1000,
});
