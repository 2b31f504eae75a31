import { asMatrix } from '../../../src/ml/matrix.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import { Random } from '../../../src/core/random.ts';

/** Rows of independent normal columns; every twentieth lies far off in all of them. */
export function normalRows(rows: number, columns: number, seed = 1): Matrix {
  const random = new Random(seed, 'rows');
  const values = new Float64Array(rows * columns);
  for (let index = 0; index < values.length; index += 1) {
    const isFar = Math.floor(index / columns) % 20 === 19;
    values[index] = random.normal(isFar ? 8 : 0, 1);
  }
  return asMatrix(values, columns);
}

/** The first `count` rows, a copy. */
export function firstRows({ columns, values }: Matrix, count: number): Matrix {
  return asMatrix(values.slice(0, count * columns), columns);
}
