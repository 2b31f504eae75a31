import { Random } from '../../../src/core/random.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import { isolationForest } from '../../../src/ml/tabular/isolation-forest.ts';
import { pickRows } from '../../../src/ml/tabular/rows.ts';
import { tabularEnsemble } from '../../../src/ml/tabular/tabular-ensemble.ts';
import { readAdSets, splitAdSet } from './adbench.ts';
import type { AdSplit } from './adbench.ts';
import type { Copied } from './copies.ts';
import { mapped, reordered, shuffledColumns, withRepeats } from './copies.ts';
import { rocAuc } from './measures.ts';
import type { MlContext } from './part.ts';

/** Sets of at most so many rows take part, so that all copies are scored within a minute. */
const MAX_ROWS = 4000;

type Change = (split: AdSplit) => AdSplit;

interface CopyPlan {
  readonly name: string;
  readonly isSame: boolean;
  readonly change: Change;
  /** Of the models. */
  readonly seed?: number;
}

const PLANS: readonly CopyPlan[] = [
  same('times 1000 plus 1,000,000', (rows) => mapped(rows, (value) => value * 1000 + 1e6)),
  same('times 0.001', (rows) => mapped(rows, (value) => value * 1e-3)),
  same('each column in another unit', (rows) =>
    mapped(rows, (value, column) => (value + column) * 10 ** ((column % 13) - 6)),
  ),
  same('times 2^9', (rows) => mapped(rows, (value) => value * 512)),
  // A forest's cuts and a draw of columns fall otherwise: as with another seed.
  {
    name: 'negated',
    isSame: false,
    change: both((rows) => mapped(rows, (value) => -value)),
  },
  {
    name: 'columns in another order',
    isSame: false,
    change: (split) => {
      const order = shuffledColumns(split.test.columns, new Random(1, 'columns'));
      return both((rows) => reordered(rows, order))(split);
    },
  },
  {
    name: 'every 10th training row twice',
    isSame: false,
    change: (split) => {
      const { train } = split;
      return { ...split, train: pickRows(train, withRepeats(train.rows, 10)) };
    },
  },
  { name: 'another seed', isSame: false, change: (split) => split, seed: 11 },
  { name: 'a third seed', isSame: false, change: (split) => split, seed: 12 },
];

/** Mean area under the ROC curve of the ensemble, and how far it is above the forest, on copies of the small sets. */
export function adbenchCopies(context: MlContext): readonly Copied[] {
  const meta = context.find('adbench/meta.json');
  if (meta === undefined) return [];
  const splits: AdSplit[] = [];
  for (const set of readAdSets(meta.slice(0, -'/meta.json'.length))) {
    const split = set.samples.rows <= MAX_ROWS ? splitAdSet(set, 0) : undefined;
    if (split !== undefined) splits.push(split);
  }
  if (splits.length === 0) return [];
  const measured = (what: string, change: Change, seed: number) => {
    context.progress(`robustness: adbench, ${what}`);
    return splits.map((split) => areas(change(split), seed));
  };
  const original = measured('as it is', (split) => split, 10);
  const copies = PLANS.map(({ name, isSame, change, seed = 10 }) => {
    return { name, isSame, areas: measured(name, change, seed) };
  });
  const note = `${splits.length} sets of at most ${MAX_ROWS} rows, one split`;
  const copied = (measure: string, of: (area: Areas) => number): Copied => ({
    measure,
    note,
    original: mean(original.map(of)),
    copies: copies.map((copy) => ({ ...copy, value: mean(copy.areas.map(of)) })),
  });
  return [
    copied('ADBench mean AUC', ({ ensemble }) => ensemble),
    copied('ADBench gain over the forest', ({ ensemble, forest }) => ensemble - forest),
  ];
}

interface Areas {
  readonly ensemble: number;
  readonly forest: number;
}

function areas({ train, test, labels }: AdSplit, seed: number): Areas {
  const [ensemble, forest] = [tabularEnsemble, isolationForest].map((kind) => {
    const model = kind.create({}, new Random(seed, kind.kind));
    model.fit(train);
    return rocAuc(model.score(test), labels);
  });
  return { ensemble: ensemble ?? Number.NaN, forest: forest ?? Number.NaN };
}

function same(name: string, change: (rows: Matrix) => Matrix): CopyPlan {
  return { name, isSame: true, change: both(change) };
}

function both(change: (rows: Matrix) => Matrix): Change {
  return (split) => ({ ...split, train: change(split.train), test: change(split.test) });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
