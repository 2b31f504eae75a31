import type { Random } from '../../core/random.ts';
import type { Matrix } from '../matrix.ts';

import { ColumnScale, SCALED_LIMIT } from './column-scale.ts';
import type { Scaling } from './column-scale.ts';
import { pickRows, sampleRows } from './rows.ts';
import type { StateReader } from './state-reader.ts';

/** Rows kept by a model, scaled, and the scale that new rows must go through. */
export interface ScaledRows {
  readonly scale: ColumnScale;
  readonly matrix: Matrix;
}

/** How rows are chosen and made comparable. */
export interface RowChoice {
  /** Rows kept; drawn at random from more. */
  readonly most: number;
  readonly scaling: Scaling;
  readonly random: Random;
}

/** Rows of `samples`, and the scale fitted on them. */
export function fitScaledRows(samples: Matrix, { most, scaling, random }: RowChoice): ScaledRows {
  const picked = pickRows(samples, sampleRows(samples.rows, most, random));
  const scale = ColumnScale.fit(picked, scaling);
  return { scale, matrix: scale.apply(picked) };
}

/** Plain data that `readScaledRows` takes, copied. */
export function scaledRowsState({ scale, matrix }: ScaledRows): Record<string, unknown> {
  const { rows, columns, values } = matrix;
  return { rows, columns, values: values.slice(), scale: scale.state() };
}

/** @throws MODEL_INVALID, also when there are more than `maxRows`. */
export function readScaledRows(reader: StateReader, maxRows: number): ScaledRows {
  const rows = reader.number('rows', { min: 1, max: maxRows, isWhole: true });
  const columns = reader.number('columns', { min: 1, max: 4096, isWhole: true });
  const bounds = { min: -SCALED_LIMIT, max: SCALED_LIMIT };
  const values = reader.floats('values', { length: rows * columns, bounds });
  const scale = ColumnScale.read(reader.child('scale'), columns);
  return { scale, matrix: { rows, columns, values } };
}
