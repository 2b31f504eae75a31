import type { Matrix } from '../matrix.ts';

import { ColumnScale, SCALINGS } from './column-scale.ts';
import type { Scaling } from './column-scale.ts';
import { distanceAtRank } from './distance-at-rank.ts';
import type { ExplainableModel } from './explain.ts';
import { addSquares } from './neighbours.ts';
import { pickRows, replaceRow, requireSamples, sampleRows, shufflePrefix } from './rows.ts';
import { readScaledRows, scaledRowsState } from './scaled-rows.ts';
import type { ScaledRows } from './scaled-rows.ts';
import type { StateReader } from './state-reader.ts';
import { tabularKind } from './tabular-kind.ts';
import { ExplainableTabularModel } from './tabular-model.ts';

/** Rows that the scale of the columns is learned from. */
const SCALE_ROWS = 10_000;

export interface SampledNeighboursOptions {
  /** Samples drawn, 1 to 100. @default 8 */
  readonly groups: number;
  /** Rows of each, 2 to 4,096; half of what there is when that is less. @default 256 */
  readonly sampleSize: number;
  /** Rank of the neighbour whose distance counts, as a share of the sample, 0 to 1; at least the first. Anomalies that come in groups of less are found. @default 0.08 */
  readonly share: number;
  /** How columns become comparable. @default 'compressed' */
  readonly scaling: Scaling;
}

/** All groups' rows, one group after another, scaled. */
interface Fitted extends ScaledRows {
  /** Row that `update` replaces next: the oldest of a group, one group after another. */
  next: number;
}

/** A model that can also score the rows it is being fitted on. */
export interface SampledNeighbours extends ExplainableModel {
  /** As `fit`; then scores these rows of the samples, each without itself as a neighbour. @throws MODEL_INPUT */
  fitAndScore(samples: Matrix, rows: Uint32Array): Float64Array;
}

/**
 * Distance to a near row of small random samples, in the mean over them. Pang, Ting
 * and Albrecht, "LeSiNN: Detecting Anomalies by Identifying Least Similar
 * Nearest Neighbours", ICDMW 2015; why small samples do better than all rows:
 * Sugiyama and Borgwardt, NIPS 2013. Anomalies that come in groups lose each
 * other in a small sample, as they do in an isolation forest, so that the model
 * may be fitted on rows that hold some.
 *
 * Takes rows of any units. A score is a distance in scaled units. `score`
 * O(groups × sampleSize × columns) a row, about 60 µs with the defaults and 10
 * columns; `fit` a sort of up to 10,000 rows. `update` puts rows in
 * place of the oldest, one group after another; the scale stays.
 */
export const sampledNeighbours = tabularKind<SampledNeighboursOptions, Fitted, SampledNeighbours>(
  {
    kind: 'sampled_neighbours',
    doc: 'Finds rows far from their neighbours in 8 random samples of 256; bears anomalies among what it learns from; about 60 µs a row. Pang, Ting and Albrecht, ICDMW 2015.',
    version: 1,
    defaults: { groups: 8, sampleSize: 256, share: 0.08, scaling: 'compressed' },
    limits: {
      groups: { min: 1, max: 100, isWhole: true },
      sampleSize: { min: 2, max: 4096, isWhole: true },
      share: { min: 0, max: 1 },
      scaling: SCALINGS,
    },
    state: (fitted) => ({ ...scaledRowsState(fitted), next: fitted.next }),
    read: readFitted,
  },
  (parts) => new SampledNeighboursModel(parts),
);

/** As `sampledNeighbours.create`. */
export const createSampledNeighbours = sampledNeighbours.create;

