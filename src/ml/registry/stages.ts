import { WatchkeeperError } from '../../core/errors.ts';
import type { ModelStage, ModelStages, StagedModel, StageStep } from '../../model/models.ts';

/** One wish to change the stage of a version. */
export interface StageMove {
  readonly id: string;
  readonly to: ModelStage;
  /** For `canary`: part of the subjects, above 0 and at most 1. @default 0.1 */
  readonly share?: number;
  /** Ms since the epoch. */
  readonly at: number;
  readonly by: string;
  readonly why: string;
}

/** Versions and steps kept of one model; the oldest retired ones leave the list first. */
export const KEPT = Object.freeze({ models: 64, steps: 200 });

const ALLOWED: Readonly<Record<ModelStage, readonly ModelStage[]>> = {
  shadow: ['canary', 'live', 'retired'],
  canary: ['shadow', 'live', 'retired'],
  // Only by another that goes live: then it retires.
  live: [],
  retired: ['shadow'],
};

export function noStages(name: string): ModelStages {
  return { name, revision: 0, at: 0, models: [], history: [] };
}

/**
 * The stages after a new version came in as shadow; unchanged when it is known.
 * @throws CONFLICT when there are too many versions that are not retired
 */
export function enter(
  stages: ModelStages,
  { id, at, by, why }: Omit<StageMove, 'to'>,
): ModelStages {
  if (stages.models.some((model) => model.id === id)) return stages;
  const models = makeRoom(stages);
  const step = { id, to: 'shadow', at, by, why } as const;
  return withSteps(stages, [...models, staged(step, 0)], [step]);
}

/**
 * The stages after `move`. A version that goes live retires the one before it.
 * @throws NOT_FOUND for an unknown version, CONFLICT for a step that is not
 * allowed or a second canary, BAD_REQUEST for a share that is none.
 */
export function move(stages: ModelStages, wish: StageMove): ModelStages {
  const model = find(stages, wish.id);
  if (!ALLOWED[model.stage].includes(wish.to)) throw notAllowed(model, wish.to);
  const share = wish.to === 'canary' ? checkShare(wish.share ?? 0.1) : 0;
  const canary = stages.models.find(({ stage }) => stage === 'canary');
  if (wish.to === 'canary' && canary !== undefined) {
    throw conflict(`${short(canary.id)} is canary already`, 'Promote or retire it first.');
  }
  return apply(stages, wish, share);
}

/** The stages after the version that was live before is live again. @throws CONFLICT when there is none */
export function rollBack(
  stages: ModelStages,
  { at, by, why }: Omit<StageMove, 'id' | 'to' | 'share'>,
): ModelStages {
  const id = previousLive(stages);
  const model = stages.models.find((each) => each.id === id);
  if (id === undefined || model === undefined) {
    throw conflict(`no version of "${stages.name}" was live before`, 'Promote one.');
  }
  return apply(stages, { id, to: 'live', rollback: true, at, by, why }, 0);
}

/**
 * The retired versions that are not among the newest `keep` of their kind and
 * that no rollback would bring back, oldest first.
 */
export function prunable(stages: ModelStages, keep: number): readonly StagedModel[] {
  const previous = previousLive(stages);
  const retired = stages.models.filter(({ stage }) => stage === 'retired');
  const newest = retired.toSorted((one, other) => other.since - one.since).slice(0, keep);
  return retired.filter((model) => model.id !== previous && !newest.includes(model));
}

/** The stages without these versions, whose steps stay in the history; unchanged when there are none. */
export function forget(
  stages: ModelStages,
  models: readonly StagedModel[],
  at: number,
): ModelStages {
  if (models.length === 0) return stages;
  const left = stages.models.filter((model) => !models.some(({ id }) => id === model.id));
  return { ...stages, revision: stages.revision + 1, at: Math.max(stages.at, at), models: left };
}

