import type { Random } from '../../core/random.ts';
import type { Matrix } from '../matrix.ts';
import { unfitted } from '../model.ts';
import type { ModelKind, ModelSnapshot } from '../model.ts';

import { checkedOptions } from './checked-options.ts';
import { ColumnScale, SCALINGS } from './column-scale.ts';
import type { Scaling } from './column-scale.ts';
import { distanceAtRank } from './distance-at-rank.ts';
import { sharesOf } from './explain.ts';
import type { ExplainableModel } from './explain.ts';
import { nearest } from './neighbours.ts';
import {
  pickRows,
  requireRow,
  requireRows,
  requireSamples,
  sampleRows,
  shufflePrefix,
} from './rows.ts';
import { readScaledRows, scaledRowsState } from './scaled-rows.ts';
import type { ScaledRows } from './scaled-rows.ts';
import { StateReader } from './state-reader.ts';

const KIND = 'sampled_neighbours';
const VERSION = 1;
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

const DEFAULTS: SampledNeighboursOptions = {
  groups: 8,
  sampleSize: 256,
  share: 0.08,
  scaling: 'compressed',
};
const LIMITS = {
  groups: { min: 1, max: 100, isWhole: true },
  sampleSize: { min: 2, max: 4096, isWhole: true },
  share: { min: 0, max: 1 },
  scaling: SCALINGS,
};

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
export const sampledNeighbours: ModelKind<Matrix, SampledNeighboursOptions> = {
  kind: KIND,
  doc: 'Finds rows far from their neighbours in 8 random samples of 256; bears anomalies among what it learns from; about 60 µs a row. Pang, Ting and Albrecht, ICDMW 2015.',
  defaults: DEFAULTS,
  create: (options, random) => createSampledNeighbours(options, random),
  restore: (snapshot) => restoreSampledNeighbours(snapshot),
};

/** As `sampledNeighbours.create`, with what it can do besides. */
export function createSampledNeighbours(
  options: Partial<SampledNeighboursOptions>,
  random: Random,
): SampledNeighbours {
  return new SampledNeighboursModel(checkedOptions(DEFAULTS, options, LIMITS), random);
}

/** As `sampledNeighbours.restore`, with what it can do besides. */
export function restoreSampledNeighbours(snapshot: ModelSnapshot): SampledNeighbours {
  const reader = StateReader.of(snapshot, KIND, VERSION);
  const options = reader.options(DEFAULTS, LIMITS);
  const random = reader.random('random');
  const fitted = reader.has('fitted') ? readFitted(reader.child('fitted'), options) : undefined;
  return new SampledNeighboursModel(options, random, fitted);
}

class SampledNeighboursModel implements SampledNeighbours {
  readonly kind = KIND;
  readonly #options: SampledNeighboursOptions;
  readonly #random: Random;
  #fitted: Fitted | undefined;

  constructor(options: SampledNeighboursOptions, random: Random, fitted?: Fitted) {
    this.#options = options;
    this.#random = random;
    this.#fitted = fitted;
  }

  get bytes(): number {
    return this.#fitted?.matrix.values.byteLength ?? 0;
  }

  fit(samples: Matrix): void {
    this.#draw(requireSamples(samples));
  }

