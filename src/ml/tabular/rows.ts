import { WatchkeeperError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { requireColumns, requireFinite } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';

const MAX_COLUMNS = 4096;

/** A matrix to learn from: at least one row and column, all finite. @throws MODEL_INPUT */
export function requireSamples(matrix: Matrix): Matrix {
  if (matrix.rows < 1 || matrix.columns < 1 || matrix.columns > MAX_COLUMNS) {
    throw refusal(
      `A model cannot be fitted on ${matrix.rows} rows of ${matrix.columns} columns.`,
      `Give at least one row of 1 to ${MAX_COLUMNS} columns.`,
    );
  }
  return requireFinite(requireWhole(matrix));
}

/** A matrix to score: finite, and as wide as what was fitted; without rows its width does not matter. @throws MODEL_INPUT */
export function requireRows(matrix: Matrix, columns: number): Matrix {
  requireWhole(matrix);
  return matrix.rows === 0 ? matrix : requireFinite(requireColumns(matrix, columns));
}

/** One row as a matrix. @throws MODEL_INPUT */
export function requireRow(row: Float64Array, columns: number): Matrix {
  return requireRows({ rows: 1, columns: row.length, values: row }, columns);
}

/**
 * `count` different row numbers out of `rows`, each set equally likely
 * (partial Fisher and Yates shuffle); all of them in order when there are no more.
 */
export function sampleRows(rows: number, count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: rows }, (_, index) => index);
  return rows <= count ? order : shufflePrefix(order, count, random);
}

/** Shuffles a random choice into the first `count` places, and gives a view of them. */
export function shufflePrefix(order: Uint32Array, count: number, random: Random): Uint32Array {
  for (let index = 0; index < count; index += 1) {
    const other = random.integer(index, order.length - 1);
    const taken = order[other] as number;
    order[other] = order[index] as number;
    order[index] = taken;
  }
  return order.subarray(0, count);
}

/** A copy of these rows. */
export function pickRows(matrix: Matrix, rows: Uint32Array): Matrix {
  const { columns, values } = matrix;
  const picked = new Float64Array(rows.length * columns);
  rows.forEach((row, index) => {
    picked.set(values.subarray(row * columns, (row + 1) * columns), index * columns);
  });
  return { rows: rows.length, columns, values: picked };
}

/** Writes a row of another matrix of the same width over row `place`. */
export function replaceRow(
  matrix: Matrix,
  place: number,
  { rows, row }: { readonly rows: Matrix; readonly row: number },
): void {
  const start = row * rows.columns;
  matrix.values.set(rows.values.subarray(start, start + rows.columns), place * rows.columns);
}

function requireWhole(matrix: Matrix): Matrix {
  const { rows, columns, values } = matrix;
  if (values.length === rows * columns) return matrix;
  throw refusal(
    `${values.length} numbers are not ${rows} rows of ${columns} columns.`,
    'Give whole rows.',
  );
}

function refusal(message: string, fix: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_INPUT', message, { fix });
}
