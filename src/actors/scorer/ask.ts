import type { SubjectId } from '../../model/subject.ts';
import type { ScoreRequest } from '../../streams/detector.ts';

/** A request, and whose it is. */
export interface Ask {
  readonly subject: SubjectId;
  readonly detector: string;
  readonly request: ScoreRequest;
}

export const SCORER_LIMITS = Object.freeze({
  /** Rows of a batch at most, and how long its first row waits for others, in real ms. */
  rows: 256,
  waitMs: 10,
  /** Rows that wait over all models; what comes beyond is refused at once. */
  queue: 8192,
  /** How long a model may take for a batch, in real ms. */
  answerMs: 1000,
});
