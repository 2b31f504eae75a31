import { WatchkeeperError } from '../../core/errors.ts';
import {
  createSurpriseCalibrator,
  MAX_SURPRISE,
  restoreSurpriseCalibrator,
} from '../calibration/surprise.ts';
import type { SurpriseCalibrator } from '../calibration/surprise.ts';
import type { ModelSnapshot } from '../model.ts';
import { checkedOptions } from '../tabular/checked-options.ts';
import { Hold } from './hold.ts';
import { checkedPoint } from './series-model.ts';
import type { SeriesModel, SeriesModelKind } from './series-model.ts';
import { memberNames, plansOf } from './series-members.ts';
import type { MemberPlan } from './series-members.ts';
import { SeriesState } from './series-state.ts';

const KIND = 'series_ensemble';
/** About what the calibrator keeps. */
const CALIBRATOR_BYTES = 16_000;

export interface SeriesEnsembleOptions {
  /**
   * Share of the range at which novelty counts half: what is rare in this
   * stream, but small against all it has done, surprises less. 0.001 to 1.
   * @default 0.05
   */
  readonly materiality: number;
  /** Points over which an alarm fades; a weaker one in the meantime is no news. 0 to 100,000. @default 150 */
  readonly hold: number;
  /** Names of those that take part, of `memberNames`. @default all */
  readonly members: readonly string[];
}

const DEFAULTS: SeriesEnsembleOptions = { materiality: 0.05, hold: 150, members: memberNames };
const LIMITS = {
  materiality: { min: 0.001, max: 1 },
  hold: { min: 0, max: 100_000, isWhole: true },
};

/** What the ensemble says of its latest point. */
export interface SeriesVerdict {
  /** Calibrated on this stream, discounted by materiality; 0 to 16. */
  readonly surprise: number;
  /** The same where it is news, 0 while a stronger one fades: what to raise alerts by. */
  readonly alarm: number;
  /** In the members' order; shares are ≥ 0 and sum to 1. */
  readonly contributions: readonly {
    readonly name: string;
    readonly share: number;
    readonly surprise: number;
  }[];
}

/** All models of one stream as one, for who takes any stream model. */
export const seriesEnsemble: SeriesModelKind<SeriesEnsembleOptions> = {
  kind: KIND,
  doc: 'All stream models on one stream: range, time of day and week, shape, step, level, distribution and flat runs, as one calibrated surprise; about 7 µs a point.',
  defaults: DEFAULTS,
  create: createSeriesEnsemble,
  restore: restoreSeriesEnsemble,
};

/** All models of one stream as one. */
export interface SeriesEnsemble extends SeriesModel {
  /** `alarm` of the verdict. @throws MODEL_INPUT */
  observe(time: number, value: number): number;
  /** Of the latest point; nothing surprises before the first. */
  verdict(): SeriesVerdict;
}

/**
 * All stream models on one stream. Each member gives its novelty as a share of
 * what the stream has shown, in 0 to 1, so that they can be compared before
 * anything is known of the stream; the largest, by fixed weights, is the
 * step's. Its tail in this very stream makes it surprise (−log10 of the tail
 * probability), times novelty ÷ (novelty + `materiality`): a stream that
 * hardly moves does not alarm about little. A strong alarm holds down weaker
 * ones for a while, since the same event needs no second alert.
 *
 * At most 160 kB, and about 7 µs a point.
 */
export function createSeriesEnsemble(options: Partial<SeriesEnsembleOptions> = {}): SeriesEnsemble {
  const checked = checkedOptions(DEFAULTS, options, LIMITS);
  if (!areMembers(checked.members)) {
    throw new WatchkeeperError('MODEL_INPUT', 'A stream ensemble has no member of such a name.', {
      fix: `Take one or more of ${memberNames.join(', ')}.`,
    });
  }
  return new MemberEnsemble(checked);
}

