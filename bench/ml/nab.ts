import { join } from 'node:path';

import { Random } from '../../src/core/random.ts';
import { observeStreams } from '../support/ml/nab-detect.ts';
import type { Observed } from '../support/ml/nab-detect.ts';
import { readNab, readProfiles, readReference, referenceNames } from '../support/ml/nab-data.ts';
import { scoreNab, scoreNabAt } from '../support/ml/nab-score.ts';
import type { NabProfile, NabStream } from '../support/ml/nab-score.ts';
import type { MlContext, MlFigure, MlPart } from '../support/ml/part.ts';

/** Surprise from which a stream is said to be unusual, fixed before these streams are scored. */
const THRESHOLD = 0.5;
/** Times the streams are halved to see what a threshold from one half does on the other. */
const HALVINGS = 20;

/** The Numenta Anomaly Benchmark on every stream that is there. */
export const part: MlPart = {
  name: 'nab',
  run: (context) => {
    const folder = context.find('nab');
    const profileFile = context.findTraining('nab/profiles.json');
    if (folder === undefined || profileFile === undefined) return [];
    const files = readNab(folder);
    const profiles = readProfiles(profileFile);
    const standard = profiles['standard'];
    if (files.length === 0 || standard === undefined) return [];
    const observed = observeStreams(files, context.progress);
    return [
      ...results(observed.ensemble, profiles, standard),
      ...members(observed, standard, context),
      ...baselines(folder, observed.ensemble, standard),
    ];
  },
};

function results(
  streams: readonly NabStream[],
  profiles: Readonly<Record<string, NabProfile>>,
  standard: NabProfile,
): readonly MlFigure[] {
  const figures = Object.entries(profiles).map(([name, profile]): MlFigure => {
    const { score, threshold, falsePositives, windowsFound, windows } = scoreNab(streams, profile);
    const note = `${streams.length} streams, ${windowsFound} of ${windows} windows, ${falsePositives} false alarms, threshold ${threshold.toFixed(3)}; one set of parameters, chosen on 29 streams`;
    const goal = name === 'standard' ? { reach: 72, aim: 75 } : {};
    return { measure: `NAB ${name} score`, value: score, role: 'result', ...goal, note };
  });
  const fixed = scoreNabAt(streams, standard, THRESHOLD).score;
  const halves = halved(streams, standard);
  return [
    ...figures,
    {
      measure: 'NAB standard score at a fixed threshold',
      value: fixed,
      role: 'result',
      note: `surprise ${THRESHOLD}, for all streams`,
    },
    {
      measure: 'NAB standard score, threshold from the other half',
      value: halves.transferred,
      role: 'result',
      note: `mean over ${HALVINGS} halvings of the streams`,
    },
    {
      measure: 'NAB standard score of half of the streams, least of ten',
      value: halves.low,
      role: 'result',
      note: `10th percentile over ${2 * HALVINGS} halves, threshold as NAB chooses it`,
    },
  ];
}

/** How much the score depends on which streams there are, and on their threshold. */
function halved(streams: readonly NabStream[], profile: NabProfile) {
  const random = new Random(11, 'nab halves');
  const own: number[] = [];
  let transferred = 0;
  for (let round = 0; round < HALVINGS; round += 1) {
    const order = streams
      .map((stream) => ({ stream, key: random.unit() }))
      .sort((one, other) => one.key - other.key)
      .map(({ stream }) => stream);
    const middle = Math.ceil(order.length / 2);
    const halves = [order.slice(0, middle), order.slice(middle)] as const;
    for (const [chosenOn, scoredOn] of [halves, [halves[1], halves[0]] as const]) {
      const { threshold } = scoreNab(chosenOn, profile);
      transferred += scoreNabAt(scoredOn, profile, threshold).score / (2 * HALVINGS);
      own.push(scoreNab(scoredOn, profile).score);
    }
  }
  own.sort((one, other) => one - other);
  return { transferred, low: own[Math.floor(own.length / 10)] ?? Number.NaN };
}

function members(
  { alone, without }: Observed,
  standard: NabProfile,
  { progress }: MlContext,
): readonly MlFigure[] {
  progress('nab: ablations');
  const figureOf = (measure: string, streams: readonly NabStream[]): MlFigure => {
    return { measure, value: scoreNab(streams, standard).score, role: 'ablation' };
  };
  return [
    ...[...alone].map(([name, streams]) => figureOf(`NAB standard, only ${name}`, streams)),
    ...[...without].map(([name, streams]) => figureOf(`NAB standard, without ${name}`, streams)),
  ];
}

function baselines(
  folder: string,
  streams: readonly NabStream[],
  standard: NabProfile,
): readonly MlFigure[] {
  const random = new Random(7, 'nab');
  const noise = streams.map((stream) => ({
    ...stream,
    scores: Float64Array.from({ length: stream.times.length }, () => random.unit()),
  }));
  const references = referenceNames(join(folder, 'reference-scores')).flatMap(
    (name): MlFigure[] => {
      const published = readReference(join(folder, 'reference-scores', name), streams);
      if (published === undefined) return [];
      const value = scoreNab(published, standard).score;
      const note = 'published scores; that detector was told the range of each file';
      return [{ measure: `NAB standard, ${name}`, value, role: 'baseline', note }];
    },
  );
  const { score } = scoreNab(noise, standard);
  return [
    { measure: 'NAB standard, random scores', value: score, role: 'baseline' },
    ...references,
  ];
}
