import type { Random } from '../../core/random.ts';
import type { Model, ModelKind } from '../model.ts';
import type { TrainingProgress } from './descent.ts';
import type { Trainer } from './trainer.ts';

/**
 * A kind whose training takes a worker thread: `train` takes the place of
 * `create` and `fit`. What it gives scores in plain arithmetic, as any other
 * model; its `fit` refuses.
 */
export interface NeuralKind<Samples, Options> extends ModelKind<Samples, Options> {
  /**
   * Trains on samples that are taken to be normal. Same samples, options,
   * random state and backend: same model, bit for bit.
   * @throws MODEL_INPUT; MODEL_FAILED when the trainer failed, ran out of time or was cancelled.
   */
  train(samples: Samples, context: NeuralTraining<Options>): Promise<Model<Samples>>;
}

export interface NeuralTraining<Options> {
  readonly trainer: Trainer;
  readonly random: Random;
  readonly options?: Partial<Options>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
}
