import type { Random } from '../../../src/core/random.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';

/** A stretch of rows, some of whose columns become anomalous. */
interface Stretch {
  readonly rows: Matrix;
  readonly start: number;
  readonly length: number;
  /** Which columns change. */
  readonly columns: readonly number[];
  /** Per column, of the whole. */
  readonly deviations: Float64Array;
  readonly random: Random;
  /** Rows of half a day. */
  readonly halfDay: number;
}

interface ColumnKind {
  readonly lasts: readonly [number, number];
  /** The new value of a column, `index` rows into the stretch. */
  readonly change: (
    value: number,
    place: { readonly index: number; readonly column: number; readonly stretch: Stretch },
  ) => number;
}

/** Anomalies of metrics that no parameter was chosen on. */
export const COLUMN_KINDS: Readonly<Record<string, ColumnKind>> = {
  spike: shifted([1, 2], () => 8),
  dip: shifted([1, 2], () => -8),
  'level shift': shifted([40, 60], () => 4),
  'slow drift': shifted([60, 90], ({ index, length }) => (6 * index) / length),
  'stuck value': {
    lasts: [40, 60],
    change: (_, { column, stretch }) => at(stretch, stretch.start, column),
  },
  'noise burst': shifted([20, 40], ({ random }) => random.normal(0, 3)),
  'variance collapse': {
    lasts: [40, 60],
    change: (_, { column, stretch }) => meanOf(stretch, column),
  },
  'wrong phase of day': {
    lasts: [60, 90],
    change: (_, { index, column, stretch }) =>
      at(stretch, stretch.start + index - stretch.halfDay, column),
  },
  'swapped columns': {
    lasts: [40, 60],
    change: (_, { index, column, stretch }) => {
      const { columns, start } = stretch;
      const other = columns[(columns.indexOf(column) + 1) % columns.length] ?? column;
      return at(stretch, start + index, other);
    },
  },
  'missing, read as 0': { lasts: [10, 30], change: () => 0 },
  'periodic glitch': shifted([40, 60], ({ index }) => (index % 5 === 0 ? 6 : 0)),
};

/** `count` stretches of one kind from row `from` on, and which rows they are. */
export function injectColumns(
  rows: Matrix,
  kind: ColumnKind,
  options: {
    readonly random: Random;
    readonly from: number;
    readonly count: number;
    readonly halfDay: number;
    /** Factor of how far values are moved. */
    readonly size?: number;
  },
): { readonly matrix: Matrix; readonly labels: Uint8Array } {
  const { random, from, count, halfDay, size = 1 } = options;
  const labels = new Uint8Array(rows.rows);
  const values = rows.values.slice();
  const deviations = deviationsOf(rows).map((each) => each * size);
  const varying = [...deviations.keys()].filter((column) => (deviations[column] as number) > 0);
  for (let made = 0, attempt = 0; made < count && attempt < 10_000; attempt += 1) {
    const length = random.integer(...kind.lasts);
    const start = random.integer(from + halfDay, rows.rows - length - 20);
    if (labels.subarray(start - 20, start + length + 20).includes(1)) continue;
    const share = Math.max(1, Math.round(varying.length / 3));
    const columns = Array.from({ length: share }, () => {
      return varying[random.integer(0, varying.length - 1)] as number;
    });
    const stretch: Stretch = { rows, start, length, columns, deviations, random, halfDay };
    for (let index = 0; index < length; index += 1) {
      for (const column of new Set(columns)) {
        const place = (start + index) * rows.columns + column;
        const value = rows.values[place] as number;
        values[place] = kind.change(value, { index, column, stretch });
      }
    }
    labels.fill(1, start, start + length);
    made += 1;
  }
  return { matrix: { ...rows, values }, labels };
}

/** By so many deviations. */
function shifted(
  lasts: readonly [number, number],
  by: (place: {
    readonly index: number;
    readonly length: number;
    readonly random: Random;
  }) => number,
): ColumnKind {
  return {
    lasts,
    change(value, { index, column, stretch: { deviations, length, random } }) {
      return value + by({ index, length, random }) * (deviations[column] as number);
    },
  };
}

function at({ rows }: Stretch, row: number, column: number): number {
  return rows.values[Math.max(0, row) * rows.columns + column] as number;
}

function meanOf(stretch: Stretch, column: number): number {
  let sum = 0;
  for (let index = 0; index < stretch.length; index += 1) {
    sum += at(stretch, stretch.start + index, column);
  }
  return sum / stretch.length;
}

function deviationsOf({ rows, columns, values }: Matrix): Float64Array {
  const means = new Float64Array(columns);
  const squares = new Float64Array(columns);
  values.forEach((value, place) => {
    means[place % columns] = (means[place % columns] as number) + value / rows;
  });
  values.forEach((value, place) => {
    const far = value - (means[place % columns] as number);
    squares[place % columns] = (squares[place % columns] as number) + (far * far) / rows;
  });
  return squares.map(Math.sqrt);
}
