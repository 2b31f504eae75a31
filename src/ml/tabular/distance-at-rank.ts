import type { Matrix } from '../matrix.ts';

/**
 * Euclidean distance of each row to its `rank`-th nearest reference row, where
 * these are few and the rank is not: all distances are taken, and the one asked
 * for is selected without sorting. O(rows × references × columns).
 * @param rank from 1 to the number of references, less one where one is skipped.
 * @param skipped per row the reference that is no neighbour of it, or -1.
 */
export function distanceAtRank(
  rows: Matrix,
  references: Matrix,
  { rank, skipped }: { readonly rank: number; readonly skipped?: Int32Array },
): Float64Array {
  const distances = new Float64Array(rows.rows);
  const squares = new Float64Array(references.rows);
  for (let row = 0; row < rows.rows; row += 1) {
    squaredDistances(rows, row * rows.columns, { references, squares });
    const left = skipped?.[row] ?? -1;
    if (left >= 0) squares[left] = Infinity;
    distances[row] = Math.sqrt(select(squares, rank - 1));
  }
  return distances;
}

function squaredDistances(
  { values, columns }: Matrix,
  start: number,
  { references, squares }: { readonly references: Matrix; readonly squares: Float64Array },
): void {
  const known = references.values;
  const end = start + columns;
  const unrolled = end - (columns % 4);
  let at = 0;
  for (let index = 0; index < squares.length; index += 1) {
    let sum = 0;
    let here = start;
    for (; here < unrolled; here += 4, at += 4) {
      const a = (values[here] as number) - (known[at] as number);
      const b = (values[here + 1] as number) - (known[at + 1] as number);
      const c = (values[here + 2] as number) - (known[at + 2] as number);
      const d = (values[here + 3] as number) - (known[at + 3] as number);
      sum += a * a + b * b + (c * c + d * d);
    }
    for (; here < end; here += 1, at += 1) {
      const difference = (values[here] as number) - (known[at] as number);
      sum += difference * difference;
    }
    squares[index] = sum;
  }
}

/** What stood at `place` if `numbers` were sorted; reorders them (Hoare's selection, 1961). */
function select(numbers: Float64Array, place: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const pivot = numbers[(low + high) >>> 1] as number;
    let left = low;
    let right = high;
    while (left <= right) {
      while ((numbers[left] as number) < pivot) left += 1;
      while ((numbers[right] as number) > pivot) right -= 1;
      if (left > right) break;
      const moved = numbers[left] as number;
      numbers[left] = numbers[right] as number;
      numbers[right] = moved;
      left += 1;
      right -= 1;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else break;
  }
  return numbers[place] as number;
}
