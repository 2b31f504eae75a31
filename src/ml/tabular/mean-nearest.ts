import type { Matrix } from '../matrix.ts';

/**
 * Mean Euclidean distance of each row to its `count` nearest reference rows,
 * where these are few and a good part of them counts: all distances are taken,
 * and the nearest selected without sorting. O(rows × references × columns).
 * @param count at most the number of references, less one where one is skipped.
 * @param skipped per row the reference that is no neighbour of it, or -1.
 */
export function meanNearest(
  rows: Matrix,
  references: Matrix,
  { count, skipped }: { readonly count: number; readonly skipped?: Int32Array },
): Float64Array {
  const means = new Float64Array(rows.rows);
  const squares = new Float64Array(references.rows);
  for (let row = 0; row < rows.rows; row += 1) {
    squaredDistances(rows, row * rows.columns, { references, squares });
    const left = skipped?.[row] ?? -1;
    if (left >= 0) squares[left] = Infinity;
    selectSmallest(squares, count);
    let sum = 0;
    for (let place = 0; place < count; place += 1) sum += Math.sqrt(squares[place] as number);
    means[row] = sum / count;
  }
  return means;
}

function squaredDistances(
  { values, columns }: Matrix,
  start: number,
  { references, squares }: { readonly references: Matrix; readonly squares: Float64Array },
): void {
  const known = references.values;
  let at = 0;
  for (let index = 0; index < squares.length; index += 1) {
    let sum = 0;
    const end = start + columns;
    for (let here = start; here < end; here += 1, at += 1) {
      const difference = (values[here] as number) - (known[at] as number);
      sum += difference * difference;
    }
    squares[index] = sum;
  }
}

/** Moves the `count` smallest to the front, in any order (Hoare's selection, 1961). */
export function selectSmallest(numbers: Float64Array, count: number): void {
  let low = 0;
  let high = numbers.length - 1;
  const last = count - 1;
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
    if (last <= right) high = right;
    else if (last >= left) low = left;
    else return;
  }
}
