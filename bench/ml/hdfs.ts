import { Random } from '../../src/core/random.ts';
import type { Model } from '../../src/ml/model.ts';
import { editDistance } from '../../src/ml/sequences/edit-distance.ts';
import { createEventGrams } from '../../src/ml/sequences/event-grams.ts';
import { createGramBag } from '../../src/ml/sequences/gram-bag.ts';
import { createLogSession } from '../../src/ml/sequences/log-session.ts';
import type { Sequences } from '../../src/ml/sequences/sequence-model.ts';
import { createSessionFacts } from '../../src/ml/sequences/session-facts.ts';
import { ALL_NORMAL, readSessions } from '../support/ml/hdfs.ts';
import { foldsOf, foundAt, pooled, scoreFold, scoreMembers } from '../support/ml/hdfs-folds.ts';
import type { Fold, ScoredFold } from '../support/ml/hdfs-folds.ts';
import { lstmFigures } from '../support/ml/hdfs-lstm.ts';
import type { MlContext, MlFigure, MlPart } from '../support/ml/part.ts';

const REACH = 0.965;
const AIM = 0.975;
/** Of normal sessions, the share that may score above the threshold; fixed beforehand. */
const ALARM_SHARE = 5e-4;
/** Others, to see how much hangs on it. */
const OTHER_SHARES = [2e-3, 1e-3, 7e-4, 3e-4, 2e-4, 1e-4];
/** Parts of the training sessions, and of all sessions in the order of the file. */
const FEWER = [2, 4, 8];
const EARLY = [0.6, 0.8];
/** Orders of the folds beside the first. */
const OTHER_SEEDS = [2, 3];

const ABLATIONS: Readonly<Record<string, () => Model<Sequences>>> = {
  'facts alone': () => createSessionFacts({}),
  'count vectors alone': () => createGramBag({ neighbours: 5 }),
  'order of events alone (order 3, top 5)': () =>
    createEventGrams({ order: 3, aggregate: 'top', span: 5 }),
  'order of events alone (order 6, mean)': () => createEventGrams({}),
  'edit distance alone': () => editDistance.create({}, new Random(1)),
};
/** Members of the ensemble to leave out, and what they look at. */
const MEMBERS = { facts: 'facts', counts: 'count vectors', order: 'order of events' };

export const part: MlPart = {
  name: 'hdfs',
  run: (context) => measure(context),
};

async function measure(context: MlContext): Promise<readonly MlFigure[]> {
  const normal = context.find('hdfs/normal.txt') ?? context.findTraining('hdfs/normal.txt');
  const abnormal = context.find('hdfs/abnormal.txt');
  if (normal === undefined || abnormal === undefined) return [];
  const sessions = readSessions(normal);
  const folds = foldsOf(sessions);
  const attacks = readSessions(abnormal);
  context.progress('hdfs: shipped model');
  const figures = [...shipped(folds, attacks)];
  for (const [name, create] of Object.entries(ABLATIONS)) {
    context.progress(`hdfs: ${name}`);
    const scored = folds.map((fold) => scoreFold(create(), fold, attacks));
    figures.push(ablation(name, scored));
  }
  context.progress('hdfs: other orders, fewer and earlier sessions');
  figures.push(...elsewhere(sessions, attacks));
  context.progress('hdfs: LSTM');
  figures.push(...(await lstmFigures(folds[0] as Fold, attacks, ALARM_SHARE)));
  return [...figures, baseline(folds, attacks)];
}

function shipped(folds: readonly Fold[], abnormal: Sequences): MlFigure[] {
  const started = performance.now();
  const members = folds.map((fold) => scoreMembers(fold, abnormal));
  const seconds = (performance.now() - started) / 1000;
  const scored = members.map((combine) => combine());
  const { f1, recall, falseRate, falsePositives, byFold } = at(scored, ALARM_SHARE);
  const note = `threshold: what ${ALARM_SHARE} of normal sessions exceed, by training sessions held out; ${falsePositives} false positives in all folds, scaled to ${ALL_NORMAL}; by fold ${byFold.map((one) => one.toFixed(3)).join(' ')}`;
  const lower = { role: 'result', lowerIsBetter: true } as const;
  const mean = byFold.reduce((sum, one) => sum + one, 0) / byFold.length;
  return [
    { measure: 'F1, five folds together', value: f1, role: 'result', reach: REACH, aim: AIM, note },
    { measure: 'mean F1 of the folds', value: mean, role: 'result' },
    { measure: 'recall', value: recall, role: 'result' },
    { measure: 'false positives per normal session', value: falseRate, ...lower },
    ...rates(folds[0] as Fold, abnormal),
    { measure: 'seconds for five folds', value: seconds, ...lower },
    ...OTHER_SHARES.map((share): MlFigure => {
      const measure = `F1 when ${share} of normal sessions may exceed the threshold`;
      return { measure, value: at(scored, share).f1, role: 'ablation' };
    }),
    ...Object.entries(MEMBERS).map(([name, text]) =>
      ablation(
        `without ${text}`,
        members.map((combine) => combine(name)),
      ),
    ),
  ];
}

/** Other folds, fewer sessions to learn from, and only those that came first in the file. */
function elsewhere(sessions: Sequences, abnormal: Sequences): readonly MlFigure[] {
  const score = (fold: Fold): ScoredFold => scoreFold(createLogSession({}), fold, abnormal);
  const orders = OTHER_SEEDS.map((seed) =>
    ablation(`folds in order ${seed}`, foldsOf(sessions, seed).map(score)),
  );
  const fewer = FEWER.map((part) => {
    const folds = foldsOf(sessions).map(({ train, test }) => {
      return { train: train.slice(0, Math.floor(train.length / part)), test };
    });
    return ablation(`trained on a part of ${part} of the sessions`, folds.map(score));
  });
  const early = EARLY.map((share) => {
    const cut = Math.floor(sessions.length * share);
    const fold = { train: sessions.slice(0, cut), test: sessions.slice(cut) };
    return ablation(`trained on the first ${share * 100} %, tested on the rest`, [score(fold)]);
  });
  return [...orders, ...fewer, ...early];
}

function ablation(name: string, scored: readonly ScoredFold[]): MlFigure {
  return { measure: `F1, ${name}`, value: at(scored, ALARM_SHARE).f1, role: 'ablation' };
}

function at(scored: readonly ScoredFold[], share: number): ReturnType<typeof pooled> {
  return pooled(scored.map((fold) => foundAt(fold, share)));
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
  return { measure: 'F1, random score', value: pooled(found).f1, role: 'baseline' };
}
