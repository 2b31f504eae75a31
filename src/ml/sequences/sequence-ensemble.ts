import { createSurpriseCalibrator, restoreSurpriseCalibrator } from '../calibration/surprise.ts';
import type { SurpriseCalibrator } from '../calibration/surprise.ts';
import { unfitted } from '../model.ts';
import type { Model, ModelSnapshot } from '../model.ts';

import { requireSequences } from './sequence-model.ts';
import type { SequenceModel, SequenceReason, Sequences } from './sequence-model.ts';
import type { State } from './state.ts';

/** Sessions are scored by models that were fitted without them, in so many parts. */
const FOLDS = 5;

/** A model of an ensemble. */
export interface EnsembleMember {
  readonly name: string;
  /** What one digit of its surprise counts. */
  readonly weight: number;
  create(): SequenceModel;
  restore(snapshot: ModelSnapshot): SequenceModel;
}

export interface EnsembleSettings {
  readonly kind: string;
  readonly version: number;
  readonly options: object;
  readonly members: readonly EnsembleMember[];
}

/** What a member says about a session. */
export interface MemberVerdict {
  readonly name: string;
  readonly raw: number;
  /** −log10 of how likely a normal session scores as high. */
  readonly surprise: number;
  /** What it adds to the ensemble's score. */
  readonly part: number;
}

interface Fitted {
  readonly models: readonly SequenceModel[];
  readonly calibrators: readonly SurpriseCalibrator[];
}

/**
 * Several models of sessions as one: each member's score becomes surprise
 * (its tail among normal sessions that the member was fitted without, five
 * folds), the weighted sum is the score. Fitting costs five times the members',
 * plus one; the rest is the members' cost and about 2 µs per member.
 */
export class SequenceEnsemble implements SequenceModel {
  readonly #settings: EnsembleSettings;
  #fitted: Fitted | undefined;

  constructor(settings: EnsembleSettings, fitted?: Fitted) {
    this.#settings = settings;
    this.#fitted = fitted;
  }

  get kind(): string {
    return this.#settings.kind;
  }

  get bytes(): number {
    return (this.#fitted?.models ?? []).reduce((sum, model) => sum + model.bytes, 0);
  }

  fit(samples: Sequences): void {
    requireSequences(samples);
    this.#fitted = undefined;
    if (samples.length === 0) return;
    const models = this.#settings.members.map((member) => member.create());
    const calibrators = models.map((model) => {
      const calibrator = createSurpriseCalibrator();
      calibrator.fit(heldOutScores(model, samples));
      return calibrator;
    });
    for (const model of models) model.fit(samples);
    this.#fitted = { models, calibrators };
  }

  score(samples: Sequences): Float64Array {
    const fitted = this.#requireFitted();
    return Float64Array.from(requireSequences(samples), (session) =>
      this.#verdicts(fitted, session).reduce((sum, { part }) => sum + part, 0),
    );
  }

  /** Judges each session before it learns it. */
  update(samples: Sequences): void {
    const { models, calibrators } = this.#requireFitted();
    for (const session of requireSequences(samples)) {
      for (const [index, model] of models.entries()) {
        calibrators[index]?.update(model.score([session])[0] as number);
        model.update([session]);
      }
    }
  }

  /** What each member says. @throws MODEL_UNFITTED */
  verdicts(session: Uint32Array): readonly MemberVerdict[] {
    const fitted = this.#requireFitted();
    requireSequences([session]);
    return this.#verdicts(fitted, session);
  }

  /** Reasons of the members, those first whose member adds most. */
  explain(session: Uint32Array, limit: number): readonly SequenceReason[] {
    const { models } = this.#requireFitted();
    const parts = this.verdicts(session).map(({ part }) => part);
    return models
      .map((model, index) => ({ part: parts[index] as number, model }))
      .sort((one, other) => other.part - one.part)
      .flatMap(({ model }) => model.explain(session, limit))
      .slice(0, limit);
  }

  snapshot(): ModelSnapshot {
    const { kind, version, options } = this.#settings;
    const fitted = this.#fitted;
    const state = {
      options: { ...options },
      isFitted: fitted !== undefined,
      models: fitted?.models.map((model) => model.snapshot()) ?? [],
      calibrators: fitted?.calibrators.map((calibrator) => calibrator.snapshot()) ?? [],
    };
    return { kind, version, state };
  }

  /** @throws MODEL_INVALID */
  static from(settings: EnsembleSettings, state: State): SequenceEnsemble {
    if (!state.flag('isFitted')) return new SequenceEnsemble(settings);
    const { members } = settings;
    const models = state
      .snapshots('models', members.length)
      .map((snapshot, index) => (members[index] as EnsembleMember).restore(snapshot));
    const calibrators = state
      .snapshots('calibrators', members.length)
      .map((snapshot) => restoreSurpriseCalibrator(snapshot));
    return new SequenceEnsemble(settings, { models, calibrators });
  }

  #requireFitted(): Fitted {
    if (this.#fitted === undefined) throw unfitted(this.kind);
    return this.#fitted;
  }

  #verdicts({ models, calibrators }: Fitted, session: Uint32Array): MemberVerdict[] {
    return this.#settings.members.map(({ name, weight }, index) => {
      const raw = (models[index] as SequenceModel).score([session])[0] as number;
      const surprise = (calibrators[index] as SurpriseCalibrator).surprise(raw);
      return { name, raw, surprise, part: weight * surprise };
    });
  }
}

/**
 * Scores of every session by a model fitted on the others (in folds, taken in
 * turn); with fewer sessions than folds, by the model fitted on all. The
 * model is left fitted on a part.
 */
export function heldOutScores(model: Model<Sequences>, samples: Sequences): Float64Array {
  const scores = new Float64Array(samples.length);
  if (samples.length < FOLDS) {
    model.fit(samples);
    scores.set(model.score(samples));
    return scores;
  }
  for (let fold = 0; fold < FOLDS; fold += 1) {
    model.fit(samples.filter((_, index) => index % FOLDS !== fold));
    const held = samples.filter((_, index) => index % FOLDS === fold);
    for (const [index, score] of model.score(held).entries()) scores[fold + index * FOLDS] = score;
  }
  return scores;
}
