import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { Random, type RandomState } from '../../core/random.ts';
import { asMatrix, type Matrix } from '../matrix.ts';
import type { AutoencoderState } from './autoencoder-state.ts';
import { hiddenSizes, type AutoencoderOptions } from './autoencoder-options.ts';
import type { Activation } from './dense-network.ts';
import { glorotUniform, joined, shuffled } from './initial-weights.ts';
import { inverseOf, standardised, standardOf, type Standard } from './standardiser.ts';
import { descendPruned, type Descent, type TrainingHooks } from './descent.ts';
import type { Tf } from './tf.ts';

export interface AutoencoderJob {
  readonly kind: 'autoencoder';
  /** Rows taken to be normal, finite, row after row. */
  readonly values: Float64Array;
  readonly columns: number;
  readonly options: AutoencoderOptions;
  readonly random: RandomState;
}

interface Layer {
  readonly kernel: Variable;
  readonly bias: Variable;
  readonly activation: Activation;
}

/** Trains on the backend that is set; on one backend the same job gives the same weights. Leaves no tensor behind. */
export async function trainAutoencoder(
  tf: Tf,
  job: AutoencoderJob,
  hooks: TrainingHooks,
): Promise<AutoencoderState> {
  const { options, columns } = job;
  const random = Random.from(job.random);
  const matrix = asMatrix(job.values, columns);
  const standard = standardOf(matrix);
  const inputs = standardInputs(matrix, standard, options.clip);
  const sizes = [columns, ...hiddenSizes(options, columns), columns];
  const layers = createLayers(tf, { sizes, activation: options.activation, random });
  try {
    const variables = layers.flatMap(({ kernel, bias }) => [kernel, bias]);
    const descent = descentOf(tf, { layers, inputs, options, columns, random });
    const { weights, epochs, loss } = await descendPruned(
      tf,
      { ...descent, variables },
      { prune: options.prune, hooks },
    );
    return { columns, ...standard, weights: joined(weights), epochs, loss };
  } finally {
    for (const { kernel, bias } of layers) tf.dispose([kernel, bias]);
  }
}

function standardInputs(
  { values, columns }: Matrix,
  { mean, scale }: Standard,
  clip: number,
): Float32Array {
  const inverse = inverseOf(scale);
  return Float32Array.from(values, (value, at) => {
    const column = at % columns;
    const off = standardised(value, mean[column] as number, inverse[column] as number);
    return Math.max(-clip, Math.min(clip, off));
  });
}

function createLayers(
  tf: Tf,
  {
    sizes,
    activation,
    random,
  }: {
    readonly sizes: readonly number[];
    readonly activation: Activation;
    readonly random: Random;
  },
): readonly Layer[] {
  return sizes.slice(1).map((outputs, index) => {
    const inputs = sizes[index] as number;
    const isLast = index === sizes.length - 2;
    return tf.tidy(() => ({
      kernel: tf.variable(tf.tensor2d(glorotUniform(random, inputs, outputs), [inputs, outputs])),
      bias: tf.variable(tf.zeros([outputs])),
      activation: isLast ? 'linear' : activation,
    }));
  });
}

/** The network's output for a batch, inside the caller's tidy. */
function forward(tf: Tf, layers: readonly Layer[], batch: Tensor2D): Tensor2D {
  return layers.reduce((values, { kernel, bias, activation }) => {
    const sums: Tensor2D = tf.add(tf.matMul(values, kernel as unknown as Tensor2D), bias);
    if (activation === 'tanh') return tf.tanh(sums);
    return activation === 'relu' ? tf.relu(sums) : sums;
  }, batch);
}

interface Network {
  readonly layers: readonly Layer[];
  /** Standardised rows. */
  readonly inputs: Float32Array;
  readonly options: AutoencoderOptions;
  readonly columns: number;
  readonly random: Random;
}

function descentOf(tf: Tf, network: Network): Omit<Descent, 'variables'> {
  const { layers, inputs, options, columns, random } = network;
  const rows = inputs.length / columns;
  return {
    rows,
    aside: rows < 16 ? 0 : Math.max(1, Math.floor(rows * options.validation)),
    order: shuffled(rows, random),
    random,
    options,
    loss: (chosen, isTraining) => {
      const clean = batchOf(network, chosen);
      const size: [number, number] = [chosen.length, columns];
      const target = tf.tensor2d(clean, size);
      const isNoisy = isTraining && options.noise > 0;
      const input = isNoisy ? tf.tensor2d(noisy(network, clean), size) : target;
      return tf.mean(tf.square(tf.sub(forward(tf, layers, input), target)));
    },
  };
}

function batchOf({ inputs, columns }: Network, rows: Uint32Array): Float32Array {
  const batch = new Float32Array(rows.length * columns);
  rows.forEach((row, at) => {
    batch.set(inputs.subarray(row * columns, (row + 1) * columns), at * columns);
  });
  return batch;
}

function noisy({ random, options }: Network, batch: Float32Array): Float32Array {
  return batch.map((value) => value + random.normal(0, options.noise));
}
