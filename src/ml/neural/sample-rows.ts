import { WatchkeeperError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { requireFinite, type Matrix } from '../matrix.ts';

/**
 * A copy of the rows, or of `limit` drawn at random with replacement when
 * there are more: a million rows must not hold up the thread that has them.
 * @throws MODEL_INPUT when there is no row or a number is not finite.
 */
export function sampleRows(
  { rows, columns, values }: Matrix,
  limit: number,
  random: Random,
): Float64Array {
  if (rows === 0 || columns === 0) {
    throw new WatchkeeperError('MODEL_INPUT', 'There is no row to train on.', {
      fix: 'Give at least one row; some hundred make a useful model.',
    });
  }
  const taken = rows <= limit ? values.slice() : drawn(rows, { columns, values, limit }, random);
  requireFinite({ rows: taken.length / columns, columns, values: taken });
  return taken;
}

function drawn(
  rows: number,
  {
    columns,
    values,
    limit,
  }: { readonly columns: number; readonly values: Float64Array; readonly limit: number },
  random: Random,
): Float64Array {
  const taken = new Float64Array(limit * columns);
  for (let at = 0; at < limit; at += 1) {
    const row = random.integer(0, rows - 1);
    taken.set(values.subarray(row * columns, (row + 1) * columns), at * columns);
  }
  return taken;
}
