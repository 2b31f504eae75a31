import { WatchkeeperError } from '../../core/errors.ts';
import { unfitted } from '../model.ts';
import type { Model, ModelSnapshot } from '../model.ts';

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

/** A model of sessions that can say why. */
export interface SequenceModel extends Model<Sequences> {
  /** The most telling reasons, at most `limit`, first the strongest. Learns nothing. @throws MODEL_UNFITTED */
  explain(session: Uint32Array, limit: number): readonly SequenceReason[];
}

/** What all models of sessions share: checked input, and no score before `fit`. */
export abstract class SequenceModelBase implements SequenceModel {
  abstract readonly kind: string;
  abstract readonly bytes: number;
  abstract snapshot(): ModelSnapshot;
  protected abstract readonly isFitted: boolean;
  protected abstract forget(): void;
  protected abstract learn(session: Uint32Array): void;
  protected abstract scoreOne(session: Uint32Array): number;
  protected abstract reasons(session: Uint32Array): SequenceReason[];

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
    return Float64Array.from(requireSequences(samples), (session) => this.scoreOne(session));
  }

  explain(session: Uint32Array, limit: number): readonly SequenceReason[] {
    this.requireFitted();
    requireSequences([session]);
    return this.reasons(session)
      .sort((one, other) => other.surprise - one.surprise)
      .slice(0, limit);
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