  fitAndScore(samples: Matrix, rows: Uint32Array): Float64Array {
    const drawn = this.#draw(requireSamples(samples));
    const { scale } = this.#ready();
    const size = drawn.length / this.#options.groups;
    const scored = scale.apply(pickRows(samples, rows));
    return this.#meanOverGroups(scored, (group) => {
      // A lone row has no neighbour but itself.
      if (size === 1) return new Int32Array(rows.length).fill(-1);
      const places = new Map<number, number>();
      for (let place = 0; place < size; place += 1) {
        places.set(drawn[group * size + place] as number, place);
      }
      return Int32Array.from(rows, (row) => places.get(row) ?? -1);
    });
  }

  score(samples: Matrix): Float64Array {
    const { scale } = this.#ready();
    return this.#meanOverGroups(scale.apply(requireRows(samples, scale.columns)));
  }

  update(samples: Matrix): void {
    const fitted = this.#ready();
    const { scale, matrix } = fitted;
    const { rows, columns, values } = scale.apply(requireRows(samples, scale.columns));
    const { groups } = this.#options;
    const size = matrix.rows / groups;
    for (let row = 0; row < rows; row += 1) {
      const place = (fitted.next % groups) * size + Math.floor(fitted.next / groups);
      const start = row * columns;
      matrix.values.set(values.subarray(start, start + columns), place * columns);
      fitted.next = (fitted.next + 1) % matrix.rows;
    }
  }

  /** Shares of the columns, adding up to 1: their parts of the squared distances to the neighbours up to the one that counts. */
  explain(row: Float64Array): Float64Array {
    const { scale, matrix } = this.#ready();
    const scaled = scale.apply(requireRow(row, scale.columns));
    const parts = new Float64Array(matrix.columns);
    for (let group = 0; group < this.#options.groups; group += 1) {
      const references = this.#group(group);
      const count = this.#rank(references.rows);
      for (const index of nearest(scaled, references, { count }).indices) {
        for (let column = 0; column < parts.length; column += 1) {
          const other = references.values[index * parts.length + column] as number;
          const square = ((scaled.values[column] as number) - other) ** 2;
          parts[column] = (parts[column] as number) + square / (count * this.#options.groups);
        }
      }
    }
    return sharesOf(parts);
  }

  snapshot(): ModelSnapshot {
    const fitted = this.#fitted;
    const state = {
      options: { ...this.#options },
      random: this.#random.state(),
      ...(fitted === undefined
        ? {}
        : { fitted: { ...scaledRowsState(fitted), next: fitted.next } }),
    };
    return { kind: KIND, version: VERSION, state };
  }

  /** Draws the groups; the row numbers drawn, one group after another. */
  #draw(samples: Matrix): Uint32Array {
    const { groups, sampleSize, scaling } = this.#options;
    const { rows } = samples;
    const size = Math.min(rows, sampleSize, Math.max(2, Math.ceil(rows / 2)));
    const scaleRows = sampleRows(rows, SCALE_ROWS, this.#random);
    const scale = ColumnScale.fit(pickRows(samples, scaleRows), scaling);
    const order = Uint32Array.from({ length: rows }, (_, row) => row);
    const drawn = new Uint32Array(groups * size);
    for (let group = 0; group < groups; group += 1) {
      drawn.set(shufflePrefix(order, size, this.#random), group * size);
    }
    this.#fitted = { scale, matrix: scale.apply(pickRows(samples, drawn)), next: 0 };
    return drawn;
  }

  #meanOverGroups(rows: Matrix, skippedOf?: (group: number) => Int32Array): Float64Array {
    const { groups } = this.#options;
    const means = new Float64Array(rows.rows);
    for (let group = 0; group < groups; group += 1) {
      const references = this.#group(group);
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
  #group(group: number): Matrix {
    const { matrix } = this.#ready();
    const rows = matrix.rows / this.#options.groups;
    const { columns } = matrix;
    const values = matrix.values.subarray(group * rows * columns, (group + 1) * rows * columns);
    return { rows, columns, values };
  }

  /** One less than there are at most: a row that is itself among them needs another one. */
  #rank(rows: number): number {
    return Math.max(1, Math.min(Math.round(this.#options.share * rows), rows - 1));
  }

  #ready(): Fitted {
    if (this.#fitted === undefined) throw unfitted(KIND);
    return this.#fitted;
  }
}

function readFitted(reader: StateReader, options: SampledNeighboursOptions): Fitted {
  const { groups, sampleSize } = options;
  const kept = readScaledRows(reader, groups * sampleSize);
  if (kept.matrix.rows % groups !== 0) throw reader.refusal('rows', 'no whole groups');
  const next = reader.number('next', { min: 0, max: kept.matrix.rows - 1, isWhole: true });
  return { ...kept, next };
}
