import type { Random } from '../../core/random.ts';
import type { Matrix } from '../matrix.ts';
import { standardOf } from '../neural/standardiser.ts';

/**
 * Rows that are wrong in three ways, one matrix each: with a number of another
 * row, with half of the numbers from other rows, with one number pushed by
 * about two standard deviations.
 */
export function plantedRows(matrix: Matrix, random: Random): readonly Matrix[] {
  const { rows, columns } = matrix;
  if (rows === 0 || columns === 0) return [];
  const { scale } = standardOf(matrix);
  const foreign = (column: number): number =>
    matrix.values[random.integer(0, rows - 1) * columns + column] as number;
  const pushed = (column: number, value: number): number =>
    finite(value + 2 * random.normal(0, 1) * (scale[column] as number));
  return [
    changed(matrix, random, { times: 1, change: foreign }),
    changed(matrix, random, { times: Math.ceil(columns / 2), change: foreign }),
    changed(matrix, random, { times: 1, change: pushed }),
  ];
}

interface Change {
  /** Numbers of a row, with luck different ones. */
  readonly times: number;
  readonly change: (column: number, value: number) => number;
}

function changed(matrix: Matrix, random: Random, { times, change }: Change): Matrix {
  const { rows, columns } = matrix;
  const values = matrix.values.slice();
  for (let row = 0; row < rows; row += 1) {
    for (let turn = 0; turn < times; turn += 1) {
      const column = random.integer(0, columns - 1);
      const at = row * columns + column;
      values[at] = change(column, values[at] as number);
    }
  }
  return { rows, columns, values };
}

function finite(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}
