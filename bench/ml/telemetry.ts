// Metrics of machines (SMD) and servers (ASD): fitted on the training rows,
// the test rows scored in order. No point adjustment: each row counts.
import { Random } from '../../src/core/random.ts';
import { createSurpriseCalibrator } from '../../src/ml/calibration/surprise.ts';
import { thresholdFor } from '../../src/ml/calibration/threshold.ts';
import { Ensemble } from '../../src/ml/ensemble/ensemble.ts';
import type { Matrix } from '../../src/ml/matrix.ts';
import { motion } from '../../src/ml/vector/motion-model.ts';
import type { MotionOptions } from '../../src/ml/vector/motion-model.ts';
import { averagePrecision, rocAuc } from '../support/ml/measures.ts';
import type { MlContext, MlFigure, MlPart } from '../support/ml/part.ts';
import { alertsAt } from '../support/ml/telemetry-alerts.ts';
import { machines } from '../support/ml/telemetry-data.ts';
import type { Machine } from '../support/ml/telemetry-data.ts';

interface Group {
  readonly name: string;
  readonly prefix: string;
  readonly rowsPerDay: number;
  readonly reach: number;
  readonly aim: number;
}

const GROUPS: readonly Group[] = [
  { name: 'ASD', prefix: 'omi-', rowsPerDay: 288, reach: 0.44, aim: 0.5 },
  { name: 'SMD', prefix: 'machine-', rowsPerDay: 1440, reach: 0.59, aim: 0.65 },
];

const FALSE_ALARMS_PER_WEEK = 1;
/** Share of the training rows that a second model is fitted on, to see the rest as it would see new ones. */
const FITTED_SHARE = 2 / 3;

export const part: MlPart = {
  name: 'telemetry',
  run: (context) => GROUPS.flatMap((group) => figuresOf(context, group)),
};

function figuresOf(context: MlContext, group: Group): MlFigure[] {
  const measured = new Map<string, number[]>();
  const note = (measure: string, value: number): void => {
    measured.set(measure, [...(measured.get(measure) ?? []), value]);
  };
  let count = 0;
  for (const machine of machines(context, group.prefix)) {
    context.progress(`telemetry ${machine.name}`);
    measure(machine, group, note);
    count += 1;
  }
  if (count === 0) return [];
  const entities = `mean of ${count}; parameters chosen on six ASD servers and four SMD machines`;
  return [...measured].map(([measure, values]): MlFigure => {
    const value = values.reduce((sum, one) => sum + one, 0) / values.length;
    const role = ROLES.find(([word]) => measure.startsWith(word))?.[1] ?? 'result';
    const goal = measure === MAIN ? { reach: group.reach, aim: group.aim, note: entities } : {};
    return { measure: `${group.name} ${measure}`, value, role, ...goal };
  });
}

const MAIN = 'average precision';
const ROLES = [
  ['alone', 'ablation'],
  ['without', 'ablation'],
  ['surprises', 'ablation'],
  ['random', 'baseline'],
] as const;

function measure(
  { name, train, test, labels }: Machine,
  { rowsPerDay }: Group,
  note: (measure: string, value: number) => void,
): void {
  const { scores, surprises } = scored(train, test, {});
  note(MAIN, averagePrecision(scores, labels));
  note('ROC AUC', rocAuc(scores, labels));
  const threshold = thresholdFor({
    falseAlarmsPerWeek: FALSE_ALARMS_PER_WEEK,
    scoresPerWeek: 7 * rowsPerDay,
  });
  const { eventRecall, falsePerDay } = alertsAt(surprises, labels, { threshold, rowsPerDay });
  note('event recall at 1 false alarm a week of training', eventRecall);
  note('false alerts per day there', falsePerDay);
  const ellipsoid = scored(train, test, { distances: 'ellipsoid' });
  const nearest = scored(train, test, { distances: 'nearest' });
  note('alone: ellipsoid, average precision', averagePrecision(ellipsoid.scores, labels));
  note('alone: nearest point, average precision', averagePrecision(nearest.scores, labels));
  const ensemble = new Ensemble({ combination: 'tail_sum', recalibrate: false });
  const together = ellipsoid.surprises.map((surprise, row) => {
    const other = { name: 'nearest', surprise: nearest.surprises[row] as number };
    return ensemble.verdict([{ name: 'ellipsoid', surprise }, other]).surprise;
  });
  note('surprises of both as tail sum, average precision', averagePrecision(together, labels));
  const random = new Random(1, name);
  const noise = Float64Array.from(labels, () => random.unit());
  note('random scores, average precision', averagePrecision(noise, labels));
}

/** Scores of the test rows, and the same as surprise. */
function scored(train: Matrix, test: Matrix, options: Partial<MotionOptions>) {
  const model = motion.create(options, new Random(1));
  const fitted = Math.floor(train.rows * FITTED_SHARE);
  model.fit(rows(train, 0, fitted));
  const calibrator = createSurpriseCalibrator();
  calibrator.fit(model.score(rows(train, fitted, train.rows)));
  model.fit(train);
  const scores = model.score(test);
  return { scores, surprises: scores.map((score) => calibrator.surprise(score)) };
}

function rows({ columns, values }: Matrix, from: number, to: number): Matrix {
  return { rows: to - from, columns, values: values.subarray(from * columns, to * columns) };
}
