import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import type { Random } from '../../core/random.ts';
import { shuffled } from './initial-weights.ts';
import type { Tf } from './tf.ts';

/** What a training tells on its way. */
export interface TrainingHooks {
  /** After each pass. `loss` is of the rows kept aside, of all when there are none. */
  onEpoch(progress: TrainingProgress): void | Promise<void>;
}

export interface TrainingProgress {
  /** From 1. */
  readonly epoch: number;
  /** Most that there will be. */
  readonly epochs: number;
  readonly loss: number;
}

export interface Descent {
  readonly rows: number;
  /** All rows; the first `aside` of them are kept aside to tell when to stop. */
  readonly order: Uint32Array;
  readonly aside: number;
  readonly random: Random;
  readonly options: {
    readonly epochs: number;
    readonly batch: number;
    readonly learningRate: number;
    readonly patience: number;
  };
  readonly variables: readonly Variable[];
  /** Called after each step, to hold the variables to something. */
  readonly afterStep?: () => void;
  /** Mean loss of these rows; tensors it makes are the caller's to tidy. */
  loss(rows: Uint32Array, isTraining: boolean): Scalar;
}

export interface DescentResult {
  /** Of the pass with the smallest loss, in the order of the variables. */
  readonly weights: readonly Float32Array[];
  readonly epochs: number;
  readonly loss: number;
}

/** A pass has at least so many steps, so that few rows are learnt as well as many. */
const MIN_STEPS = 32;
/** A loss must fall by this part of itself to count as better. */
const BETTER = 0.002;
/** Rows of which the loss is computed at a time. */
const EVALUATION_ROWS = 2_048;

/** Minimises a loss with Adam and stops when the rows kept aside say so. Leaves no tensor behind but the variables. */
export async function descend(
  tf: Tf,
  descent: Descent,
  hooks: TrainingHooks,
): Promise<DescentResult> {
  const { order, aside, options, rows, random, variables } = descent;
  const judged = order.subarray(0, aside === 0 ? rows : aside);
  const learnt = order.subarray(aside);
  const optimizer = tf.train.adam(options.learningRate);
  const initial = await readWeights(variables);
  let best = { weights: initial, loss: await lossOf(tf, descent, judged), epoch: 0 };
  let epoch = 0;
  try {
    while (epoch < options.epochs && epoch - best.epoch < options.patience) {
      epoch += 1;
      for (const rowsOfStep of batches(learnt, options.batch, random)) {
        optimizer.minimize(
          () => tf.tidy(() => descent.loss(rowsOfStep, true)),
          false,
          variables as Variable[],
        );
        descent.afterStep?.();
      }
      const loss = await lossOf(tf, descent, judged);
      if (loss < best.loss * (1 - BETTER)) {
        best = { weights: await readWeights(variables), loss, epoch };
      }
      await hooks.onEpoch({ epoch, epochs: options.epochs, loss });
    }
  } finally {
    optimizer.dispose();
  }
  return { weights: best.weights, epochs: epoch, loss: best.loss };
}

/**
 * Minimises, sets the `prune` part of each matrix to 0 that is smallest in
 * magnitude, and minimises again with these held at 0 (Han et al., 2015).
 */
export async function descendPruned(
  tf: Tf,
  descent: Descent,
  { prune, hooks }: { readonly prune: number; readonly hooks: TrainingHooks },
): Promise<DescentResult> {
  const first = await descend(tf, descent, hooks);
  if (prune === 0) return first;
  const { variables } = descent;
  const masks = first.weights.map((weights, at): Tensor => {
    const variable = variables[at] as Variable;
    variable.assign(tf.tidy(() => tf.tensor(weights, variable.shape)));
    const isMatrix = variable.rank === 2;
    return tf.tensor(isMatrix ? largest(weights, prune) : weights.map(() => 1), variable.shape);
  });
  const afterStep = (): void => {
    variables.forEach((variable, at) => {
      const masked = tf.tidy(() => tf.mul(variable, masks[at] as Tensor));
      variable.assign(masked);
      masked.dispose();
    });
  };
  try {
    afterStep();
    const second = await descend(tf, { ...descent, afterStep }, hooks);
    return { ...second, epochs: first.epochs + second.epochs };
  } finally {
    tf.dispose(masks);
  }
}

/** 1 for each number that stays, 0 for the `prune` part that is smallest in magnitude. */
function largest(weights: Float32Array, prune: number): Float32Array {
  const order = Uint32Array.from(weights, (_, at) => at);
  order.sort((a, b) => Math.abs(weights[a] as number) - Math.abs(weights[b] as number));
  const mask = new Float32Array(weights.length).fill(1);
  for (const at of order.subarray(0, Math.floor(weights.length * prune))) mask[at] = 0;
  return mask;
}

function* batches(rows: Uint32Array, size: number, random: Random): Generator<Uint32Array> {
  const wanted = Math.max(MIN_STEPS, Math.ceil(rows.length / size));
  let steps = 0;
  while (steps < wanted) {
    const order = shuffled(rows.length, random).map((at) => rows[at] as number);
    for (let start = 0; start < order.length && steps < wanted; start += size) {
      yield order.subarray(start, start + size);
      steps += 1;
    }
  }
}

async function lossOf(tf: Tf, descent: Descent, rows: Uint32Array): Promise<number> {
  let sum = 0;
  for (let start = 0; start < rows.length; start += EVALUATION_ROWS) {
    const some = rows.subarray(start, start + EVALUATION_ROWS);
    const loss = tf.tidy(() => descent.loss(some, false));
    sum += ((await loss.data())[0] as number) * some.length;
    loss.dispose();
  }
  return sum / rows.length;
}

async function readWeights(variables: readonly Variable[]): Promise<readonly Float32Array[]> {
  const read: Float32Array[] = [];
  for (const variable of variables) read.push(Float32Array.from(await variable.data()));
  return read;
}
