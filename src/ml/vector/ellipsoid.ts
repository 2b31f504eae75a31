import type { Matrix } from '../matrix.ts';
import type { StateReader } from '../tabular/state-reader.ts';

/** Added to every variance, as a share of their mean, so that what never varied has a size. */
const FLOOR = 0.01;

/**
 * Distance from the middle of points in the units of how they vary together
 * (Mahalanobis, 1936), with the covariance regularised towards a sphere
 * (Ledoit and Wolf, 2004, with a fixed share). Fitting costs O(points × d²),
 * a point O(d²): about 3 µs with d = 76.
 */
export class Ellipsoid {
  readonly #mean: Float64Array;
  /** Lower triangle of Cholesky's factor, row after row. */
  readonly #factor: Float64Array;
  readonly #solved: Float64Array;

  private constructor(mean: Float64Array, factor: Float64Array) {
    this.#mean = mean;
    this.#factor = factor;
    this.#solved = new Float64Array(mean.length);
  }

  static fit(points: Matrix): Ellipsoid {
    const { rows, columns, values } = points;
    const mean = new Float64Array(columns);
    for (let index = 0; index < values.length; index += 1) {
      const column = index % columns;
      mean[column] = (mean[column] as number) + (values[index] as number) / rows;
    }
    const packed = covariance(points, mean);
    let trace = 0;
    for (let row = 0; row < columns; row += 1) trace += packed[triangle(row) + row] as number;
    const floor = trace > 0 ? (FLOOR * trace) / columns : 1;
    for (let row = 0; row < columns; row += 1) {
      const at = triangle(row) + row;
      packed[at] = (packed[at] as number) + floor;
    }
    factorise(packed, columns);
    return new Ellipsoid(mean, packed);
  }

  /** Of the point that begins at `start`. */
  distance(values: Float64Array, start: number): number {
    const solved = this.#solved;
    let sum = 0;
    for (let row = 0; row < solved.length; row += 1) {
      const base = triangle(row);
      let rest = (values[start + row] as number) - (this.#mean[row] as number);
      for (let column = 0; column < row; column += 1) {
        rest -= (this.#factor[base + column] as number) * (solved[column] as number);
      }
      const part = rest / (this.#factor[base + row] as number);
      solved[row] = part;
      sum += part * part;
    }
    return Math.sqrt(sum);
  }

  state(): unknown {
    return { mean: this.#mean.slice(), factor: this.#factor.slice() };
  }

  /** @throws MODEL_INVALID */
  static read(reader: StateReader, columns: number): Ellipsoid {
    const bounds = { min: -1e6, max: 1e6 };
    const mean = reader.floats('mean', { length: columns, bounds });
    const factor = reader.floats('factor', { length: triangle(columns), bounds });
    for (let row = 0; row < columns; row += 1) {
      if (!((factor[triangle(row) + row] as number) > 1e-12)) {
        throw reader.refusal('factor', 'singular');
      }
    }
    return new Ellipsoid(mean, factor);
  }
}

/** Where a row of a packed lower triangle begins. */
function triangle(row: number): number {
  return (row * (row + 1)) / 2;
}

function covariance({ rows, columns, values }: Matrix, mean: Float64Array): Float64Array {
  const packed = new Float64Array(triangle(columns));
  const centred = new Float64Array(columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      centred[column] = (values[row * columns + column] as number) - (mean[column] as number);
    }
    for (let one = 0, at = 0; one < columns; one += 1) {
      const factor = (centred[one] as number) / rows;
      for (let other = 0; other <= one; other += 1, at += 1) {
        packed[at] = (packed[at] as number) + factor * (centred[other] as number);
      }
    }
  }
  return packed;
}

/** Cholesky's factorisation of a positive definite packed matrix, in place. */
function factorise(packed: Float64Array, columns: number): void {
  for (let row = 0; row < columns; row += 1) {
    const base = triangle(row);
    for (let column = 0; column <= row; column += 1) {
      const other = triangle(column);
      let sum = packed[base + column] as number;
      for (let at = 0; at < column; at += 1) {
        sum -= (packed[base + at] as number) * (packed[other + at] as number);
      }
      packed[base + column] =
        column === row
          ? Math.sqrt(Math.max(sum, Number.EPSILON))
          : sum / (packed[other + column] as number);
    }
  }
}
