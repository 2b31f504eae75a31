import type { Random } from '../../core/random.ts';
import type { Matrix } from '../matrix.ts';

import { meanPathLength } from './path-length.ts';
import { shufflePrefix } from './rows.ts';

/** Rows scored against one tree before the next one: their scores stay in the first cache. */
const BLOCK_ROWS = 512;

/**
 * Isolation trees as complete binary trees in flat arrays: node n of a tree
 * has the children 2n + 1 (value ≤ threshold) and 2n + 2. A branch that ended
 * early goes on to the left below a threshold of infinity, so that every row
 * takes the same number of steps and the walk needs neither child pointers nor
 * a branch that the processor could guess wrong.
 */
export interface IsolationTrees {
  readonly trees: number;
  readonly columns: number;
  /** Samples that each tree was grown on. */
  readonly sampleSize: number;
  /** Levels of inner nodes. */
  readonly depth: number;
  /** Column compared, per inner node. */
  readonly feature: Uint16Array;
  readonly threshold: Float64Array;
  /** Samples that reached the node, inner nodes and leaves. */
  readonly count: Uint16Array;
  /** Steps to the leaf, and what its samples would have taken; per leaf of the complete tree. */
  readonly length: Float64Array;
}

/** Grows `trees` trees, each on up to `sampleSize` rows drawn without replacement. */
export function growTrees(
  samples: Matrix,
  { trees, sampleSize }: { readonly trees: number; readonly sampleSize: number },
  random: Random,
): IsolationTrees {
  const size = Math.min(sampleSize, samples.rows);
  const grown = emptyTrees({ trees, columns: samples.columns, sampleSize: size });
  const order = Uint32Array.from({ length: samples.rows }, (_, index) => index);
  const columns = Uint32Array.from({ length: samples.columns }, (_, index) => index);
  for (let tree = 0; tree < trees; tree += 1) {
    const rows = shufflePrefix(order, size, random);
    new Grower({ samples, trees: grown, tree, rows, columns, random }).grow(0, 0, size);
  }
  fillLengths(grown);
  return grown;
}

/** Trees of one leaf each, of the right size. */
export function emptyTrees(shape: {
  readonly trees: number;
  readonly columns: number;
  readonly sampleSize: number;
}): IsolationTrees {
  const depth = treeDepth(shape.sampleSize);
  const leaves = 2 ** depth;
  return {
    ...shape,
    depth,
    feature: new Uint16Array(shape.trees * (leaves - 1)),
    threshold: new Float64Array(shape.trees * (leaves - 1)).fill(Infinity),
    count: new Uint16Array(shape.trees * (2 * leaves - 1)),
    length: new Float64Array(shape.trees * leaves),
  };
}

/** Levels that trees on so many samples are grown to: ⌈log2⌉, the mean depth of a balanced one. */
export function treeDepth(sampleSize: number): number {
  return Math.ceil(Math.log2(sampleSize));
}

/** Computes the path lengths of the leaves from the splits and counts. */
export function fillLengths({ trees, depth, threshold, count, length }: IsolationTrees): void {
  const leaves = 2 ** depth;
  for (let tree = 0; tree < trees; tree += 1) {
    const inner = tree * (leaves - 1);
    const nodes = tree * (2 * leaves - 1);
    for (let leaf = 0; leaf < leaves; leaf += 1) {
      let steps = 0;
      let node = 0;
      while (node < leaves - 1 && threshold[inner + node] !== Infinity) {
        steps += 1;
        node = 2 * node + 1 + ((leaf >> (depth - steps)) & 1);
      }
      length[tree * leaves + leaf] = steps + meanPathLength(count[nodes + node] as number);
    }
  }
}

/** Sum over the trees of each row's path length. About 2.5 µs a row with 100 trees of 256 samples. */
export function sumPathLengths(trees: IsolationTrees, matrix: Matrix): Float64Array {
  const sums = new Float64Array(matrix.rows);
  for (let start = 0; start < matrix.rows; start += BLOCK_ROWS) {
    const end = Math.min(matrix.rows, start + BLOCK_ROWS);
    for (let tree = 0; tree < trees.trees; tree += 1)
      addTree(trees, tree, { matrix, sums, start, end });
  }
  return sums;
}

interface Block {
  readonly matrix: Matrix;
  readonly sums: Float64Array;
  readonly start: number;
  readonly end: number;
}

