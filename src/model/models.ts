/** No artefact is larger. */
export const MAX_ARTEFACT_BYTES = 64 * 1024 * 1024;

/** Where a model stands. Findings come from `live` and `canary`; `shadow` scores and raises nothing. */
export const MODEL_STAGES = ['shadow', 'canary', 'live', 'retired'] as const;

export type ModelStage = (typeof MODEL_STAGES)[number];

/** How a model came about. */
export interface ArtefactMetadata {
  /** Of the model: its versions share it. */
  readonly name: string;
  /** Of the algorithm, for example `isolation_forest`. */
  readonly kind: string;
  /** The feature set its inputs are made with; absent when it takes no vectors. */
  readonly features?: { readonly name: string; readonly version: number; readonly hash: string };
  /** Of what it was trained on. */
  readonly dataHash: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Finite numbers, measured when it was trained. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Id of the artefact that it was trained from or is to follow. */
  readonly parent?: string;
  /** What trained it, for example `plain`, `wasm` or `tfjs-node-gpu`. */
  readonly backend: string;
  /** Site time, ms since the epoch. */
  readonly createdAt: number;
}

/** One version of a model and its stage. */
export interface StagedModel {
  readonly id: string;
  readonly stage: ModelStage;
  /** Part of the subjects that a canary judges, above 0 and at most 1; 0 in other stages. */
  readonly share: number;
  /** When it came into this stage, ms since the epoch. */
  readonly since: number;
}

/** One step of one version; `from` is absent for the first. */
export interface StageStep {
  /** Of the stages after it. */
  readonly revision: number;
  readonly id: string;
  readonly from?: ModelStage;
  readonly to: ModelStage;
  /** It returned to what was live before. */
  readonly rollback?: true;
  readonly at: number;
  readonly by: string;
  readonly why: string;
}

/** The versions of one model: at most one is live and at most one is canary. */
export interface ModelStages {
  readonly name: string;
  /** Grows by one with each change. */
  readonly revision: number;
  /** When this revision was made, ms since the epoch. */
  readonly at: number;
  /** Oldest first. */
  readonly models: readonly StagedModel[];
  /** The newest steps, oldest first. */
  readonly history: readonly StageStep[];
}

/** A version of a model, whole, as commands and the API show it. */
export interface ModelVersion extends StagedModel {
  readonly metadata: ArtefactMetadata;
  readonly bytes: number;
}

/** Lower-case letters, digits, `_` and `-`, at most 64: it becomes part of file names and of keys. */
export function isModelName(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,63}$/.test(text);
}

export function isArtefactId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}
