import type { Matrix } from '../matrix.ts';

/** For each row its nearest reference rows, nearest first: `count` entries a row. */
export interface Neighbours {
  readonly count: number;
  /** Euclidean. */
  readonly distances: Float64Array;
  readonly indices: Uint32Array;
}

/**
 * Exact nearest neighbours by looking at every reference row, leaving off as
 * soon as a partial sum of squares is too far. Of equally near ones those that
 * stand first win. O(rows × references × columns).
 * @param count at most the number of references, less one where one is skipped.
 * @param skipped per row the reference that is no neighbour of it (itself, as a rule), or -1.
 */
export function nearest(
  rows: Matrix,
  references: Matrix,
  { count, skipped }: { readonly count: number; readonly skipped?: Int32Array },
): Neighbours {
  const distances = new Float64Array(rows.rows * count);
  const indices = new Uint32Array(rows.rows * count);
  const best = new NearestList(count);
  for (let row = 0; row < rows.rows; row += 1) {
    best.clear();
    search(rows, row, { references, best, skipped: skipped?.[row] ?? -1 });
    best.write(distances, indices, row * count);
  }
  return { count, distances, indices };
}

/** Each row of a set is no neighbour of itself. */
export function themselves(rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => row);
}

/** Mean distance of each row to its neighbours. */
export function meanDistances({ count, distances }: Neighbours): Float64Array {
  const means = new Float64Array(distances.length / count);
  for (let row = 0; row < means.length; row += 1) {
    let sum = 0;
    for (let place = 0; place < count; place += 1) sum += distances[row * count + place] as number;
    means[row] = sum / count;
  }
  return means;
}

/** Where `addSquares` looks, and what each square is divided by. */
interface Surroundings {
  readonly references: Matrix;
  readonly count: number;
  readonly divisor: number;
}

/** Adds to `parts`, by column, the squared differences between one row and its `count` nearest references. */
export function addSquares(
  parts: Float64Array,
  row: Matrix,
  { references, count, divisor }: Surroundings,
): void {
  const { columns } = references;
  for (const index of nearest(row, references, { count }).indices) {
    for (let column = 0; column < columns; column += 1) {
      const other = references.values[index * columns + column] as number;
      const square = ((row.values[column] as number) - other) ** 2;
      parts[column] = (parts[column] as number) + square / divisor;
    }
  }
}

interface Search {
  readonly references: Matrix;
  readonly best: NearestList;
  readonly skipped: number;
}

function search(
  { values, columns }: Matrix,
  row: number,
  { references, best, skipped }: Search,
): void {
  const known = references.values;
  const start = row * columns;
  // Four columns between two looks at the bound: cheaper than a look each.
  const unrolled = columns - (columns % 4);
  let at = 0;
  for (let index = 0; index < references.rows; index += 1, at += columns) {
    if (index === skipped) continue;
    const bound = best.bound;
    let sum = 0;
    let column = 0;
    for (; column < unrolled && sum < bound; column += 4) {
      const here = start + column;
      const there = at + column;
      const a = (values[here] as number) - (known[there] as number);
      const b = (values[here + 1] as number) - (known[there + 1] as number);
      const c = (values[here + 2] as number) - (known[there + 2] as number);
      const d = (values[here + 3] as number) - (known[there + 3] as number);
      sum += a * a + b * b + (c * c + d * d);
    }
    if (!(sum < bound)) continue;
    for (; column < columns; column += 1) {
      const a = (values[start + column] as number) - (known[at + column] as number);
      sum += a * a;
    }
    if (sum < bound) best.insert(sum, index);
  }
}

/** The nearest so far, by squared distance. */
class NearestList {
  /** What a squared distance must be below to be taken. */
  bound = Infinity;
  readonly #squares: Float64Array;
  readonly #indices: Uint32Array;

  constructor(count: number) {
    this.#squares = new Float64Array(count);
    this.#indices = new Uint32Array(count);
  }

  clear(): void {
    this.bound = Infinity;
    this.#squares.fill(Infinity);
  }

  insert(square: number, index: number): void {
    const squares = this.#squares;
    let place = squares.length - 1;
    for (; place > 0 && (squares[place - 1] as number) > square; place -= 1) {
      squares[place] = squares[place - 1] as number;
      this.#indices[place] = this.#indices[place - 1] as number;
    }
    squares[place] = square;
    this.#indices[place] = index;
    this.bound = squares[squares.length - 1] as number;
  }

  write(distances: Float64Array, indices: Uint32Array, start: number): void {
    for (let place = 0; place < this.#squares.length; place += 1) {
      distances[start + place] = Math.sqrt(this.#squares[place] as number);
      indices[start + place] = this.#indices[place] as number;
    }
  }
}