/** Four rows at a time: their walks do not wait for each other. `| 0` keeps the arithmetic in 32-bit integers. */
function addTree(trees: IsolationTrees, tree: number, { matrix, sums, start, end }: Block): void {
  const { depth, feature, threshold, length } = trees;
  const { values: x, columns } = matrix;
  const base = tree * (2 ** depth - 1);
  const step = (1 - base) | 0;
  const toLeaf = (tree * 2 ** depth - (2 ** depth - 1) - base) | 0;
  let row = start;
  for (; row + 3 < end; row += 4) {
    const first = (row * columns) | 0;
    const second = (first + columns) | 0;
    const third = (second + columns) | 0;
    const fourth = (third + columns) | 0;
    let a = base;
    let b = base;
    let c = base;
    let d = base;
    for (let level = 0; level < depth; level += 1) {
      a = ((a << 1) + step + isAbove(x[(first + (feature[a] as number)) | 0], threshold[a])) | 0;
      b = ((b << 1) + step + isAbove(x[(second + (feature[b] as number)) | 0], threshold[b])) | 0;
      c = ((c << 1) + step + isAbove(x[(third + (feature[c] as number)) | 0], threshold[c])) | 0;
      d = ((d << 1) + step + isAbove(x[(fourth + (feature[d] as number)) | 0], threshold[d])) | 0;
    }
    sums[row] = (sums[row] as number) + (length[a + toLeaf] as number);
    sums[row + 1] = (sums[row + 1] as number) + (length[b + toLeaf] as number);
    sums[row + 2] = (sums[row + 2] as number) + (length[c + toLeaf] as number);
    sums[row + 3] = (sums[row + 3] as number) + (length[d + toLeaf] as number);
  }
  for (; row < end; row += 1) {
    const offset = row * columns;
    let node = base;
    for (let level = 0; level < depth; level += 1) {
      node = (node << 1) + step + isAbove(x[offset + (feature[node] as number)], threshold[node]);
    }
    sums[row] = (sums[row] as number) + (length[node + toLeaf] as number);
  }
}

/** 1 or 0, without a branch. Both are always there. */
function isAbove(value: number | undefined, threshold: number | undefined): number {
  return Number((value as number) > (threshold as number)) | 0;
}

interface GrowerParts {
  readonly samples: Matrix;
  readonly trees: IsolationTrees;
  readonly tree: number;
  readonly rows: Uint32Array;
  /** All columns, in any order: shuffled as splits are drawn. */
  readonly columns: Uint32Array;
  readonly random: Random;
}

class Grower {
  readonly #parts: GrowerParts;
  readonly #inner: number;
  readonly #nodes: number;
  readonly #leaves: number;

  constructor(parts: GrowerParts) {
    this.#parts = parts;
    this.#leaves = 2 ** parts.trees.depth;
    this.#inner = parts.tree * (this.#leaves - 1);
    this.#nodes = parts.tree * (2 * this.#leaves - 1);
  }

  /** Grows the subtree at `node` on the rows from `start` to `end`. */
  grow(node: number, start: number, end: number): void {
    const { trees } = this.#parts;
    trees.count[this.#nodes + node] = end - start;
    if (end - start <= 1 || node >= this.#leaves - 1) return;
    const split = this.#drawSplit(start, end);
    if (split === undefined) return;
    trees.feature[this.#inner + node] = split.column;
    trees.threshold[this.#inner + node] = split.threshold;
    const middle = this.#partition(split, start, end);
    this.grow(2 * node + 1, start, middle);
    this.grow(2 * node + 2, middle, end);
  }

  /** A column drawn among those that vary here, and a threshold between its extremes. */
  #drawSplit(start: number, end: number): Split | undefined {
    const { columns, random } = this.#parts;
    for (let tried = 0; tried < columns.length; tried += 1) {
      const place = random.integer(tried, columns.length - 1);
      const column = columns[place] as number;
      columns[place] = columns[tried] as number;
      columns[tried] = column;
      const [low, high] = this.#extremes(column, start, end);
      if (high <= low) continue;
      const share = random.unit();
      // Weighted so that the span of huge numbers does not overflow.
      const threshold = low * (1 - share) + high * share;
      return { column, threshold: threshold >= low && threshold < high ? threshold : low };
    }
    return undefined;
  }

  #extremes(column: number, start: number, end: number): [low: number, high: number] {
    const { samples, rows } = this.#parts;
    let low = Infinity;
    let high = -Infinity;
    for (let index = start; index < end; index += 1) {
      const value = samples.values[(rows[index] as number) * samples.columns + column] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];
  }

  /** Moves the rows at or below the threshold to the front; where the others begin. */
  #partition({ column, threshold }: Split, start: number, end: number): number {
    const { samples, rows } = this.#parts;
    let middle = start;
    for (let index = start; index < end; index += 1) {
      const row = rows[index] as number;
      if ((samples.values[row * samples.columns + column] as number) > threshold) continue;
      rows[index] = rows[middle] as number;
      rows[middle] = row;
      middle += 1;
    }
    return middle;
  }
}

interface Split {
  readonly column: number;
  readonly threshold: number;
}
