import { Random } from '../../src/core/random.ts';
import type { Model } from '../../src/ml/model.ts';
import { editDistance } from '../../src/ml/sequences/edit-distance.ts';
import { createEventGrams } from '../../src/ml/sequences/event-grams.ts';
import { createGramBag } from '../../src/ml/sequences/gram-bag.ts';
import { createLogSession } from '../../src/ml/sequences/log-session.ts';
import { heldOutScores } from '../../src/ml/sequences/sequence-ensemble.ts';
import type { Sequences } from '../../src/ml/sequences/sequence-model.ts';
import { createSessionFacts } from '../../src/ml/sequences/session-facts.ts';
import { ALL_NORMAL, readSessions, scaledF1 } from '../support/ml/hdfs.ts';
import type { Found } from '../support/ml/hdfs.ts';
import type { MlContext, MlFigure, MlPart } from '../support/ml/part.ts';

const REACH = 0.965;
const AIM = 0.975;
const FOLDS = 5;
/** Of normal sessions, the share that may score above the threshold; fixed beforehand. */
const ALARM_SHARE = 5e-4;
/** Abnormal sessions scored by the slow models: every so many. */
const THINNED = 8;

const ABLATIONS: Readonly<Record<string, () => Model<Sequences>>> = {
  'facts alone': () => createSessionFacts({}),
  'count vectors alone': () => createGramBag({ neighbours: 5 }),
  'order of events alone (order 3, top 5)': () =>
    createEventGrams({ order: 3, aggregate: 'top', span: 5 }),
  'order of events alone (order 6, mean)': () => createEventGrams({}),
  'edit distance alone': () => editDistance.create({}, new Random(1)),
  'without facts': () => createLogSession({ facts: 0 }),
  'without count vectors': () => createLogSession({ counts: 0 }),
  'without order of events': () => createLogSession({ order: 0 }),
};

export const part: MlPart = {
  name: 'hdfs',
  run: (context) => measure(context),
};

interface Fold {
  readonly train: Sequences;
  readonly test: Sequences;
}

function measure(context: MlContext): readonly MlFigure[] {
  const normal = context.find('hdfs/normal.txt');
  const trainable = context.findTraining('hdfs/normal.txt');
  const abnormal = context.find('hdfs/abnormal.txt');
  if (trainable === undefined || abnormal === undefined) return [];
  const folds = foldsOf(readSessions(normal ?? trainable));
  const attacks = readSessions(abnormal);
  context.progress('hdfs: shipped model');
  const figures = [...shipped(folds, attacks)];
  const fewer = attacks.filter((_, index) => index % THINNED === 0);
  for (const [name, create] of Object.entries(ABLATIONS)) {
    context.progress(`hdfs: ${name}`);
    const { value } = pooled(
      folds.map((fold) => foldFound(create(), fold, fewer)),
      THINNED,
    );
    figures.push({ measure: `F1, ${name}`, value, role: 'ablation' });
  }
  return [...figures, baseline(folds, attacks)];
}

/** Sessions shuffled by a fixed seed, in five parts: each is the test of one fold. */
function foldsOf(sessions: Sequences): readonly Fold[] {
  const random = new Random(1, 'hdfs');
  const drawn = sessions.map((session) => ({ session, place: random.unit() }));
  const shuffled = drawn.sort((one, other) => one.place - other.place);
  return Array.from({ length: FOLDS }, (_, fold) => ({
    train: shuffled.filter((_, at) => at % FOLDS !== fold).map(({ session }) => session),
    test: shuffled.filter((_, at) => at % FOLDS === fold).map(({ session }) => session),
  }));
}

/** Threshold from scores of training sessions by models fitted without them; then fitted on all of them. */
function foldFound(model: Model<Sequences>, { train, test }: Fold, abnormal: Sequences): Found {
  const calibrating = heldOutScores(model, train).sort();
  const threshold = calibrating[
    calibrating.length - 1 - Math.floor(calibrating.length * ALARM_SHARE)
  ] as number;
  model.fit(train);
  const above = (sessions: Sequences): number =>
    model.score(sessions).reduce((sum, score) => sum + (score > threshold ? 1 : 0), 0);
  return {
    alarmsOnNormal: above(test),
    normal: test.length,
    alarmsOnAbnormal: above(abnormal),
    abnormal: abnormal.length,
  };
}

function shipped(folds: readonly Fold[], abnormal: Sequences): MlFigure[] {
  const started = performance.now();
  const found = folds.map((fold) => foldFound(createLogSession({}), fold, abnormal));
  const { value, falseRate, recall, falsePositives } = pooled(found);
  const perFold = found.map((one) => scaledF1(one).toFixed(3)).join(' ');
  const note = `threshold: the ${1 - ALARM_SHARE} quantile of training sessions held out; ${falsePositives} false positives in all folds, scaled to ${ALL_NORMAL}; by fold ${perFold}`;
  return [
    { measure: 'F1, five folds together', value, role: 'result', reach: REACH, aim: AIM, note },
    { measure: 'mean F1 of the folds', value: meanOf(found.map(scaledF1)), role: 'result' },
    { measure: 'recall', value: recall, role: 'result' },
    {
      measure: 'false positives per normal session',
      value: falseRate,
      role: 'result',
      lowerIsBetter: true,
    },
    ...rates(folds[0] as Fold, abnormal),
    {
      measure: 'seconds for five folds',
      value: (performance.now() - started) / 1000,
      role: 'result',
      lowerIsBetter: true,
    },
  ];
}

function pooled(
  found: readonly Found[],
  thinned = 1,
): {
  value: number;
  recall: number;
  falseRate: number;
  falsePositives: number;
} {
  const sum = (pick: (one: Found) => number): number =>
    found.reduce((total, one) => total + pick(one), 0);
  const all: Found = {
    alarmsOnNormal: sum((one) => one.alarmsOnNormal),
    normal: sum((one) => one.normal),
    alarmsOnAbnormal: (sum((one) => one.alarmsOnAbnormal) / found.length) * thinned,
    abnormal: (sum((one) => one.abnormal) / found.length) * thinned,
  };
  return {
    value: scaledF1(all),
    recall: all.alarmsOnAbnormal / all.abnormal,
    falseRate: all.alarmsOnNormal / all.normal,
    falsePositives: all.alarmsOnNormal,
  };
}

function rates({ train }: Fold, abnormal: Sequences): MlFigure[] {
  const model = createLogSession({});
  const fitting = performance.now();
  model.fit(train);
  const scoring = performance.now();
  model.score(abnormal);
  const done = performance.now();
  const rate = (what: string, sessions: Sequences, ms: number): MlFigure => {
    const events = sessions.reduce((total, { length }) => total + length, 0);
    return { measure: `${what}, events/s`, value: (events / ms) * 1000, role: 'result' };
  };
  return [rate('fitting', train, scoring - fitting), rate('scoring', abnormal, done - scoring)];
}

function baseline(folds: readonly Fold[], abnormal: Sequences): MlFigure {
  const random = new Random(1, 'chance');
  const alarms = (sessions: Sequences): number =>
    sessions.reduce((sum) => sum + (random.chance(ALARM_SHARE) ? 1 : 0), 0);
  const found = folds.map(({ test }) => ({
    alarmsOnNormal: alarms(test),
    normal: test.length,
    alarmsOnAbnormal: alarms(abnormal),
    abnormal: abnormal.length,
  }));
  return { measure: 'F1, random score', value: pooled(found).value, role: 'baseline' };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
