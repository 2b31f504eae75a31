import type { Random } from '../../core/random.ts';
import type { Matrix } from '../matrix.ts';
import type { Model } from '../model.ts';

import { ColumnScale, SCALINGS } from './column-scale.ts';
import type { Scaling } from './column-scale.ts';
import { FourierFeatures } from './fourier-features.ts';
import { scaleGamma } from './radial-kernel.ts';
import { fitScaledRows } from './scaled-rows.ts';
import type { StateReader } from './state-reader.ts';
import { tabularKind } from './tabular-kind.ts';
import type { TabularParts } from './tabular-kind.ts';
import { TabularModel } from './tabular-model.ts';

/** Steps that a fit takes at least, over and over the same rows; below that the border is rough. */
const MIN_STEPS = 4000;
/** Scaled values are held within this: an angle must not lose its fraction. */
const FAR = 1e6;

export interface OneClassSvmRffOptions {
  /** Share of the rows that may lie outside, 0.001 to 1. @default 0.5 */
  readonly nu: number;
  /** Of the radial kernel exp(−gamma × squared distance) on scaled rows; 0 is 1 over columns × variance. @default 0 */
  readonly gamma: number;
  /** Random features, 8 to 4,096. @default 256 */
  readonly features: number;
  /** Rows that a fit learns from, 1 to 100,000; drawn at random from more. @default 4000 */
  readonly window: number;
  /** Rows after which `update` has mostly forgotten, 10 to 10,000,000. @default 4000 */
  readonly memory: number;
  /** How columns become comparable. @default 'standard' */
  readonly scaling: Scaling;
}

interface Fitted {
  readonly scale: ColumnScale;
  readonly features: FourierFeatures;
  readonly weights: Float64Array;
  rho: number;
  /** Steps taken, counted up to `memory`: 1 over it is the size of the next one. */
  steps: number;
}

/**
 * One-class support vector machine that learns row by row: the objective of
 * Schölkopf et al. (Neural Computation 13, 2001) on random Fourier features
 * (Rahimi and Recht, NIPS 2007), by stochastic gradient steps of size 1/step.
 *
 * Takes rows of any units. A score is above 0 outside the learned region;
 * features, not rows, are kept, so that memory does not grow. `score` and
 * `update` O(features × columns) a row, about 13 µs for 256 × 10; `fit` about
 * 60 ms. Steps never get smaller than 1/`memory`: old rows fade.
 */
export const oneClassSvmRff = tabularKind<OneClassSvmRffOptions, Fitted, Model<Matrix>>(
  {
    kind: 'one_class_svm_rff',
    doc: 'Draws a smooth border around the rows seen lately, learning row by row; about 13 µs a row. Rahimi and Recht, NIPS 2007.',
    version: 1,
    defaults: {
      nu: 0.5,
      gamma: 0,
      features: 256,
      window: 4000,
      memory: 4000,
      scaling: 'standard',
    },
    limits: {
      nu: { min: 0.001, max: 1 },
      gamma: { min: 0, max: 1e9 },
      features: { min: 8, max: 4096, isWhole: true },
      window: { min: 1, max: 100_000, isWhole: true },
      memory: { min: 10, max: 10_000_000, isWhole: true },
      scaling: SCALINGS,
    },
    state: fittedState,
    read: readFitted,
  },
  (parts) => new OneClassSvmRff(parts),
);

class OneClassSvmRff extends TabularModel<OneClassSvmRffOptions, Fitted> {
  /** Features of the row at hand. */
  readonly #row: Float64Array;

  constructor(parts: TabularParts<OneClassSvmRffOptions, Fitted>) {
    super(parts);
    this.#row = new Float64Array(parts.options.features);
  }

  protected weigh({ features, scale }: Fitted): number {
    return 8 * features.features * (scale.columns + 2);
  }

  protected learn(samples: Matrix): Fitted {
    const { window, scaling, gamma, features: count } = this.options;
    const { random } = this;
    const kept = fitScaledRows(samples, { most: window, scaling, random });
    const matrix = near(kept.matrix);
    const features = FourierFeatures.draw(
      {
        columns: matrix.columns,
        features: count,
        gamma: gamma === 0 ? scaleGamma(matrix) : gamma,
      },
      random,
    );
    const weights = new Float64Array(count);
    const fitted = { scale: kept.scale, features, weights, rho: 0, steps: 0 };
    for (let taken = 0; taken < MIN_STEPS; taken += matrix.rows) {
      this.#step(fitted, matrix, sampleOrder(matrix.rows, random));
    }
    return fitted;
  }

  protected scoreRows(samples: Matrix, fitted: Fitted): Float64Array {
    const { scale, features, weights, rho } = fitted;
    const { rows, columns, values } = near(scale.apply(samples));
    const scores = new Float64Array(rows);
    for (let row = 0; row < rows; row += 1) {
      features.write(values, row * columns, this.#row);
      scores[row] = rho - dot(weights, this.#row);
    }
    return scores;
  }

  protected override follow(samples: Matrix, fitted: Fitted): void {
    const matrix = near(fitted.scale.apply(samples));
    this.#step(
      fitted,
      matrix,
      Uint32Array.from({ length: matrix.rows }, (_, row) => row),
    );
  }

  /** One gradient step a row: w shrinks, and rows below the border pull it towards them. */
  #step(fitted: Fitted, { columns, values }: Matrix, order: Uint32Array): void {
    const { features, weights } = fitted;
    const { nu, memory } = this.options;
    for (const row of order) {
      features.write(values, row * columns, this.#row);
      if (fitted.steps < memory) fitted.steps += 1;
      const size = 1 / fitted.steps;
      const pull = dot(weights, this.#row) < fitted.rho || fitted.steps === 1 ? 1 / nu : 0;
      for (let index = 0; index < weights.length; index += 1) {
        const weight = weights[index] as number;
        weights[index] = weight + size * (pull * (this.#row[index] as number) - weight);
      }
      fitted.rho += size * (1 - pull);
    }
  }
}

/** All rows, in a random order. */
function sampleOrder(rows: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  for (let place = rows - 1; place > 0; place -= 1) {
    const other = random.integer(0, place);
    const taken = order[place] as number;
    order[place] = order[other] as number;
    order[other] = taken;
  }
  return order;
}

/** `matrix` with its values held within reach, in place. */
function near(matrix: Matrix): Matrix {
  const { values } = matrix;
  for (let index = 0; index < values.length; index += 1) {
    values[index] = Math.max(-FAR, Math.min(FAR, values[index] as number));
  }
  return matrix;
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index += 1) {
    sum += (one[index] as number) * (other[index] as number);
  }
  return sum;
}

function fittedState({ scale, features, weights, rho, steps }: Fitted): unknown {
  return {
    columns: scale.columns,
    scale: scale.state(),
    features: features.state(),
    weights: weights.slice(),
    rho,
    steps,
  };
}

function readFitted(reader: StateReader, { features, memory, nu }: OneClassSvmRffOptions): Fitted {
  const columns = reader.number('columns', { min: 1, max: 4096, isWhole: true });
  const far = 10 / nu;
  return {
    scale: ColumnScale.read(reader.child('scale'), columns),
    features: FourierFeatures.read(reader.child('features'), columns, features),
    weights: reader.floats('weights', { length: features, bounds: { min: -far, max: far } }),
    rho: reader.number('rho', { min: -far, max: far }),
    steps: reader.number('steps', { min: 1, max: memory, isWhole: true }),
  };
}
