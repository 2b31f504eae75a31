import { spellingHint } from '../../core/edit-distance.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import type { Matrix } from '../matrix.ts';
import type { ModelKind } from '../model.ts';
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

/** A kind of model, and what it takes: rows of numbers, or sessions of events. */
export type KnownKind =
  | { readonly takes: 'rows'; readonly kind: ModelKind<Matrix, object> }
  | { readonly takes: 'sessions'; readonly kind: ModelKind<Sequences, object> };

const ROWS: readonly ModelKind<Matrix, object>[] = [
  isolationForest,
  nearestNeighbours,
  localOutlierFactor,
  oneClassSvm,
  oneClassSvmRff,
  halfSpaceTrees,
];

const SESSIONS: readonly ModelKind<Sequences, object>[] = [
  logSessionModel,
  traceModel,
  eventGrams,
  sessionFacts,
  gramBag,
  editDistance,
];

/** Every kind that the registry can keep, by name. */
export const MODEL_KINDS: ReadonlyMap<string, KnownKind> = new Map<string, KnownKind>([
  ...ROWS.map((kind) => [kind.kind, { takes: 'rows', kind }] as const),
  ...SESSIONS.map((kind) => [kind.kind, { takes: 'sessions', kind }] as const),
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