/**
 * Id of the version that a rollback would bring back: what was live before the
 * one that is. A rollback takes a version off this list, so that a second one
 * goes further back and never to what was rolled back.
 */
export function previousLive({ history }: ModelStages): string | undefined {
  const lives: string[] = [];
  for (const { id, to, rollback } of history) {
    if (to !== 'live') continue;
    if (rollback !== true) lives.push(id);
    else if (lives.includes(id)) lives.length = lives.lastIndexOf(id) + 1;
    else lives.splice(0, Infinity, id);
  }
  return lives.at(-2);
}

export function liveModel({ models }: ModelStages): StagedModel | undefined {
  return models.find(({ stage }) => stage === 'live');
}

/** Makes the step, and retires whoever was live when another goes live. */
function apply(
  stages: ModelStages,
  wish: StageMove & Pick<StageStep, 'rollback'>,
  share: number,
): ModelStages {
  const { id, to, rollback, at, by, why } = wish;
  const live = to === 'live' ? liveModel(stages) : undefined;
  const steps: Omit<StageStep, 'revision'>[] = [];
  if (live !== undefined) steps.push({ id: live.id, from: 'live', to: 'retired', at, by, why });
  const from = find(stages, id).stage;
  steps.push({ id, from, to, ...(rollback === undefined ? {} : { rollback }), at, by, why });
  const models = stages.models.map((model) => {
    const step = steps.find((each) => each.id === model.id);
    return step === undefined ? model : staged(step, share);
  });
  return withSteps(stages, models, steps);
}

function staged({ id, to, at }: Omit<StageStep, 'revision'>, share: number): StagedModel {
  return { id, stage: to, share: to === 'canary' ? share : 0, since: at };
}

function withSteps(
  stages: ModelStages,
  models: readonly StagedModel[],
  steps: readonly Omit<StageStep, 'revision'>[],
): ModelStages {
  const revision = stages.revision + 1;
  const history = [...stages.history, ...steps.map((step) => ({ revision, ...step }))];
  const at = Math.max(stages.at, ...steps.map((step) => step.at));
  return { name: stages.name, revision, at, models, history: history.slice(-KEPT.steps) };
}

/** The versions without the oldest retired ones, so that one more fits; never without what a rollback needs. */
function makeRoom(stages: ModelStages): readonly StagedModel[] {
  const { models } = stages;
  if (models.length < KEPT.models) return models;
  const previous = previousLive(stages);
  const oldest = models.find(({ id, stage }) => stage === 'retired' && id !== previous);
  if (oldest === undefined) {
    throw conflict(
      `"${stages.name}" has ${models.length} versions that are not retired`,
      'Retire some of them.',
    );
  }
  return models.filter((model) => model !== oldest);
}

function find(stages: ModelStages, id: string): StagedModel {
  const model = stages.models.find((each) => each.id === id);
  if (model !== undefined) return model;
  throw new WatchkeeperError('NOT_FOUND', `"${stages.name}" has no version ${short(id)}.`, {
    fix: `List them with: watchkeeper models show ${stages.name}`,
  });
}

function checkShare(share: number): number {
  if (share > 0 && share <= 1) return share;
  throw new WatchkeeperError('BAD_REQUEST', `A canary cannot judge ${share} of the subjects.`, {
    fix: 'Give a share above 0 and at most 1.',
  });
}

function notAllowed({ id, stage }: StagedModel, to: ModelStage): WatchkeeperError {
  const fix =
    stage === 'live'
      ? 'It retires when another version goes live; roll back to return to the one before.'
      : `From ${stage} it may become ${ALLOWED[stage].join(', ')}.`;
  return conflict(`${short(id)} is ${stage} and cannot become ${to}`, fix);
}

function conflict(what: string, fix: string): WatchkeeperError {
  return new WatchkeeperError('CONFLICT', `This cannot be: ${what}.`, { fix });
}

/** As people write ids. */
function short(id: string): string {
  return id.slice(0, 12);
}
