import type { Matrix } from '../../ml/matrix.ts';
import { standardOf } from '../../ml/neural/standardiser.ts';
import type { Sequences } from '../../ml/sequences/sequence-model.ts';

/** Standard deviations off. */
const FAR = 1_000;
/** Columns that are pushed one at a time. */
const SINGLES = 32;
/** Rows in a row, for models that look at what came before. */
const REPEATS = 16;

/** Rows as far from these as any that will come: all columns off, and one at a time. */
export function farRows(rows: Matrix): readonly Matrix[] {
  const { columns } = rows;
  if (rows.rows === 0) return [];
  const { mean, scale } = standardOf(rows);
  const row = (off: (column: number) => number): Matrix => {
    const values = new Float64Array(columns * REPEATS);
    values.forEach((_, at) => {
      const column = at % columns;
      const value = (mean[column] as number) + off(column) * (scale[column] as number);
      values[at] = Math.max(-1e300, Math.min(1e300, value));
    });
    return { rows: REPEATS, columns, values };
  };
  const singles = Array.from({ length: Math.min(columns, SINGLES) }, (_, single) =>
    row((column) => (column === single ? FAR : 0)),
  );
  const alternate = row((column) => (column % 2 === 0 ? FAR : -FAR));
  return [row(() => FAR), row(() => -FAR), alternate, ...singles];
}

/** Sessions unlike any: of events never seen, alone and after each other, and known ones in the other order. */
export function farSessions(sessions: Sequences): readonly Sequences[] {
  const strange = Uint32Array.from({ length: 32 }, (_, at) => 0xffff_ff00 + at);
  const known = sessions.slice(0, 8).map((session) => session.toReversed());
  return [[strange], [strange.subarray(0, 1)], [new Uint32Array(0)], ...known.map((one) => [one])];
}
