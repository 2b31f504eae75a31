import { WatchkeeperError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';

/**
 * A model's whole state as plain data: numbers, texts, arrays, typed arrays
 * and objects of these, as msgpack keeps them. `restore` of it gives a model
 * whose every later score is bit-equal.
 */
export interface ModelSnapshot {
  /** Name of its kind, for example `isolation_forest`. */
  readonly kind: string;
  /** Of the snapshot's shape; grows when it changes. */
  readonly version: number;
  readonly state: unknown;
}

/**
 * An anomaly model. `Samples` is what it takes at a time: a `Matrix` for
 * vector models, sequences of event ids for log models, numbers for models of
 * one stream. Synchronous and free of clocks, network and randomness of its
 * own: the same calls give the same scores. Work that can take longer than
 * 10 ms belongs into a worker thread.
 */
export interface Model<Samples> {
  readonly kind: string;
  /** Numbers kept per model, about: what its snapshot weighs, in bytes. */
  readonly bytes: number;
  /** Learns from samples that are taken to be normal; what it knew before is forgotten. @throws MODEL_INPUT */
  fit(samples: Samples): void;
  /**
   * One raw score per sample, higher is more unusual. Never NaN; comparable
   * only within this model (calibrate it to surprise). Learns nothing.
   * @throws MODEL_INPUT, or MODEL_UNFITTED before `fit`.
   */
  score(samples: Samples): Float64Array;
  /** Learns from further samples, in order; a model that cannot does nothing. @throws MODEL_INPUT */
  update(samples: Samples): void;
  snapshot(): ModelSnapshot;
}

/** How models of one kind come about. Options are checked here, so that a model's code need not. */
export interface ModelKind<Samples, Options = unknown> {
  readonly kind: string;
  /** One paragraph for people: what it finds, what it costs, its source. */
  readonly doc: string;
  readonly defaults: Options;
  create(options: Partial<Options>, random: Random): Model<Samples>;
  /** Inverse of `snapshot`. @throws MODEL_INVALID when the data is corrupt, foreign or of a version it cannot read. */
  restore(snapshot: ModelSnapshot): Model<Samples>;
}

/** What `restore` throws. `what` names the part that does not fit, never its content. */
export function invalidSnapshot(kind: string, what: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_INVALID', `This is no ${kind} model: ${what}.`, {
    fix: 'Train the model again, or fetch the artefact again: it may be cut off or of another version.',
  });
}

/** What `score` throws before `fit`. */
export function unfitted(kind: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_UNFITTED', `The ${kind} model has not been fitted.`, {
    fix: 'Fit it on normal samples first.',
  });
}
