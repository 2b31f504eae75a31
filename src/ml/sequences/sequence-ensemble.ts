import { unfitted } from '../model.ts';
import type { ModelSnapshot } from '../model.ts';

import type { Gauge } from './gauge.ts';
import { createGauge, restoreGauge } from './gauges.ts';
import type { GaugeName } from './gauges.ts';
import { heldOutScores } from './held-out.ts';
import { requireSequences } from './sequence-model.ts';
import type { SequenceModel, SequenceReason, Sequences } from './sequence-model.ts';
import type { State } from './state.ts';
import { type Steps, atOnce } from '../../core/steps.ts';
import { Pace } from './pace.ts';

/** Units of work that a gauge costs. */
const GAUGE_UNITS = 100;

/** A model of an ensemble. */
export interface EnsembleMember {
  readonly name: string;
  /** What one digit of its surprise counts. */
  readonly weight: number;
  /** How its raw score becomes surprise. */
  readonly gauge: GaugeName;
  create(): SequenceModel;
  restore(snapshot: ModelSnapshot): SequenceModel;
}

export interface EnsembleSettings {
  readonly kind: string;
  readonly version: number;
  readonly options: object;
  /** What the strongest member's weighted surprise counts, and the sum of all. */
  readonly lead: number;
  readonly sum: number;
  readonly members: readonly EnsembleMember[];
}

/** What a member says about a session. */
export interface MemberVerdict {
  readonly name: string;
  readonly raw: number;
  /** −log10 of how likely a normal session scores as high. */
  readonly surprise: number;
  /** The surprise by the member's weight. */
  readonly weighted: number;
}

interface Fitted {
  readonly models: readonly SequenceModel[];
  readonly gauges: readonly Gauge[];
}

/**
 * Several models of sessions as one: each member's score becomes surprise
 * (its tail among normal sessions that the member was fitted without, five
 * folds), weighted; the score counts the strongest and the sum of all. Fitting costs five times the members',
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
    const lengths = samples.map(({ length }) => length);
    const gauges = this.#settings.members.map(({ gauge: name }, index) => {
      const gauge = createGauge(name);
      if (name === 'raw') return gauge;
      gauge.fit(lengths, heldOutScores(models[index] as SequenceModel, samples));
      return gauge;
    });
    for (const model of models) model.fit(samples);
    this.#fitted = { models, gauges };
  }

  score(samples: Sequences): Float64Array {
    const fitted = this.#requireFitted();
    const pace = new Pace();
    return Float64Array.from(requireSequences(samples), (session) =>
      atOnce(this.#scoreOne(fitted, session, pace)),
    );
  }

  scoring(session: Uint32Array, pace: Pace): Steps<number> {
    const fitted = this.#requireFitted();
    requireSequences([session]);
    return this.#scoreOne(fitted, session, pace);
  }

  /** Judges each session before it learns it. */
  update(samples: Sequences): void {
    const { models, gauges } = this.#requireFitted();
    for (const session of requireSequences(samples)) {
      for (const [index, model] of models.entries()) {
        if (this.#settings.members[index]?.gauge !== 'raw') {
          gauges[index]?.update(session.length, model.score([session])[0] as number);
        }
        model.update([session]);
      }
    }
  }

  /** What each member says. @throws MODEL_UNFITTED */
  verdicts(session: Uint32Array): readonly MemberVerdict[] {
    const fitted = this.#requireFitted();
    requireSequences([session]);
    return atOnce(this.#verdicts(fitted, session, new Pace()));
  }

  /** The score of what members say; of fewer than there are, that without the others. */
  combine(verdicts: readonly MemberVerdict[]): number {
    const { lead, sum } = this.#settings;
    let strongest = 0;
    let total = 0;
    for (const { weighted } of verdicts) {
      strongest = Math.max(strongest, weighted);
      total += weighted;
    }
    return lead * strongest + sum * total;
  }

  /** Reasons of the members, the strongest member's first. */
  explain(session: Uint32Array, limit: number): readonly SequenceReason[] {
    return atOnce(this.explaining(session, limit, new Pace()));
  }

  *explaining(session: Uint32Array, limit: number, pace: Pace): Steps<readonly SequenceReason[]> {
    const fitted = this.#requireFitted();
    requireSequences([session]);
    const verdicts = yield* this.#verdicts(fitted, session, pace);
    const strongestFirst = fitted.models
      .map((model, index) => ({ weighted: verdicts[index]?.weighted ?? 0, model }))
      .sort((one, other) => other.weighted - one.weighted);
    const reasons: SequenceReason[] = [];
    for (const { model } of strongestFirst) {
      if (reasons.length >= limit) break;
      reasons.push(...(yield* model.explaining(session, limit - reasons.length, pace)));
    }
    return reasons;
  }

  snapshot(): ModelSnapshot {
    const { kind, version, options } = this.#settings;
    const fitted = this.#fitted;
    const state = {
      options: { ...options },
      isFitted: fitted !== undefined,
      models: fitted?.models.map((model) => model.snapshot()) ?? [],
      gauges: fitted?.gauges.map((gauge) => gauge.snapshot()) ?? [],
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
    const gauges = state
      .snapshots('gauges', members.length)
      .map((snapshot, index) => restoreGauge((members[index] as EnsembleMember).gauge, snapshot));
    return new SequenceEnsemble(settings, { models, gauges });
  }

  #requireFitted(): Fitted {
    if (this.#fitted === undefined) throw unfitted(this.kind);
    return this.#fitted;
  }

  *#scoreOne(fitted: Fitted, session: Uint32Array, pace: Pace): Steps<number> {
    return this.combine(yield* this.#verdicts(fitted, session, pace));
  }

  *#verdicts({ models, gauges }: Fitted, session: Uint32Array, pace: Pace): Steps<MemberVerdict[]> {
    const verdicts: MemberVerdict[] = [];
    for (const [index, { name, weight }] of this.#settings.members.entries()) {
      const raw = yield* (models[index] as SequenceModel).scoring(session, pace);
      const surprise = (gauges[index] as Gauge).surprise(session.length, raw);
      verdicts.push({ name, raw, surprise, weighted: weight * surprise });
      if (pace.spend(GAUGE_UNITS)) yield;
    }
    return verdicts;
  }
}
