import type { Matrix } from '../matrix.ts';
import { rowOf } from '../matrix.ts';

/**
 * Distance to the nearest of some reference points, exact. Points that follow
 * each other are alike, so the search begins where it last ended and leaves a
 * reference as soon as it is further away than that: O(references × d) at
 * worst, in practice a fraction.
 */
export class NearestPoint {
  readonly references: Matrix;
  #last = 0;

  constructor(references: Matrix) {
    this.references = references;
  }

  /** Of the point that begins at `start`. */
  distance(values: Float64Array, start: number): number {
    const { rows } = this.references;
    let best = this.#squared(values, start, { reference: this.#last, limit: Infinity });
    for (let reference = 0; reference < rows; reference += 1) {
      const squared = this.#squared(values, start, { reference, limit: best });
      if (squared < best) {
        best = squared;
        this.#last = reference;
      }
    }
    return Math.sqrt(best);
  }

  #squared(
    values: Float64Array,
    start: number,
    { reference, limit }: { readonly reference: number; readonly limit: number },
  ): number {
    const { columns, values: known } = this.references;
    const base = reference * columns;
    let sum = 0;
    for (let column = 0; column < columns; column += 1) {
      const difference = (values[start + column] as number) - (known[base + column] as number);
      sum += difference * difference;
      if ((column & 7) === 7 && sum >= limit) return sum;
    }
    return sum;
  }
}

/** At most `count` rows of `points`, evenly spaced, that lie outside `left` to `right`. */
export function spacedRows(
  points: Matrix,
  count: number,
  { left = 0, right = 0 }: { readonly left?: number; readonly right?: number } = {},
): Matrix {
  const available = points.rows - (right - left);
  const rows = Math.min(count, available);
  const values = new Float64Array(rows * points.columns);
  for (let row = 0; row < rows; row += 1) {
    const index = Math.floor((row * available) / rows);
    values.set(rowOf(points, index < left ? index : index + (right - left)), row * points.columns);
  }
  return { rows, columns: points.columns, values };
}
