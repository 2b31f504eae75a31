import type { Matrix } from '../matrix.ts';

import type { ExplainableModel } from './explain.ts';
import { emptyTrees, fillLengths, growTrees, sumPathLengths } from './isolation-trees.ts';
import type { IsolationTrees } from './isolation-trees.ts';
import { meanPathLength } from './path-length.ts';
import type { StateReader } from './state-reader.ts';
import { tabularKind } from './tabular-kind.ts';
import { ExplainableTabularModel } from './tabular-model.ts';

export interface IsolationForestOptions {
  /** Trees, 1 to 1,000. @default 100 */
  readonly trees: number;
  /** Rows that each tree is grown on, 2 to 4,096. @default 256 */
  readonly sampleSize: number;
}

/**
 * Isolation forest: how few random splits separate a row from the others. Liu,
 * Ting and Zhou, "Isolation Forest", ICDM 2008.
 *
 * Takes rows of any units: splits fall uniformly between a column's extremes
 * in the sample, so shifting a column or multiplying it changes nothing, and
 * noise columns cost more than scales do. Scores lie between 0 and 1, about 0.5
 * for the ordinary row, as `-score_samples` of scikit-learn has them.
 *
 * `fit` takes O(trees × sampleSize × log sampleSize) and one pass over the row
 * numbers, about 10 ms; `score` O(trees × log sampleSize) a
 * row, about 2.5 µs with the defaults; 360 kB of state.
 */
export const isolationForest = tabularKind<
  IsolationForestOptions,
  IsolationTrees,
  ExplainableModel
>(
  {
    kind: 'isolation_forest',
    doc: 'Finds rows that few random splits separate from the others; indifferent to the units of columns, about 2.5 µs a row. Liu, Ting and Zhou, ICDM 2008.',
    version: 1,
    defaults: { trees: 100, sampleSize: 256 },
    limits: {
      trees: { min: 1, max: 1000, isWhole: true },
      sampleSize: { min: 2, max: 4096, isWhole: true },
    },
    field: 'trees',
    state: treesState,
    read: readTrees,
  },
  (parts) => new IsolationForest(parts),
);

/** As `isolationForest.create`. */
export const createIsolationForest = isolationForest.create;

/** A forest does not learn further. */
class IsolationForest extends ExplainableTabularModel<IsolationForestOptions, IsolationTrees> {
  protected weigh({ feature, threshold, count }: IsolationTrees): number {
    return feature.byteLength + threshold.byteLength + count.byteLength;
  }

  protected learn(samples: Matrix): IsolationTrees {
    return growTrees(samples, this.options, this.random);
  }

  protected scoreRows(samples: Matrix, trees: IsolationTrees): Float64Array {
    const scores = sumPathLengths(trees, samples);
    const expected = trees.trees * meanPathLength(trees.sampleSize);
    for (let row = 0; row < scores.length; row += 1) {
      // Grown on one row, no path says anything: scikit-learn has 0.5 there, too.
      scores[row] = expected === 0 ? 0.5 : 2 ** (-(scores[row] as number) / expected);
    }
    return scores;
  }

  /**
   * The bits by which each split on the row's paths left it with fewer samples
   * than halving would have, summed by the column split.
   */
  protected partsOf({ values }: Matrix, trees: IsolationTrees): Float64Array {
    const bits = new Float64Array(trees.columns);
    for (let tree = 0; tree < trees.trees; tree += 1) {
      addSurplusBits(trees, tree, { row: values, shares: bits });
    }
    return bits;
  }
}

function addSurplusBits(
  { depth, feature, threshold, count }: IsolationTrees,
  tree: number,
  { row, shares }: { readonly row: Float64Array; readonly shares: Float64Array },
): void {
  const inner = 2 ** depth - 1;
  const nodes = tree * (2 * inner + 1);
  let node = 0;
  while (node < inner) {
    const split = tree * inner + node;
    if (threshold[split] === Infinity) return;
    const column = feature[split] as number;
    const child = 2 * node + ((row[column] as number) > (threshold[split] as number) ? 2 : 1);
    const parentCount = count[nodes + node] as number;
    const bits = Math.log2(parentCount / (count[nodes + child] as number)) - 1;
    if (bits > 0) shares[column] = (shares[column] as number) + bits;
    node = child;
  }
}

/** Trees are never changed in place: their arrays can be handed out as they are. */
function treesState({ columns, sampleSize, feature, threshold, count }: IsolationTrees): unknown {
  return { columns, sampleSize, feature, threshold, count };
}

function readTrees(reader: StateReader, options: IsolationForestOptions): IsolationTrees {
  const columns = reader.number('columns', { min: 1, max: 4096, isWhole: true });
  const sampleSize = reader.number('sampleSize', {
    min: 1,
    max: options.sampleSize,
    isWhole: true,
  });
  const empty = emptyTrees({ trees: options.trees, columns, sampleSize });
  const trees: IsolationTrees = {
    ...empty,
    feature: reader.shorts('feature', {
      length: empty.feature.length,
      bounds: { min: 0, max: columns - 1 },
    }),
    threshold: reader.floats('threshold', {
      length: empty.threshold.length,
      bounds: { min: -Number.MAX_VALUE, max: Infinity },
    }),
    count: reader.shorts('count', {
      length: empty.count.length,
      bounds: { min: 0, max: sampleSize },
    }),
  };
  requireCounts(trees, reader);
  fillLengths(trees);
  return trees;
}

/** Every split parts its samples in two that are not empty. */
function requireCounts(
  { trees, depth, threshold, count }: IsolationTrees,
  reader: StateReader,
): void {
  const inner = 2 ** depth - 1;
  for (let split = 0; split < trees * inner; split += 1) {
    if (threshold[split] === Infinity) continue;
    const node = split % inner;
    const nodes = ((split - node) / inner) * (2 * inner + 1);
    const left = count[nodes + 2 * node + 1] as number;
    const right = count[nodes + 2 * node + 2] as number;
    if (left < 1 || right < 1 || left + right !== count[nodes + node]) {
      throw reader.refusal('counts', 'not the sum of their children');
    }
  }
}
