/** Below this a pivot is rounding. */
const SMALLEST = 1e-12;

/**
 * Inverse of a symmetric positive definite matrix, row after row, by
 * Cholesky's factors. About size³ multiplications.
 */
export function symmetricInverse(matrix: Float64Array, size: number): Float64Array {
  const factor = factorOf(matrix, size);
  const inverse = new Float64Array(size * size);
  const column = new Float64Array(size);
  for (let unit = 0; unit < size; unit += 1) {
    for (let row = 0; row < size; row += 1) {
      let sum = row === unit ? 1 : 0;
      for (let at = unit; at < row; at += 1) {
        sum -= (factor[row * size + at] as number) * (column[at] as number);
      }
      column[row] = row < unit ? 0 : sum / (factor[row * size + row] as number);
    }
    for (let row = size - 1; row >= 0; row -= 1) {
      let sum = column[row] as number;
      for (let at = row + 1; at < size; at += 1) {
        sum -= (factor[at * size + row] as number) * (inverse[at * size + unit] as number);
      }
      inverse[row * size + unit] = sum / (factor[row * size + row] as number);
    }
  }
  return inverse;
}

/** The lower triangle whose product with its transpose is the matrix. */
function factorOf(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = matrix[row * size + column] as number;
      for (let at = 0; at < column; at += 1) {
        sum -= (factor[row * size + at] as number) * (factor[column * size + at] as number);
      }
      const isPivot = row === column;
      factor[row * size + column] = isPivot
        ? Math.sqrt(Math.max(sum, SMALLEST))
        : sum / (factor[column * size + column] as number);
    }
  }
  return factor;
}
