import type { Matrix } from '../matrix.ts';

/** exp(−gamma × squared distance) between two rows, each given by where it begins. */
export function radial(
  one: Matrix,
  row: number,
  {
    other,
    otherRow,
    gamma,
  }: { readonly other: Matrix; readonly otherRow: number; readonly gamma: number },
): number {
  const { columns, values } = one;
  const start = row * columns;
  const there = otherRow * columns;
  let sum = 0;
  for (let column = 0; column < columns; column += 1) {
    const difference =
      (values[start + column] as number) - (other.values[there + column] as number);
    sum += difference * difference;
  }
  return Math.exp(-gamma * sum);
}

/** The kernel of every pair of rows. */
export function radialMatrix(matrix: Matrix, gamma: number): Float32Array {
  const { rows } = matrix;
  const kernel = new Float32Array(rows * rows);
  for (let row = 0; row < rows; row += 1) {
    kernel[row * rows + row] = 1;
    for (let otherRow = 0; otherRow < row; otherRow += 1) {
      const value = radial(matrix, row, { other: matrix, otherRow, gamma });
      kernel[row * rows + otherRow] = value;
      kernel[otherRow * rows + row] = value;
    }
  }
  return kernel;
}

/** 1 over columns × variance of all numbers, as scikit-learn's `gamma='scale'`; 1 when all are equal. */
export function scaleGamma({ columns, values }: Matrix): number {
  let mean = 0;
  for (let index = 0; index < values.length; index += 1) {
    mean += ((values[index] as number) - mean) / (index + 1);
  }
  let variance = 0;
  for (const value of values) variance += (value - mean) ** 2 / values.length;
  const gamma = 1 / (columns * variance);
  return Number.isFinite(gamma) ? gamma : 1;
}
