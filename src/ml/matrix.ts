import { WatchkeeperError } from '../core/errors.ts';

/** Rows of equal width in one array, row after row. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** `rows × columns` numbers; row r begins at `r × columns`. */
  readonly values: Float64Array;
}

/**
 * Copies rows of equal width into a matrix.
 * @throws MODEL_INPUT when rows differ in width or a number is not finite.
 */
export function matrixOf(rows: readonly ArrayLike<number>[]): Matrix {
  const columns = rows[0]?.length ?? 0;
  const values = new Float64Array(rows.length * columns);
  for (const [index, row] of rows.entries()) {
    if (row.length !== columns) {
      throw new WatchkeeperError(
        'MODEL_INPUT',
        `Row ${index} has ${row.length} columns, the first has ${columns}.`,
        { fix: 'Give rows of equal width.' },
      );
    }
    values.set(row, index * columns);
  }
  return requireFinite({ rows: rows.length, columns, values });
}

/** The same numbers as a matrix, not copied. @throws MODEL_INPUT when their count does not fit or one is not finite. */
export function asMatrix(values: Float64Array, columns: number): Matrix {
  if (!Number.isInteger(columns) || columns < 1 || values.length % columns !== 0) {
    throw new WatchkeeperError(
      'MODEL_INPUT',
      `${values.length} numbers do not make rows of ${columns} columns.`,
      { fix: 'Give whole rows.' },
    );
  }
  return requireFinite({ rows: values.length / columns, columns, values });
}

/** A view of one row, sharing memory. */
export function rowOf(matrix: Matrix, row: number): Float64Array {
  const start = row * matrix.columns;
  return matrix.values.subarray(start, start + matrix.columns);
}

/** `matrix` itself. @throws MODEL_INPUT at the first NaN or infinity; the message names its place, never its value. */
export function requireFinite(matrix: Matrix): Matrix {
  const { values, columns } = matrix;
  for (let index = 0; index < values.length; index += 1) {
    // Infinity − Infinity and NaN − NaN are NaN; of a finite number this is 0.
    const value = values[index] as number;
    if (value - value !== 0) {
      throw new WatchkeeperError(
        'MODEL_INPUT',
        `Row ${Math.floor(index / columns)}, column ${index % columns} is not a finite number.`,
        { fix: 'Fill or leave out rows with missing values before scoring.' },
      );
    }
  }
  return matrix;
}

/** `matrix` itself. @throws MODEL_INPUT when it has another width than the model was fitted on. */
export function requireColumns(matrix: Matrix, columns: number): Matrix {
  if (matrix.columns !== columns) {
    throw new WatchkeeperError(
      'MODEL_INPUT',
      `The rows have ${matrix.columns} columns, the model was fitted on ${columns}.`,
      { fix: 'Use the features version that the model names.' },
    );
  }
  return matrix;
}
