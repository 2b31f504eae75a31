import { createEventGrams } from '../../src/ml/sequences/event-grams.ts';
import { createGramBag } from '../../src/ml/sequences/gram-bag.ts';
import type { Model } from '../../src/ml/model.ts';
import type { MemberVerdict, SequenceEnsemble } from '../../src/ml/sequences/sequence-ensemble.ts';
import type { Sequences } from '../../src/ml/sequences/sequence-model.ts';
import { createTrace } from '../../src/ml/sequences/trace.ts';
import { Random } from '../../src/core/random.ts';
import { readTraces } from '../support/ml/adfa.ts';
import type { Trace } from '../support/ml/adfa.ts';
import { rocAuc } from '../support/ml/measures.ts';
import type { MlContext, MlFigure, MlPart } from '../support/ml/part.ts';

const REACH = 0.85;
const AIM = 0.9;

/** Members of the model that ships, and what they look at. */
const MEMBERS = { calls: 'set of calls', runs: 'runs of 3', order: 'back-off of order 6' };
/** Simpler models. */
const SIMPLER: Readonly<Record<string, () => Model<Sequences>>> = {
  'back-off of order 6, median, uncalibrated': () => createEventGrams({ aggregate: 'median' }),
  'back-off of order 6, worst 20 calls, uncalibrated': () =>
    createEventGrams({ aggregate: 'window', span: 20 }),
  'runs of 6, nearest trace, uncalibrated': () => createGramBag({ order: 6, counting: 'plain' }),
};

export const part: MlPart = {
  name: 'adfa',
  run: (context) => measure(context),
};

interface Parts {
  readonly train: Sequences;
  readonly normal: Sequences;
  readonly attacks: readonly Trace[];
}

function measure(context: MlContext): readonly MlFigure[] {
  const train = context.findTraining('adfa/normal-train.tsv.gz');
  const normal =
    context.find('adfa/normal-test.tsv.gz') ?? context.findTraining('adfa/normal-test.tsv.gz');
  const attacks = context.find('adfa/attack-test.tsv.gz');
  if (train === undefined || normal === undefined || attacks === undefined) return [];
  const parts: Parts = {
    train: callsOf(readTraces(train)),
    normal: callsOf(readTraces(normal)),
    attacks: readTraces(attacks),
  };
  context.progress('adfa: shipped model');
  const figures = shipped(parts);
  for (const [name, create] of Object.entries(SIMPLER)) {
    context.progress(`adfa: ${name}`);
    const model = create();
    model.fit(parts.train);
    const value = aucOf(scoresOf(model, parts));
    figures.push({ measure: `ROC AUC, ${name}`, value, role: 'ablation' });
  }
  const random = new Random(1, 'adfa');
  const chance = [...parts.normal, ...parts.attacks].map(() => random.unit());
  const split = parts.normal.length;
  const value = aucOf({ normal: chance.slice(0, split), attacks: chance.slice(split) });
  return [...figures, { measure: 'ROC AUC, random score', value, role: 'baseline' }];
}

function shipped(parts: Parts): MlFigure[] {
  const model = createTrace({});
  const fitting = performance.now();
  model.fit(parts.train);
  const scoring = performance.now();
  const scores = scoresOf(model, parts);
  const done = performance.now();
  const note = `fitted on ${parts.train.length} normal traces; ${parts.normal.length} normal and ${parts.attacks.length} attacks scored; members chosen on these classes`;
  const figures: MlFigure[] = [
    {
      measure: 'ROC AUC, all attacks',
      value: aucOf(scores),
      role: 'result',
      reach: REACH,
      aim: AIM,
      note,
    },
  ];
  for (const group of new Set(parts.attacks.map((trace) => trace.group))) {
    const attacks = scores.attacks.filter((_, index) => parts.attacks[index]?.group === group);
    const value = aucOf({ normal: scores.normal, attacks });
    figures.push({ measure: `ROC AUC, ${group}`, value, role: 'result' });
  }
  const scored = [...parts.normal, ...callsOf(parts.attacks)];
  return [
    ...figures,
    rate('fitting', parts.train, scoring - fitting),
    rate('scoring', scored, done - scoring),
    ...memberFigures(model, parts),
  ];
}

/** Each member alone, and what is left without it, out of what the fitted members say. */
function memberFigures(model: SequenceEnsemble, { normal, attacks }: Parts): readonly MlFigure[] {
  const said = (traces: Sequences) => traces.map((trace) => model.verdicts(trace));
  const [usual, unusual] = [said(normal), said(callsOf(attacks))];
  const aucWith = (isKept: (verdict: MemberVerdict) => boolean): number => {
    const scoreOf = (verdicts: readonly MemberVerdict[]): number =>
      model.combine(verdicts.filter(isKept));
    return aucOf({ normal: usual.map(scoreOf), attacks: unusual.map(scoreOf) });
  };
  return Object.entries(MEMBERS).flatMap(([member, text]): MlFigure[] => [
    {
      measure: `ROC AUC, ${text} alone`,
      value: aucWith(({ name }) => name === member),
      role: 'ablation',
    },
    {
      measure: `ROC AUC, without ${text}`,
      value: aucWith(({ name }) => name !== member),
      role: 'ablation',
    },
  ]);
}

function rate(what: string, traces: Sequences, milliseconds: number): MlFigure {
  const calls = traces.reduce((sum, { length }) => sum + length, 0);
  return { measure: `${what}, calls/s`, value: (calls / milliseconds) * 1000, role: 'result' };
}

interface Scores {
  readonly normal: ArrayLike<number>;
  readonly attacks: number[];
}

function scoresOf(model: Model<Sequences>, { normal, attacks }: Parts): Scores {
  return { normal: model.score(normal), attacks: [...model.score(callsOf(attacks))] };
}

function aucOf({ normal, attacks }: Scores): number {
  const all = [...Array.from(normal), ...attacks];
  return rocAuc(
    all,
    all.map((_, index) => (index < normal.length ? 0 : 1)),
  );
}

function callsOf(traces: readonly Trace[]): Sequences {
  return traces.map((trace) => trace.calls);
}
