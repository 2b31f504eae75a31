import { Random } from '../../src/core/random.ts';
import type { Matrix } from '../../src/ml/matrix.ts';
import type { ModelKind } from '../../src/ml/model.ts';
import { isolationForest } from '../../src/ml/tabular/isolation-forest.ts';
import { TABULAR_KINDS } from '../../src/ml/tabular/kinds.ts';
import { pickRows, sampleRows } from '../../src/ml/tabular/rows.ts';
import { readAdSets, splitAdSet } from '../support/ml/adbench.ts';
import type { AdSplit } from '../support/ml/adbench.ts';
import { findSklearn, FORESTS, SklearnRun } from '../support/ml/adbench-sklearn.ts';
import { rocAuc } from '../support/ml/measures.ts';
import type { MlContext, MlFigure, MlPart } from '../support/ml/part.ts';

const SEEDS = [0, 1, 2];
/** Rows that the quadratic models are fitted on, here and in scikit-learn. */
const WINDOW = 2000;
const QUADRATIC = ['local_outlier_factor', 'one_class_svm'];
const FOREST = 'isolation_forest';
const ENSEMBLE = 'tabular_ensemble';
const RANDOM = 'random';

/** A split of one set by one seed, and what each model made of it. */
interface Scored {
  readonly id: string;
  readonly set: string;
  readonly labels: Uint8Array;
  readonly scores: ReadonlyMap<string, Float64Array>;
}

interface Named {
  readonly id: string;
  readonly set: string;
  readonly seed: number;
  readonly split: AdSplit;
  readonly window: Matrix;
}

/** Outliers in tables of many kinds: ADBench (Han et al., NeurIPS 2022), fitted without labels on 70 %, which hold outliers, too. */
export const part: MlPart = {
  name: 'adbench',
  async run(context) {
    const meta = context.find('adbench/meta.json');
    if (meta === undefined) return [];
    const splits = [...namedSplits(meta.slice(0, -'/meta.json'.length))];
    const python = findSklearn();
    const sklearn = new SklearnRun();
    try {
      if (python !== undefined) {
        for (const { split, ...rest } of splits) sklearn.add({ ...split, ...rest });
        sklearn.start(python);
      }
      const scored = scoreAll(splits, context);
      const figures = ourFigures(scored);
      if (python === undefined) return [...figures, ...missing('is not installed')];
      context.progress('adbench: waiting for scikit-learn');
      if (!(await sklearn.finished())) return [...figures, ...missing('failed')];
      return [...figures, ...comparisons(scored, sklearn)];
    } finally {
      sklearn.remove();
    }
  },
};

function* namedSplits(folder: string): Generator<Named> {
  for (const set of readAdSets(folder)) {
    for (const seed of SEEDS) {
      const split = splitAdSet(set, seed);
      if (split === undefined) continue;
      const rows = sampleRows(split.train.rows, WINDOW, new Random(seed, 'window'));
      const window = pickRows(split.train, rows);
      yield { id: `${set.name}.${seed}`, set: set.name, seed, split, window };
    }
  }
}

function scoreAll(splits: readonly Named[], context: MlContext): readonly Scored[] {
  return splits.map(({ id, set, seed, split, window }, index) => {
    context.progress(`adbench: ${id} (${index + 1} of ${splits.length})`);
    const scores = new Map<string, Float64Array>();
    for (const kind of TABULAR_KINDS as readonly ModelKind<Matrix, object>[]) {
      const model = kind.create({}, new Random(seed, kind.kind));
      model.fit(QUADRATIC.includes(kind.kind) ? window : split.train);
      scores.set(kind.kind, model.score(split.test));
    }
    for (let number = 0; number < FORESTS; number += 1) {
      const model = isolationForest.create({}, new Random(seed, `forest ${number}`));
      model.fit(split.train);
      scores.set(`${FOREST}.${number}`, model.score(split.test));
    }
    const random = new Random(seed, id);
    scores.set(
      RANDOM,
      Float64Array.from(split.labels, () => random.unit()),
    );
    return { id, set, labels: split.labels, scores };
  });
}

