import type { Matrix } from '../matrix.ts';
import type { Model } from '../model.ts';

import { SCALINGS } from './column-scale.ts';
import type { Scaling } from './column-scale.ts';
import { solveOneClass } from './one-class-solver.ts';
import { radial, radialMatrix, scaleGamma } from './radial-kernel.ts';
import { pickRows } from './rows.ts';
import { fitScaledRows, readScaledRows, scaledRowsState } from './scaled-rows.ts';
import type { ScaledRows } from './scaled-rows.ts';
import type { StateReader } from './state-reader.ts';
import { tabularKind } from './tabular-kind.ts';
import { TabularModel } from './tabular-model.ts';

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
export const oneClassSvm = tabularKind<OneClassSvmOptions, Fitted, Model<Matrix>>(
  {
    kind: 'one_class_svm',
    doc: 'Draws a smooth border around up to 2,000 rows and finds what lies outside; exact, about 40 µs a row. Schölkopf et al., Neural Computation 2001.',
    version: 1,
    defaults: { nu: 0.5, gamma: 0, window: 2000, tolerance: 0.001, scaling: 'standard' },
    limits: {
      nu: { min: 0.001, max: 1 },
      gamma: { min: 0, max: 1e9 },
      window: { min: 1, max: 4000, isWhole: true },
      tolerance: { min: 1e-6, max: 0.1 },
      scaling: SCALINGS,
    },
    state: fittedState,
    read: readFitted,
  },
  (parts) => new OneClassSvm(parts),
);

/** The border depends on all rows: to go on learning, fit again on the new window, or take `one_class_svm_rff`. */
class OneClassSvm extends TabularModel<OneClassSvmOptions, Fitted> {
  protected weigh({ matrix, alpha }: Fitted): number {
    return matrix.values.byteLength + alpha.byteLength;
  }

  protected learn(samples: Matrix): Fitted {
    const { window, scaling, nu, tolerance } = this.options;
    const { random } = this;
    const { scale, matrix } = fitScaledRows(samples, { most: window, scaling, random });
    const gamma = this.options.gamma === 0 ? scaleGamma(matrix) : this.options.gamma;
    const kernel = radialMatrix(matrix, gamma);
    const { alpha, rho } = solveOneClass({ rows: matrix.rows, kernel, nu, tolerance });
    const support = Uint32Array.from(alpha.keys()).filter((row) => (alpha[row] as number) > 0);
    return {
      scale,
      matrix: pickRows(matrix, support),
      alpha: alpha.filter((weight) => weight > 0),
      rho,
      gamma,
    };
  }

  protected scoreRows(samples: Matrix, fitted: Fitted): Float64Array {
    const { scale, matrix, alpha, rho, gamma } = fitted;
    const rows = scale.apply(samples);
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
