import { Random } from '../../../src/core/random.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import { pickRows } from '../../../src/ml/tabular/rows.ts';
import { motion } from '../../../src/ml/vector/motion-model.ts';
import type { Copied, CopyMeasure } from './copies.ts';
import { mapped, picked, reordered, shuffledColumns, withRepeats } from './copies.ts';
import { averagePrecision } from './measures.ts';
import type { MlContext } from './part.ts';
import { machines } from './telemetry-data.ts';
import type { Machine } from './telemetry-data.ts';

type Change = (machine: Machine) => Machine;

const SAME: Readonly<Record<string, Change>> = {
  'times 1000 plus 1,000,000': both((rows) => mapped(rows, (value) => value * 1000 + 1e6)),
  'times 0.001': both((rows) => mapped(rows, (value) => value * 1e-3)),
  negated: both((rows) => mapped(rows, (value) => -value)),
  'each column in another unit': both((rows) =>
    mapped(rows, (value, column) => (value + column) * 10 ** ((column % 13) - 6)),
  ),
  'columns in another order': (machine) => {
    const order = shuffledColumns(machine.test.columns, new Random(1, machine.name));
    return both((rows) => reordered(rows, order))(machine);
  },
};

const OTHER: Readonly<Record<string, Change>> = {
  'every 50th row twice': repeated,
  'every second row': (machine) => thinned(machine, 2),
  'noise of 0.1 % of the deviation': noisy,
};

/** Average precision on copies of the first machines of each group. */
export function telemetryCopies(
  context: MlContext,
  { prefix, name, most }: { readonly prefix: string; readonly name: string; readonly most: number },
): Copied | undefined {
  const all: Machine[] = [];
  for (const machine of machines(context, prefix)) if (all.push(machine) === most) break;
  if (all.length === 0) return undefined;
  const measure = (what: string, change: Change): number => {
    context.progress(`robustness: ${name}, ${what}`);
    const precisions = all.map((machine) => precisionOf(change(machine)));
    return precisions.reduce((sum, value) => sum + value, 0) / precisions.length;
  };
  const copies = (changes: Readonly<Record<string, Change>>, isSame: boolean): CopyMeasure[] =>
    Object.entries(changes).map(([what, change]) => {
      return { name: what, value: measure(what, change), isSame };
    });
  return {
    measure: `${name} average precision`,
    original: measure('as it is', (machine) => machine),
    copies: [...copies(SAME, true), ...copies(OTHER, false)],
    note: `first ${all.length} by name`,
  };
}

function precisionOf({ train, test, labels }: Machine): number {
  const model = motion.create({}, new Random(1));
  model.fit(train);
  return averagePrecision(model.score(test), labels);
}

function both(change: (rows: Matrix) => Matrix): Change {
  return (machine) => ({
    ...machine,
    train: change(machine.train),
    test: change(machine.test),
  });
}

function repeated(machine: Machine): Machine {
  const { train } = machine;
  const { matrix, labels } = picked(
    machine.test,
    machine.labels,
    withRepeats(machine.test.rows, 50),
  );
  return {
    ...machine,
    labels,
    test: matrix,
    train: pickRows(train, withRepeats(train.rows, 50)),
  };
}

/** One of `by` rows, as if it had been measured so seldom. */
function thinned(machine: Machine, by: number): Machine {
  const places = (rows: number): Uint32Array =>
    Uint32Array.from({ length: Math.floor(rows / by) }, (_, index) => index * by);
  const { matrix, labels } = picked(machine.test, machine.labels, places(machine.test.rows));
  const { train } = machine;
  return { ...machine, labels, test: matrix, train: pickRows(train, places(train.rows)) };
}

function noisy(machine: Machine): Machine {
  const random = new Random(2, machine.name);
  const { rows, columns, values } = machine.train;
  const means = new Float64Array(columns);
  const squares = new Float64Array(columns);
  values.forEach((value, at) => {
    means[at % columns] = (means[at % columns] as number) + value / rows;
  });
  values.forEach((value, at) => {
    const far = value - (means[at % columns] as number);
    squares[at % columns] = (squares[at % columns] as number) + (far * far) / rows;
  });
  return both((matrix) =>
    mapped(matrix, (value, column) => {
      return value + random.normal(0, 1e-3 * Math.sqrt(squares[column] as number));
    }),
  )(machine);
}
