import type { Model } from '../model.ts';

import { PairTable } from './pair-table.ts';
import { runKey } from './references.ts';
import type { Sequences } from './sequence-model.ts';

/** Sessions are scored by models that were fitted without them, in so many parts. */
const FOLDS = 5;

/**
 * Scores of every session by a model fitted on the others (in folds, taken in
 * turn); with fewer sessions than folds, by the model fitted on all. The
 * model is left fitted on a part.
 */
export function heldOutScores(model: Model<Sequences>, samples: Sequences): Float64Array {
  if (samples.length < FOLDS) {
    model.fit(samples);
    return model.score(samples);
  }
  const scores = new Float64Array(samples.length);
  for (let fold = 0; fold < FOLDS; fold += 1) {
    model.fit(samples.filter((_, index) => index % FOLDS !== fold));
    const held = samples.filter((_, index) => index % FOLDS === fold);
    for (const [index, score] of scoresOf(model, held).entries()) {
      scores[fold + index * FOLDS] = score;
    }
  }
  return scores;
}

/** As `model.score`, each distinct session scored once: of logs most come many times. */
export function scoresOf(model: Model<Sequences>, samples: Sequences): Float64Array {
  const table = new PairTable(samples.length, samples.length);
  const distinct: Uint32Array[] = [];
  const places = Int32Array.from(samples, (session) => {
    const place = table.add(...runKey(session, 0, session.length));
    if (place === distinct.length) distinct.push(session);
    return place;
  });
  const scores = model.score(distinct);
  return Float64Array.from(places, (place) => scores[place] as number);
}
