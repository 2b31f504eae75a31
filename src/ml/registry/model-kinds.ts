import { spellingHint } from '../../core/edit-distance.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import type { Matrix } from '../matrix.ts';
import type { ModelKind } from '../model.ts';
import { autoencoder } from '../neural/autoencoder.ts';
import { lstmNextEvent } from '../neural/lstm-next-event.ts';
import type { NeuralKind } from '../neural/neural-kind.ts';
import { editDistance } from '../sequences/edit-distance.ts';
import { eventGrams } from '../sequences/event-grams.ts';
import { gramBag } from '../sequences/gram-bag.ts';
import { logSessionModel } from '../sequences/log-session.ts';
import type { Sequences } from '../sequences/sequence-model.ts';
import { sessionFacts } from '../sequences/session-facts.ts';
import { traceModel } from '../sequences/trace.ts';
import { halfSpaceTrees } from '../tabular/half-space-trees.ts';
import { isolationForest } from '../tabular/isolation-forest.ts';
import { localOutlierFactor } from '../tabular/local-outlier-factor.ts';
import { nearestNeighbours } from '../tabular/nearest-neighbours.ts';
import { oneClassSvmRff } from '../tabular/one-class-svm-rff.ts';
import { oneClassSvm } from '../tabular/one-class-svm.ts';
import { sampledNeighbours } from '../tabular/sampled-neighbours.ts';
import { tabularEnsemble } from '../tabular/tabular-ensemble.ts';
import { motion } from '../vector/motion-model.ts';
import { personalContext } from '../wearable/personal-context.ts';

/** A kind of model, and what it takes: rows of numbers, or sessions of events. */
export type KnownKind =
  | {
      readonly takes: 'rows';
      readonly kind: AnyKind<Matrix>;
      /** Its scores depend on the rows before: samples are a stretch of time, not single rows. */
      readonly isOrdered: boolean;
    }
  | { readonly takes: 'sessions'; readonly kind: AnyKind<Sequences>; readonly isOrdered: false };

/** Neural ones are trained by `train`, on a thread of their own, instead of `create` and `fit`. */
export type AnyKind<Samples> = ModelKind<Samples, object> &
  Partial<Pick<NeuralKind<Samples, object>, 'train'>>;

const ROWS: readonly AnyKind<Matrix>[] = [
  tabularEnsemble,
  isolationForest,
  nearestNeighbours,
  localOutlierFactor,
  oneClassSvm,
  oneClassSvmRff,
  halfSpaceTrees,
  sampledNeighbours,
  autoencoder,
];

const ORDERED_ROWS: readonly AnyKind<Matrix>[] = [motion, personalContext];

const SESSIONS: readonly AnyKind<Sequences>[] = [
  logSessionModel,
  traceModel,
  eventGrams,
  sessionFacts,
  gramBag,
  editDistance,
  lstmNextEvent,
];

/** Every kind that the registry can keep, by name. */
export const MODEL_KINDS: ReadonlyMap<string, KnownKind> = new Map<string, KnownKind>([
  ...ROWS.map((kind) => [kind.kind, { takes: 'rows', kind, isOrdered: false }] as const),
  ...ORDERED_ROWS.map((kind) => [kind.kind, { takes: 'rows', kind, isOrdered: true }] as const),
  ...SESSIONS.map((kind) => [kind.kind, { takes: 'sessions', kind, isOrdered: false }] as const),
]);

/** The kind of a model or an artefact. @throws MODEL_INVALID when this version knows none of that name */
export function modelKind(name: string): KnownKind {
  const known = MODEL_KINDS.get(name);
  if (known !== undefined) return known;
  const shown = JSON.stringify(name.slice(0, 64));
  throw new WatchkeeperError('MODEL_INVALID', `There is no kind of model ${shown}.`, {
    fix: spellingHint(name, [...MODEL_KINDS.keys()]),
  });
}
