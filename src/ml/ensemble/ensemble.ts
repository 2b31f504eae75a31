import { WatchkeeperError } from '../../core/errors.ts';
import { finite, isObject, requireThat } from '../calibration/snapshot.ts';
import {
  createSurpriseCalibrator,
  MAX_SURPRISE,
  restoreSurpriseCalibrator,
} from '../calibration/surprise.ts';
import type { SurpriseCalibrator } from '../calibration/surprise.ts';
import type { ModelSnapshot } from '../model.ts';
import { combine, COMBINATIONS } from './combine.ts';
import type { Combination } from './combine.ts';
import { MemberWeights } from './member-weights.ts';

/** What one detector says of a step: a rule, an absence, a model. */
export interface Member {
  readonly name: string;
  /** −log10 of how likely it says that, or more, of a normal step; 0 to MAX_SURPRISE. */
  readonly surprise: number;
}

/** What all of them say together. */
export interface Verdict {
  /** In the currency of each member: −log10 of how likely this, or more, is of a normal step. */
  readonly surprise: number;
  /** In the members' order; shares are ≥ 0 and sum to 1. */
  readonly contributions: readonly {
    readonly name: string;
    readonly share: number;
    readonly surprise: number;
  }[];
}

export interface EnsembleOptions {
  /** @default 'tail_sum' */
  readonly combination: Combination;
  /**
   * Whether verdicts are calibrated again by what `update` showed, because
   * members depend on each other. @default true
   */
  readonly recalibrate: boolean;
  /** Of that calibration, in steps. @default 20000 */
  readonly horizon: number;
}

export const ENSEMBLE_DEFAULTS: EnsembleOptions = {
  combination: 'tail_sum',
  recalibrate: true,
  horizon: 20_000,
};

const KIND = 'ensemble';
/** Before so many steps the combination is not calibrated. */
const SETTLED = 100;
/** Who says nothing has even odds: Cauchy's terms cancel out otherwise. */
const EVEN = Math.log10(2);

/**
 * One verdict from the members that spoke in a step. Who is missing (a model
 * that is late or broken) leaves its weight to the others; with nobody the
 * verdict is 0 without contributions. Costs O(members), about 1 µs. Members may
 * repeat each other: in the first 100 steps a verdict is held to what Cauchy's
 * combination makes of it, which bears that, and then to what was seen.
 */
export class Ensemble {
  readonly #options: EnsembleOptions;
  #weights = new MemberWeights();
  #calibrator: SurpriseCalibrator;
  #steps = 0;

  constructor(options: Partial<EnsembleOptions> = {}) {
    this.#options = { ...ENSEMBLE_DEFAULTS, ...options };
    if (!COMBINATIONS.includes(this.#options.combination)) {
      throw new WatchkeeperError(
        'MODEL_INPUT',
        `There is no combination "${this.#options.combination}".`,
        { fix: `Take one of ${COMBINATIONS.join(', ')}.` },
      );
    }
    this.#calibrator = createSurpriseCalibrator({ horizon: this.#options.horizon });
  }

  /** Learns nothing. @throws MODEL_INPUT when a surprise is not finite or below 0, or a name comes twice. */
  verdict(members: readonly Member[], subjectClass = ''): Verdict {
    if (members.length === 0) return { surprise: 0, contributions: [] };
    const { shares, ...combined } = this.#combined(members, subjectClass);
    const contributions = members.map((member, index) => ({
      name: member.name,
      share: shares[index] as number,
      surprise: member.surprise,
    }));
    return { surprise: this.#calibrated(combined), contributions };
  }

  /** Learns from a step how members depend on each other. @throws MODEL_INPUT as `verdict`. */
  update(members: readonly Member[], subjectClass = ''): void {
    if (!this.#options.recalibrate || members.length === 0) return;
    this.#calibrator.update(this.#combined(members, subjectClass).surprise);
    this.#steps += 1;
  }

  /** Learns from a label whom to trust for this class of subjects. @throws MODEL_INPUT as `verdict`. */
  feedback(members: readonly Member[], isAnomaly: boolean, subjectClass = ''): void {
    requireMembers(members);
    this.#weights.learn(subjectClass, members, isAnomaly);
  }

  /** Of one member, 1 without labels; the mean over those with labels is 1. */
  weight(name: string, subjectClass = ''): number {
    return this.#weights.of(subjectClass, name);
  }

  snapshot(): ModelSnapshot {
    const { combination, recalibrate, horizon } = this.#options;
    const state = {
      combination,
      recalibrate,
      horizon: Number.isFinite(horizon) ? horizon : 0,
      steps: this.#steps,
      weights: this.#weights.state(),
      calibrator: this.#calibrator.snapshot(),
    };
    return { kind: KIND, version: 1, state };
  }

  /** Every later verdict is bit-equal. @throws MODEL_INVALID */
  static restore(snapshot: ModelSnapshot): Ensemble {
    requireThat(isObject(snapshot) && snapshot.kind === KIND, 'it is of another kind');
    requireThat(snapshot.version === 1, 'its version is unknown');
    const { state } = snapshot;
    requireThat(isObject(state), 'its state is missing');
    const { recalibrate } = state;
    const combination = COMBINATIONS.find((name) => name === state['combination']);
    requireThat(combination !== undefined, 'its combination is unknown');
    requireThat(typeof recalibrate === 'boolean', 'its options are incomplete');
    const horizon = finite(state['horizon'], 'its options');
    requireThat(horizon === 0 || horizon >= 256, 'its options are out of range');
    const ensemble = new Ensemble({
      combination,
      recalibrate,
      horizon: horizon === 0 ? Infinity : horizon,
    });
    ensemble.#steps = finite(state['steps'], 'its count of steps');
    requireThat(ensemble.#steps >= 0, 'its count of steps is below 0');
    ensemble.#weights = MemberWeights.from(state['weights']);
    ensemble.#calibrator = restoreSurpriseCalibrator(state['calibrator'] as ModelSnapshot);
    return ensemble;
  }

  #combined(members: readonly Member[], subjectClass: string) {
    requireMembers(members);
    const surprises = Float64Array.from(members, ({ surprise }) =>
      Math.min(MAX_SURPRISE, surprise),
    );
    const weights = Float64Array.from(members, ({ name }) => this.#weights.of(subjectClass, name));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const shared = weights.map((weight) => weight / total);
    return { ...combine(this.#options.combination, surprises, shared), surprises, shared };
  }

  /** Until it is settled, members may repeat each other: no more than what holds under dependence. */
  #calibrated({ surprise, surprises, shared }: Uncalibrated): number {
    if (!this.#options.recalibrate) return surprise;
    if (this.#steps >= SETTLED) return this.#calibrator.surprise(surprise);
    const spoken = surprises.map((own) => Math.max(own, EVEN));
    return Math.min(surprise, combine('cauchy', spoken, shared).surprise);
  }
}

interface Uncalibrated {
  readonly surprise: number;
  readonly surprises: Float64Array;
  /** Weights that sum to 1. */
  readonly shared: Float64Array;
}

function requireMembers(members: readonly Member[]): void {
  for (const [index, { name, surprise }] of members.entries()) {
    const isRepeated = members.findIndex((other) => other.name === name) !== index;
    if (isRepeated || !(surprise >= 0) || surprise === Infinity) {
      throw new WatchkeeperError(
        'MODEL_INPUT',
        isRepeated
          ? `The member "${name}" speaks twice in a step.`
          : `The surprise of "${name}" is not a number from 0 on.`,
        { fix: 'Calibrate every member, and give each once.' },
      );
    }
  }
}