/** Every later verdict is bit-equal. @throws MODEL_INVALID */
export function restoreSeriesEnsemble(snapshot: ModelSnapshot): SeriesEnsemble {
  const state = SeriesState.of(snapshot, KIND);
  const options = state.options(DEFAULTS, LIMITS);
  if (!areMembers(options.members)) throw state.refusal('list of members', 'unknown');
  return MemberEnsemble.from(options, state);
}

function areMembers(names: unknown): boolean {
  return (
    Array.isArray(names) &&
    names.length > 0 &&
    names.every((name) => memberNames.includes(name as string))
  );
}

class MemberEnsemble implements SeriesEnsemble {
  readonly kind = KIND;
  readonly #options: SeriesEnsembleOptions;
  readonly #plans: readonly MemberPlan[];
  #members: readonly SeriesModel[];
  #novelty: Float64Array;
  #calibrator: SurpriseCalibrator = createSurpriseCalibrator();
  #hold: Hold;
  #surprise = 0;
  #alarm = 0;

  constructor(options: SeriesEnsembleOptions) {
    this.#options = options;
    this.#plans = plansOf(options.members);
    this.#members = this.#plans.map((plan) => plan.create());
    this.#novelty = new Float64Array(this.#plans.length);
    this.#hold = new Hold(options.hold);
  }

  get bytes(): number {
    return this.#members.reduce((sum, member) => sum + member.bytes, CALIBRATOR_BYTES);
  }

  observe(time: number, given: number): number {
    const value = checkedPoint(time, given);
    let largest = 0;
    for (let index = 0; index < this.#members.length; index += 1) {
      const member = this.#members[index] as SeriesModel;
      const { weight } = this.#plans[index] as MemberPlan;
      const novelty = weight * member.observe(time, value);
      this.#novelty[index] = novelty;
      if (novelty > largest) largest = novelty;
    }
    this.#surprise = this.#surpriseOf(largest);
    this.#calibrator.update(largest);
    this.#alarm = this.#hold.pass(this.#surprise);
    return this.#alarm;
  }

  verdict(): SeriesVerdict {
    const total = this.#novelty.reduce((sum, novelty) => sum + novelty, 0);
    const contributions = this.#plans.map(({ name }, index) => {
      const novelty = this.#novelty[index] as number;
      const share = total > 0 ? novelty / total : 1 / this.#plans.length;
      return { name, share, surprise: this.#surpriseOf(novelty) };
    });
    return { surprise: this.#surprise, alarm: this.#alarm, contributions };
  }

  snapshot(): ModelSnapshot {
    const state = {
      options: { ...this.#options, members: [...this.#options.members] },
      members: Object.fromEntries(
        this.#plans.map(({ name }, index) => [name, this.#members[index]?.snapshot()]),
      ),
      novelty: this.#novelty.slice(),
      calibrator: this.#calibrator.snapshot(),
      hold: this.#hold.state(),
      surprise: this.#surprise,
      alarm: this.#alarm,
    };
    return { kind: KIND, version: 1, state };
  }

  /** @throws MODEL_INVALID */
  static from(options: SeriesEnsembleOptions, state: SeriesState): MemberEnsemble {
    const ensemble = new MemberEnsemble(options);
    const members = state.child('members');
    ensemble.#members = ensemble.#plans.map((plan) => plan.restore(members.nested(plan.name)));
    const count = ensemble.#plans.length;
    const unit = { min: 0, max: 1 };
    ensemble.#novelty = state.list('novelty', { least: count, most: count, bounds: unit });
    ensemble.#calibrator = restoreSurpriseCalibrator(state.nested('calibrator'));
    ensemble.#hold = Hold.from(options.hold, state.child('hold'));
    ensemble.#surprise = state.number('surprise', { min: 0, max: MAX_SURPRISE });
    ensemble.#alarm = state.number('alarm', { min: 0, max: MAX_SURPRISE });
    return ensemble;
  }

  /** By what was seen before the latest point, or with it, once it is learned. */
  #surpriseOf(novelty: number): number {
    if (novelty === 0) return 0;
    const material = novelty / (novelty + this.#options.materiality);
    return this.#calibrator.surprise(novelty) * material;
  }
}