/** Of each set the mean AUC over the seeds. */
function aucBySet(scored: readonly Scored[], scoresOf: (split: Scored) => Float64Array): number[] {
  const bySet = new Map<string, number[]>();
  for (const split of scored) {
    const aucs = bySet.get(split.set) ?? [];
    aucs.push(rocAuc(scoresOf(split), split.labels));
    bySet.set(split.set, aucs);
  }
  return [...bySet.values()].map(mean);
}

function ourFigures(scored: readonly Scored[]): readonly MlFigure[] {
  const of = (kind: string): number[] => aucBySet(scored, own(kind));
  const forest = of(FOREST);
  const gains = of(ENSEMBLE).map((auc, index) => auc - (forest[index] as number));
  const wins = gains.filter((gain) => gain > 0).length;
  const figures: MlFigure[] = [
    {
      measure: 'mean AUC of the ensemble above isolation forest',
      value: mean(gains),
      role: 'result',
      reach: 0.01,
      aim: 0.025,
      note: `${gains.length} sets, ${scored.length} splits; above on ${wins} sets, worst ${Math.min(...gains).toFixed(3)}; standard error over sets ${standardError(gains).toFixed(3)}; scaling, share and groups were chosen on the sets beside the project`,
    },
    { measure: 'mean AUC, tabular_ensemble', value: mean(of(ENSEMBLE)), role: 'result' },
  ];
  for (const { kind } of TABULAR_KINDS) {
    if (kind === ENSEMBLE) continue;
    figures.push({ measure: `mean AUC, ${kind}`, value: mean(of(kind)), role: 'ablation' });
  }
  figures.push({ measure: 'mean AUC, random scores', value: mean(of(RANDOM)), role: 'baseline' });
  return figures;
}

/** The same splits, scored by scikit-learn. */
function comparisons(scored: readonly Scored[], sklearn: SklearnRun): readonly MlFigure[] {
  const forests = Array.from({ length: FORESTS }, (_, number) => `${FOREST}.${number}`);
  const compared = {
    [FOREST]: forests,
    ...Object.fromEntries(QUADRATIC.map((kind) => [kind, [kind]])),
  };
  const figures = Object.entries(compared).map(([kind, models]): MlFigure => {
    const ours = meanBySet(models.map((model) => aucBySet(scored, own(model))));
    const theirs = meanBySet(
      models.map((model) => aucBySet(scored, ({ id }) => sklearn.scores(id, model))),
    );
    const worst = Math.max(...ours.map((auc, index) => Math.abs(auc - (theirs[index] as number))));
    return {
      measure: `|mean AUC − scikit-learn's|, ${kind}`,
      value: Math.abs(mean(ours) - mean(theirs)),
      role: 'result',
      reach: 0.01,
      lowerIsBetter: true,
      note: `here ${mean(ours).toFixed(4)}, scikit-learn ${mean(theirs).toFixed(4)}${models.length > 1 ? `, ${models.length} per split` : ''}; largest difference on a set ${worst.toFixed(4)}`,
    };
  });
  const agreements = scored.map((split) => {
    return agreement(own('one_class_svm')(split), sklearn.scores(split.id, 'one_class_svm'));
  });
  return [
    ...figures,
    {
      measure: "same decisions as scikit-learn's OneClassSVM",
      value: mean(agreements),
      role: 'result',
      reach: 0.98,
      note: `mean over ${agreements.length} splits; worst ${Math.min(...agreements).toFixed(4)}`,
    },
  ];
}

function missing(why: string): readonly MlFigure[] {
  return [
    {
      measure: 'splits compared with scikit-learn',
      value: 0,
      role: 'baseline',
      note: `skipped: scikit-learn ${why}`,
    },
  ];
}

/** Share of the rows that both put on the same side of their border. */
function agreement(one: Float64Array, other: Float64Array): number {
  return mean(Array.from(one, (score, row) => Number(score > 0 === (other[row] as number) > 0)));
}

function own(kind: string): (split: Scored) => Float64Array {
  return ({ scores }) => scores.get(kind) as Float64Array;
}

/** Lists of one figure per set, averaged over the lists. */
function meanBySet(lists: readonly (readonly number[])[]): number[] {
  return (lists[0] ?? []).map((_, set) => mean(lists.map((list) => list[set] as number)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const variance = mean(values.map((value) => (value - centre) ** 2));
  return Math.sqrt(variance / (values.length - 1));
}
