import { Random } from '../../../src/core/random.ts';
import type { Model } from '../../../src/ml/model.ts';
import { heldOutScores, scoresOf } from '../../../src/ml/sequences/held-out.ts';
import { createLogSession } from '../../../src/ml/sequences/log-session.ts';
import type { MemberVerdict } from '../../../src/ml/sequences/sequence-ensemble.ts';
import type { Sequences } from '../../../src/ml/sequences/sequence-model.ts';
import { scaledF1 } from './hdfs.ts';
import type { Found } from './hdfs.ts';
import { upperQuantile } from './upper-quantile.ts';

const FOLDS = 5;

export interface Fold {
  readonly train: Sequences;
  readonly test: Sequences;
}

/** Scores of a fold's sessions by one model, for any threshold. */
export interface ScoredFold {
  /** Of training sessions, by models fitted without them. */
  readonly calibrating: Float64Array;
  readonly normal: Float64Array;
  readonly abnormal: Float64Array;
}

/** Several folds with one rule for the threshold. */
export interface Pooled {
  readonly f1: number;
  readonly recall: number;
  /** Alarms per normal session. */
  readonly falseRate: number;
  readonly falsePositives: number;
  readonly byFold: readonly number[];
}

/** Sessions shuffled by a seed, in five parts: each is the test of one fold. */
export function foldsOf(sessions: Sequences, seed = 1): readonly Fold[] {
  const random = new Random(seed, 'hdfs');
  const drawn = sessions.map((session) => ({ session, place: random.unit() }));
  const shuffled = drawn.sort((one, other) => one.place - other.place);
  return Array.from({ length: FOLDS }, (_, fold) => ({
    train: shuffled.filter((_each, at) => at % FOLDS !== fold).map(({ session }) => session),
    test: shuffled.filter((_each, at) => at % FOLDS === fold).map(({ session }) => session),
  }));
}

/** Training sessions are scored by models fitted without them, all others by one fitted on all of them. */
export function scoreFold(
  model: Model<Sequences>,
  { train, test }: Fold,
  abnormal: Sequences,
): ScoredFold {
  const calibrating = heldOutScores(model, train);
  model.fit(train);
  return { calibrating, normal: scoresOf(model, test), abnormal: scoresOf(model, abnormal) };
}

/** What the members of the ensemble say, fitted once for all that is made of them. */
export function scoreMembers(fold: Fold, abnormal: Sequences): (without?: string) => ScoredFold {
  const model = createLogSession({});
  const said = new Map<string, readonly MemberVerdict[]>();
  const calibrating = new Map<number, readonly MemberVerdict[]>();
  for (let part = 0; part < FOLDS; part += 1) {
    model.fit(fold.train.filter((_, index) => index % FOLDS !== part));
    said.clear();
    for (let index = part; index < fold.train.length; index += FOLDS) {
      calibrating.set(index, verdictsOf(fold.train[index] as Uint32Array));
    }
  }
  model.fit(fold.train);
  said.clear();
  const [normal, attacks] = [fold.test.map(verdictsOf), abnormal.map(verdictsOf)];
  const training = fold.train.map((_, index) => calibrating.get(index) ?? []);
  return (without) => {
    const scores = (all: readonly (readonly MemberVerdict[])[]): Float64Array =>
      Float64Array.from(all, (verdicts) =>
        model.combine(verdicts.filter(({ name }) => name !== without)),
      );
    return { calibrating: scores(training), normal: scores(normal), abnormal: scores(attacks) };
  };

  function verdictsOf(session: Uint32Array): readonly MemberVerdict[] {
    const key = session.join(' ');
    const known = said.get(key) ?? model.verdicts(session);
    said.set(key, known);
    return known;
  }
}

/** What is above the threshold that a share of normal sessions may exceed. */
export function foundAt({ calibrating, normal, abnormal }: ScoredFold, share: number): Found {
  const threshold = upperQuantile(calibrating, share);
  const above = (scores: Float64Array): number =>
    scores.reduce((sum, score) => sum + (score > threshold ? 1 : 0), 0);
  return {
    alarmsOnNormal: above(normal),
    normal: normal.length,
    alarmsOnAbnormal: above(abnormal),
    abnormal: abnormal.length,
  };
}

export function pooled(found: readonly Found[]): Pooled {
  const sum = (pick: (one: Found) => number): number =>
    found.reduce((total, one) => total + pick(one), 0);
  const all: Found = {
    alarmsOnNormal: sum((one) => one.alarmsOnNormal),
    normal: sum((one) => one.normal),
    alarmsOnAbnormal: sum((one) => one.alarmsOnAbnormal) / found.length,
    abnormal: sum((one) => one.abnormal) / found.length,
  };
  return {
    f1: scaledF1(all),
    recall: all.alarmsOnAbnormal / all.abnormal,
    falseRate: all.alarmsOnNormal / all.normal,
    falsePositives: all.alarmsOnNormal,
    byFold: found.map(scaledF1),
  };
}
