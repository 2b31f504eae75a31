import type { Random } from '../../core/random.ts';
import type { Matrix } from '../matrix.ts';
import { unfitted } from '../model.ts';
import type { Model, ModelKind, ModelSnapshot } from '../model.ts';

import { checkedOptions } from './checked-options.ts';
import { ColumnScale, SCALINGS } from './column-scale.ts';
import type { Scaling } from './column-scale.ts';
import { solveOneClass } from './one-class-solver.ts';
import { radial, radialMatrix, scaleGamma } from './radial-kernel.ts';
import { pickRows, requireRows, requireSamples, sampleRows } from './rows.ts';
import { readScaledRows, scaledRowsState } from './scaled-rows.ts';
import type { ScaledRows } from './scaled-rows.ts';
import { StateReader } from './state-reader.ts';

const KIND = 'one_class_svm';
const VERSION = 1;

export interface OneClassSvmOptions {
  /** Share of the rows that may lie outside at most, 0.001 to 1. @default 0.5 */
  readonly nu: number;
  /** Of the radial kernel exp(−gamma × squared distance) on scaled rows; 0 is 1 over columns × variance. @default 0 */
  readonly gamma: number;
  /** Rows learned from, 1 to 4,000; drawn at random from more. @default 2000 */
  readonly window: number;
  /** Violation at which the solver ends, 1e-6 to 0.1. @default 0.001 */
  readonly tolerance: number;
  /** How columns become comparable. @default 'standard' */
  readonly scaling: Scaling;
}

const DEFAULTS: OneClassSvmOptions = {
  nu: 0.5,
  gamma: 0,
  window: 2000,
  tolerance: 0.001,
  scaling: 'standard',
};
const LIMITS = {
  nu: { min: 0.001, max: 1 },
  gamma: { min: 0, max: 1e9 },
  window: { min: 1, max: 4000, isWhole: true },
  tolerance: { min: 1e-6, max: 0.1 },
  scaling: SCALINGS,
};

/** Support vectors and their weights. */
interface Fitted extends ScaledRows {
  readonly alpha: Float64Array;
  readonly rho: number;
  readonly gamma: number;
}

/**
 * One-class support vector machine with a radial kernel, solved exactly.
 * Schölkopf, Platt, Shawe-Taylor, Smola and Williamson, "Estimating the Support
 * of a High-Dimensional Distribution", Neural Computation 13, 2001; the solver
 * as Fan, Chen and Lin, JMLR 6, 2005.
 *
 * Takes rows of any units. A score is above 0 outside the learned region: it
 * is `-decision_function` of scikit-learn's OneClassSVM. `fit` O(window² ×
 * columns), about 100 ms for 2,000 × 10 and 16 MB meanwhile, which belongs into
 * a worker; `score` O(support vectors × columns) a row, about 40 µs for 1,000.
 */
export const oneClassSvm: ModelKind<Matrix, OneClassSvmOptions> = {
  kind: KIND,
  doc: 'Draws a smooth border around up to 2,000 rows and finds what lies outside; exact, about 40 µs a row. Schölkopf et al., Neural Computation 2001.',
  defaults: DEFAULTS,
  create: (options, random) => new OneClassSvm(checkedOptions(DEFAULTS, options, LIMITS), random),
  restore(snapshot) {
    const reader = StateReader.of(snapshot, KIND, VERSION);
    const options = reader.options(DEFAULTS, LIMITS);
    const random = reader.random('random');
    const fitted = reader.has('fitted') ? readFitted(reader.child('fitted'), options) : undefined;
    return new OneClassSvm(options, random, fitted);
  },
};

class OneClassSvm implements Model<Matrix> {
  readonly kind = KIND;
  readonly #options: OneClassSvmOptions;
  readonly #random: Random;
  #fitted: Fitted | undefined;

  constructor(options: OneClassSvmOptions, random: Random, fitted?: Fitted) {
    this.#options = options;
    this.#random = random;
    this.#fitted = fitted;
  }

  get bytes(): number {
    const fitted = this.#fitted;
    return fitted === undefined ? 0 : fitted.matrix.values.byteLength + fitted.alpha.byteLength;
  }

  fit(samples: Matrix): void {
    const { window, scaling, nu, tolerance } = this.#options;
    const { rows } = requireSamples(samples);
    const picked = pickRows(samples, sampleRows(rows, window, this.#random));
    const scale = ColumnScale.fit(picked, scaling);
    const matrix = scale.apply(picked);
    const gamma = this.#options.gamma === 0 ? scaleGamma(matrix) : this.#options.gamma;
    const kernel = radialMatrix(matrix, gamma);
    const { alpha, rho } = solveOneClass({ rows: matrix.rows, kernel, nu, tolerance });
    const support = Uint32Array.from(alpha.keys()).filter((row) => (alpha[row] as number) > 0);
    this.#fitted = {
      scale,
      matrix: pickRows(matrix, support),
      alpha: alpha.filter((weight) => weight > 0),
      rho,
      gamma,
    };
  }

  score(samples: Matrix): Float64Array {
    const { scale, matrix, alpha, rho, gamma } = this.#ready();
    const rows = scale.apply(requireRows(samples, scale.columns));
    const scores = new Float64Array(rows.rows);
    for (let row = 0; row < rows.rows; row += 1) {
      let sum = 0;
      for (let otherRow = 0; otherRow < matrix.rows; otherRow += 1) {
        sum += (alpha[otherRow] as number) * radial(rows, row, { other: matrix, otherRow, gamma });
      }
      scores[row] = rho - sum;
    }
    return scores;
  }

  /** The border depends on all rows: fit again on the new window, or take `one_class_svm_rff`. */
  update(samples: Matrix): void {
    requireRows(samples, this.#ready().scale.columns);
  }

  snapshot(): ModelSnapshot {
    const fitted = this.#fitted;
    const state = {
      options: { ...this.#options },
      random: this.#random.state(),
      ...(fitted === undefined ? {} : { fitted: fittedState(fitted) }),
    };
    return { kind: KIND, version: VERSION, state };
  }

  #ready(): Fitted {
    if (this.#fitted === undefined) throw unfitted(KIND);
    return this.#fitted;
  }
}

/** Never changed in place: arrays can be handed out as they are. */
function fittedState({ scale, matrix, alpha, rho, gamma }: Fitted): unknown {
  return { ...scaledRowsState({ scale, matrix }), alpha, rho, gamma };
}

function readFitted(reader: StateReader, { window }: OneClassSvmOptions): Fitted {
  const kept = readScaledRows(reader, window);
  const length = kept.matrix.rows;
  return {
    ...kept,
    alpha: reader.floats('alpha', { length, bounds: { min: 0, max: 1 } }),
    rho: reader.number('rho', { min: 0, max: window + 1 }),
    gamma: reader.number('gamma', { min: 0, max: Number.MAX_VALUE }),
  };
}
