import type { Random } from '../../../src/core/random.ts';
import { pickRows, shufflePrefix } from '../../../src/ml/tabular/rows.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import type { MlFigure } from './part.ts';

/** One data set, and what became of its measure on copies that mean the same. */
export interface Copied {
  /** What is measured, with the name of the set, for example `NAB standard score`. */
  readonly measure: string;
  readonly original: number;
  readonly copies: readonly CopyMeasure[];
  readonly note: string;
}

export interface CopyMeasure {
  /** How the copy differs, for example `3 days later`. */
  readonly name: string;
  readonly value: number;
  /** Whether the copy says exactly the same in other words, so that nothing should change at all. */
  readonly isSame: boolean;
}

/** The original, each copy beside it, and the largest change. */
export function copyFigures({ measure, original, copies, note }: Copied): MlFigure[] {
  const change = (kept: readonly CopyMeasure[]): number =>
    kept.reduce((most, { value }) => Math.max(most, Math.abs(value - original)), 0);
  const largest = (what: string, kept: readonly CopyMeasure[]): MlFigure => ({
    measure: `${measure}: largest change, ${what}`,
    value: change(kept),
    role: 'result',
    lowerIsBetter: true,
  });
  return [
    { measure: `${measure}, as it is`, value: original, role: 'result', note },
    ...copies.map(({ name, value, isSame }): MlFigure => ({
      measure: `${measure}, ${name}`,
      value,
      role: isSame ? 'result' : 'ablation',
    })),
    largest(
      'units, offsets, times and order',
      copies.filter(({ isSame }) => isSame),
    ),
    largest(
      'pace, repeats, noise and seeds',
      copies.filter(({ isSame }) => !isSame),
    ),
  ];
}

/** Every number by `change`, which knows the column. */
export function mapped(matrix: Matrix, change: (value: number, column: number) => number): Matrix {
  const { rows, columns, values } = matrix;
  return { rows, columns, values: values.map((value, at) => change(value, at % columns)) };
}

/** The same columns in another order. */
export function reordered({ rows, columns, values }: Matrix, order: ArrayLike<number>): Matrix {
  const moved = values.map((_, at) => {
    const column = at % columns;
    return values[at - column + (order[column] as number)] as number;
  });
  return { rows, columns, values: moved };
}

export function shuffledColumns(columns: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: columns }, (_, column) => column);
  return shufflePrefix(order, columns, random);
}

/** Row numbers in order, every `nth` one twice. */
export function withRepeats(rows: number, nth: number): Uint32Array {
  return Uint32Array.from(
    Array.from({ length: rows }, (_, row) => row).flatMap((row) =>
      row % nth === nth - 1 ? [row, row] : [row],
    ),
  );
}

/** These rows, and what is kept of each. */
export function picked<Kept extends Uint8Array>(
  matrix: Matrix,
  labels: Kept,
  rows: Uint32Array,
): { readonly matrix: Matrix; readonly labels: Uint8Array } {
  return {
    matrix: pickRows(matrix, rows),
    labels: Uint8Array.from(rows, (row) => labels[row] as number),
  };
}