class SampledNeighboursModel
  extends ExplainableTabularModel<SampledNeighboursOptions, Fitted>
  implements SampledNeighbours
{
  protected weigh({ matrix }: Fitted): number {
    return matrix.values.byteLength;
  }

  protected learn(samples: Matrix): Fitted {
    return this.#draw(samples).fitted;
  }

  fitAndScore(samples: Matrix, rows: Uint32Array): Float64Array {
    const { fitted, drawn } = this.#draw(requireSamples(samples));
    this.fitted = fitted;
    const size = drawn.length / this.options.groups;
    const scored = fitted.scale.apply(pickRows(samples, rows));
    return this.#meanOverGroups(scored, fitted, (group) => {
      // A lone row has no neighbour but itself.
      if (size === 1) return new Int32Array(rows.length).fill(-1);
      const places = new Map<number, number>();
      for (let place = 0; place < size; place += 1) {
        places.set(drawn[group * size + place] as number, place);
      }
      return Int32Array.from(rows, (row) => places.get(row) ?? -1);
    });
  }

  protected scoreRows(samples: Matrix, fitted: Fitted): Float64Array {
    return this.#meanOverGroups(fitted.scale.apply(samples), fitted);
  }

  protected override follow(samples: Matrix, fitted: Fitted): void {
    const { scale, matrix } = fitted;
    const rows = scale.apply(samples);
    const { groups } = this.options;
    const size = matrix.rows / groups;
    for (let row = 0; row < rows.rows; row += 1) {
      const place = (fitted.next % groups) * size + Math.floor(fitted.next / groups);
      replaceRow(matrix, place, { rows, row });
      fitted.next = (fitted.next + 1) % matrix.rows;
    }
  }

  /** Parts of the squared distances to the neighbours up to the one that counts. */
  protected partsOf(row: Matrix, fitted: Fitted): Float64Array {
    const scaled = fitted.scale.apply(row);
    const { groups } = this.options;
    const parts = new Float64Array(scaled.columns);
    for (let group = 0; group < groups; group += 1) {
      const references = this.#group(fitted, group);
      const count = this.#rank(references.rows);
      addSquares(parts, scaled, { references, count, divisor: count * groups });
    }
    return parts;
  }

  /** Draws the groups; and the row numbers drawn, one group after another. */
  #draw(samples: Matrix): { readonly fitted: Fitted; readonly drawn: Uint32Array } {
    const { groups, sampleSize, scaling } = this.options;
    const { rows } = samples;
    const size = Math.min(rows, sampleSize, Math.max(2, Math.ceil(rows / 2)));
    const scaleRows = sampleRows(rows, SCALE_ROWS, this.random);
    const scale = ColumnScale.fit(pickRows(samples, scaleRows), scaling);
    const order = Uint32Array.from({ length: rows }, (_, row) => row);
    const drawn = new Uint32Array(groups * size);
    for (let group = 0; group < groups; group += 1) {
      drawn.set(shufflePrefix(order, size, this.random), group * size);
    }
    return { fitted: { scale, matrix: scale.apply(pickRows(samples, drawn)), next: 0 }, drawn };
  }

  #meanOverGroups(
    rows: Matrix,
    fitted: Fitted,
    skippedOf?: (group: number) => Int32Array,
  ): Float64Array {
    const { groups } = this.options;
    const means = new Float64Array(rows.rows);
    for (let group = 0; group < groups; group += 1) {
      const references = this.#group(fitted, group);
      const skipped = skippedOf === undefined ? {} : { skipped: skippedOf(group) };
      const rank = this.#rank(references.rows);
      const distances = distanceAtRank(rows, references, { rank, ...skipped });
      for (let row = 0; row < means.length; row += 1) {
        means[row] = (means[row] as number) + (distances[row] as number) / groups;
      }
    }
    return means;
  }

  /** A view of one group's rows. */
  #group({ matrix }: Fitted, group: number): Matrix {
    const rows = matrix.rows / this.options.groups;
    const { columns } = matrix;
    const values = matrix.values.subarray(group * rows * columns, (group + 1) * rows * columns);
    return { rows, columns, values };
  }

  /** One less than there are at most: a row that is itself among them needs another one. */
  #rank(rows: number): number {
    return Math.max(1, Math.min(Math.round(this.options.share * rows), rows - 1));
  }
}

function readFitted(reader: StateReader, options: SampledNeighboursOptions): Fitted {
  const { groups, sampleSize } = options;
  const kept = readScaledRows(reader, groups * sampleSize);
  if (kept.matrix.rows % groups !== 0) throw reader.refusal('rows', 'no whole groups');
  const next = reader.number('next', { min: 0, max: kept.matrix.rows - 1, isWhole: true });
  return { ...kept, next };
}
