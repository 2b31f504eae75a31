import type { Matrix } from '../matrix.ts';
import type { Model } from '../model.ts';

import { SCALINGS } from './column-scale.ts';
import type { Scaling } from './column-scale.ts';
import { nearest, themselves } from './neighbours.ts';
import type { Neighbours } from './neighbours.ts';
import { fitScaledRows, readScaledRows, scaledRowsState } from './scaled-rows.ts';
import type { ScaledRows } from './scaled-rows.ts';
import type { StateReader } from './state-reader.ts';
import { tabularKind } from './tabular-kind.ts';
import { TabularModel } from './tabular-model.ts';

/** Keeps the density of rows that repeat finite; the same as in scikit-learn, so that factors are. */
const TINY_REACH = 1e-10;

export interface LocalOutlierFactorOptions {
  /** Neighbours that density is taken over, 1 to 500. @default 20 */
  readonly neighbours: number;
  /** Rows kept, 2 to 5,000; drawn at random from more. @default 2000 */
  readonly window: number;
  /** How columns become comparable. @default 'standard' */
  readonly scaling: Scaling;
}

/** What `fit` keeps: per row of the window the distance to its last neighbour, and its density. */
interface Fitted extends ScaledRows {
  readonly reach: Float64Array;
  readonly density: Float64Array;
}

/**
 * Local outlier factor: how much sparser it is around a row than around its
 * neighbours. Breunig, Kriegel, Ng and Sander, "LOF: Identifying Density-Based
 * Local Outliers", SIGMOD 2000; new rows against the window as scikit-learn's
 * `novelty=True`, whose `-score_samples` this is.
 *
 * Takes rows of any units. A score is a ratio: about 1 inside a cluster,
 * however dense; up to 10¹⁰ and more beside rows that repeat. Exact on the
 * window: `fit` O(window² × columns), about 90 ms for 2,000 × 10, which belongs
 * into a worker; `score` O(window × columns) a row, about 40 µs.
 */
export const localOutlierFactor = tabularKind<LocalOutlierFactorOptions, Fitted, Model<Matrix>>(
  {
    kind: 'local_outlier_factor',
    doc: 'Finds rows in sparser surroundings than their neighbours have, in a window of up to 2,000 rows; exact, about 40 µs a row. Breunig et al., SIGMOD 2000.',
    version: 1,
    defaults: { neighbours: 20, window: 2000, scaling: 'standard' },
    limits: {
      neighbours: { min: 1, max: 500, isWhole: true },
      window: { min: 2, max: 5000, isWhole: true },
      scaling: SCALINGS,
    },
    state: fittedState,
    read: readFitted,
  },
  (parts) => new LocalOutlierFactor(parts),
);

/** Densities depend on all rows: fit again on the new window instead of updating. */
class LocalOutlierFactor extends TabularModel<LocalOutlierFactorOptions, Fitted> {
  protected weigh({ matrix }: Fitted): number {
    return matrix.values.byteLength + 16 * matrix.rows;
  }

  protected learn(samples: Matrix): Fitted {
    const { window, scaling } = this.options;
    const { random } = this;
    const { scale, matrix } = fitScaledRows(samples, { most: window, scaling, random });
    const count = this.#count(matrix.rows);
    // A lone row has no neighbour but itself.
    const skipped = matrix.rows > 1 ? { skipped: themselves(matrix.rows) } : {};
    const neighbours = nearest(matrix, matrix, { count, ...skipped });
    const reach = Float64Array.from(
      { length: matrix.rows },
      (_, row) => neighbours.distances[row * count + count - 1] as number,
    );
    return { scale, matrix, reach, density: densities(neighbours, reach) };
  }

  protected scoreRows(samples: Matrix, { scale, matrix, reach, density }: Fitted): Float64Array {
    const count = this.#count(matrix.rows);
    const neighbours = nearest(scale.apply(samples), matrix, { count });
    const scores = densities(neighbours, reach);
    for (let row = 0; row < scores.length; row += 1) {
      const own = scores[row] as number;
      let sum = 0;
      for (let place = row * count; place < (row + 1) * count; place += 1) {
        sum += (density[neighbours.indices[place] as number] as number) / own;
      }
      scores[row] = sum / count;
    }
    return scores;
  }

  #count(rows: number): number {
    return Math.max(1, Math.min(this.options.neighbours, rows - 1));
  }
}

/** Local reachability density of each row: 1 over the mean distance to its neighbours, none nearer than the neighbour's own reach. */
function densities({ count, distances, indices }: Neighbours, reach: Float64Array): Float64Array {
  const result = new Float64Array(distances.length / count);
  for (let row = 0; row < result.length; row += 1) {
    let sum = 0;
    for (let place = row * count; place < (row + 1) * count; place += 1) {
      const distance = distances[place] as number;
      const other = reach[indices[place] as number] as number;
      sum += distance > other ? distance : other;
    }
    result[row] = 1 / (sum / count + TINY_REACH);
  }
  return result;
}

/** Never changed in place: arrays can be handed out as they are. */
function fittedState({ scale, matrix, reach, density }: Fitted): unknown {
  return { ...scaledRowsState({ scale, matrix }), reach, density };
}

function readFitted(reader: StateReader, { window }: LocalOutlierFactorOptions): Fitted {
  const kept = readScaledRows(reader, window);
  const length = kept.matrix.rows;
  const reach = reader.floats('reach', { length, bounds: { min: 0, max: 1e160 } });
  const density = reader.floats('density', {
    length,
    bounds: { min: 1e-160, max: 1 / TINY_REACH },
  });
  return { ...kept, reach, density };
}
