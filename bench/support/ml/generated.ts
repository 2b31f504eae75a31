import { Random } from '../../../src/core/random.ts';
import { asMatrix, type Matrix } from '../../../src/ml/matrix.ts';

/** Rows on a curved sheet of two dimensions in `columns`, with a little noise. */
export function curvedRows(rows: number, columns: number, seed = 1): Matrix {
  const random = new Random(seed, 'curved');
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const u = random.between(-2, 2);
    const v = random.between(-2, 2);
    for (let column = 0; column < columns; column += 1) {
      const clean = Math.sin(u * (1 + (column % 3)) + column) + v * Math.cos(column);
      values[row * columns + column] = clean + random.normal(0, 0.05);
    }
  }
  return asMatrix(values, columns);
}

/** The same rows, each with one number taken from another row. */
export function withForeignNumbers(matrix: Matrix, seed = 2): Matrix {
  const random = new Random(seed, 'foreign');
  const { rows, columns } = matrix;
  const values = matrix.values.slice();
  for (let row = 0; row < rows; row += 1) {
    const column = random.integer(0, columns - 1);
    const other = random.integer(0, rows - 1);
    values[row * columns + column] = matrix.values[other * columns + column] as number;
  }
  return asMatrix(values, columns);
}

/** Sessions after a grammar of 14 events with loops, retries and interleaved pairs. */
export function grammarSessions(count: number, seed = 1): Uint32Array[] {
  const random = new Random(seed, 'grammar');
  return Array.from({ length: count }, () => {
    const events = [1, 2];
    for (let round = random.integer(1, 6); round > 0; round -= 1) {
      const pair = random.integer(0, 3);
      events.push(10 + 2 * pair, 11 + 2 * pair);
      if (random.chance(0.2)) events.push(20, 10 + 2 * pair, 11 + 2 * pair);
    }
    if (random.chance(0.5)) events.push(21);
    return Uint32Array.from([...events, 3]);
  });
}
