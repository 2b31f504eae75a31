import { WatchkeeperError } from '../../core/errors.ts';
import { unfitted } from '../model.ts';
import type { Model, ModelSnapshot } from '../model.ts';

import { type Steps, atOnce } from '../../core/steps.ts';
import { Pace } from './pace.ts';
import { Strongest } from './strongest.ts';

/** Sessions: each the ids of its events, in order. Ids are any 32-bit numbers; a session may be empty. */
export type Sequences = readonly Uint32Array[];

/** What makes a session unusual. */
export type ReasonKind =
  /** `event` was never seen, or in few sessions. */
  | 'rare_event'
  /** `event` is in nearly all normal sessions. */
  | 'missing_event'
  /** `event` and `other` do not come in one session. */
  | 'never_together'
  /** `event` comes with `other`, which is missing. */
  | 'without'
  /** `event` comes an unusual number of times. */
  | 'count'
  /** `event` and `other` come equally often in normal sessions. */
  | 'unequal'
  /** `event` at `position` does not follow what is before it. */
  | 'unexpected_next';

/** An event that could have been expected, and how likely it was. */
export interface Expectation {
  /** `undefined` for the end of the session. */
  readonly event: number | undefined;
  readonly share: number;
}

export interface SequenceReason {
  readonly reason: ReasonKind;
  /** `undefined` for the end of the session. */
  readonly event: number | undefined;
  readonly other?: number;
  /** Index within the session, where there is one place. */
  readonly position?: number;
  /** −log10 of how likely this was. */
  readonly surprise: number;
  /** What was expected instead, likeliest first. */
  readonly expected: readonly Expectation[];
}

/** A model of sessions that can say why, and in parts however long a session is. */
export interface SequenceModel extends Model<Sequences> {
  /** The most telling reasons, at most `limit`, first the strongest. Learns nothing. @throws MODEL_UNFITTED */
  explain(session: Uint32Array, limit: number): readonly SequenceReason[];
  /**
   * As `score` of one session, in parts of bounded work. Several may be under
   * way; the model must not learn until they have ended.
   * @throws MODEL_UNFITTED, MODEL_INPUT
   */
  scoring(session: Uint32Array, pace: Pace): Steps<number>;
  /** As `explain`, in the same way. @throws MODEL_UNFITTED, MODEL_INPUT */
  explaining(session: Uint32Array, limit: number, pace: Pace): Steps<readonly SequenceReason[]>;
}

/** What all models of sessions share: checked input, and no score before `fit`. */
export abstract class SequenceModelBase implements SequenceModel {
  abstract readonly kind: string;
  abstract readonly bytes: number;
  abstract snapshot(): ModelSnapshot;
  protected abstract readonly isFitted: boolean;
  protected abstract forget(): void;
  protected abstract learn(session: Uint32Array): void;
  protected abstract scoreOne(session: Uint32Array, pace: Pace): Steps<number>;
  /** Offers every reason there is. */
  protected abstract reasons(
    session: Uint32Array,
    found: Strongest<SequenceReason>,
    pace: Pace,
  ): Steps<void>;

  fit(samples: Sequences): void {
    requireSequences(samples);
    this.forget();
    for (const session of samples) this.learn(session);
  }

  update(samples: Sequences): void {
    for (const session of requireSequences(samples)) this.learn(session);
  }

  score(samples: Sequences): Float64Array {
    this.requireFitted();
    const pace = new Pace();
    return Float64Array.from(requireSequences(samples), (session) =>
      atOnce(this.scoreOne(session, pace)),
    );
  }

  scoring(session: Uint32Array, pace: Pace): Steps<number> {
    this.requireFitted();
    requireSequences([session]);
    return this.scoreOne(session, pace);
  }

  explain(session: Uint32Array, limit: number): readonly SequenceReason[] {
    return atOnce(this.explaining(session, limit, new Pace()));
  }

  *explaining(session: Uint32Array, limit: number, pace: Pace): Steps<readonly SequenceReason[]> {
    this.requireFitted();
    requireSequences([session]);
    const found = new Strongest<SequenceReason>(limit, ({ surprise }) => surprise);
    yield* this.reasons(session, found, pace);
    return found.items;
  }

  protected requireFitted(): void {
    if (!this.isFitted) throw unfitted(this.kind);
  }
}

/** `samples` itself. @throws MODEL_INPUT when they are no lists of event ids. */
export function requireSequences(samples: Sequences): Sequences {
  const isList = Array.isArray(samples) && samples.every((one) => one instanceof Uint32Array);
  if (isList) return samples;
  throw new WatchkeeperError('MODEL_INPUT', 'The samples are no sequences of event ids.', {
    fix: 'Give an array with one Uint32Array of event ids per session.',
  });
}
