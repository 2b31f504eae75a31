import { systemClock } from '../../../src/core/clock.ts';
import { Random } from '../../../src/core/random.ts';
import { asMatrix, type Matrix } from '../../../src/ml/matrix.ts';
import { AUTOENCODER_DEFAULTS } from '../../../src/ml/neural/autoencoder-options.ts';
import { createTrainer, type Trainer } from '../../../src/ml/neural/trainer.ts';

/** Rows on a curved sheet of two dimensions in `columns`, with a little noise and different units. */
export function sheet(rows: number, columns: number, seed = 1): Matrix {
  const random = new Random(seed, 'sheet');
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const u = random.between(-2, 2);
    const v = random.between(-2, 2);
    for (let column = 0; column < columns; column += 1) {
      const clean = Math.sin(u * (1 + (column % 3)) + column) + v * Math.cos(column);
      values[row * columns + column] =
        10 ** (column % 4) * (clean + random.normal(0, 0.05)) + column;
    }
  }
  return asMatrix(values, columns);
}

/** The same, each row with one column taken from another row: within every column's range, but wrong. */
export function broken(matrix: Matrix, seed = 2): Matrix {
  const random = new Random(seed, 'broken');
  const { rows, columns } = matrix;
  const values = matrix.values.slice();
  for (let row = 0; row < rows; row += 1) {
    const column = random.integer(0, columns - 1);
    const other = random.integer(0, rows - 1);
    values[row * columns + column] = matrix.values[other * columns + column] as number;
  }
  return asMatrix(values, columns);
}

export const QUICK = { ...AUTOENCODER_DEFAULTS, epochs: 12 };

export function wasmTrainer(): Trainer {
  return createTrainer({ backend: 'wasm', clock: systemClock });
}
