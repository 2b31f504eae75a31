import { checkedOptions } from '../tabular/checked-options.ts';
import type { ModelSnapshot } from '../model.ts';
import { KnownValues } from './known-values.ts';
import { Ring } from './ring.ts';
import { checkedPoint } from './series-model.ts';
import type { SeriesModel, SeriesModelKind } from './series-model.ts';
import { SeriesState } from './series-state.ts';
import { Span } from './span.ts';

const KIND = 'level_shift';

export interface LevelShiftOptions {
  /** Points whose mean is the level, 2 to 4,096. @default 48 */
  readonly window: number;
}

const DEFAULTS: LevelShiftOptions = { window: 48 };
const LIMITS = { window: { min: 2, max: 4096, isWhole: true } };

/**
 * A level that was not there before: the distance of the mean of the latest
 * points to the nearest such mean of points before them, as a share of the
 * range of values. A moving-average chart (Page, "Continuous Inspection
 * Schemes", Biometrika 1954) whose limits are all levels seen so far, so that
 * a level that comes back is known. 16 kB and 16 bytes per point of the
 * window; about 0.1 µs a point.
 */
export const levelShift: SeriesModelKind<LevelShiftOptions> = {
  kind: KIND,
  doc: 'Distance of the mean of the latest points to all earlier such means; about 0.1 µs a point. After Page, Biometrika 1954.',
  defaults: DEFAULTS,
  create: (options = {}) => new LevelShift(checkedOptions(DEFAULTS, options, LIMITS)),
  restore: (snapshot) => {
    const state = SeriesState.of(snapshot, KIND);
    return LevelShift.from(state.options(DEFAULTS, LIMITS), state);
  },
};

class LevelShift implements SeriesModel {
  readonly kind = KIND;
  readonly #options: LevelShiftOptions;
  #recent: Ring;
  /** Levels of windows that still overlap the latest: known once they do not. */
  #pending: Ring;
  #span = new Span();
  #known = new KnownValues();

  constructor(options: LevelShiftOptions) {
    this.#options = options;
    this.#recent = new Ring(options.window);
    this.#pending = new Ring(options.window);
  }

  get bytes(): number {
    return 250 + 16 * this.#options.window + this.#known.bytes;
  }

  observe(time: number, given: number): number {
    const value = checkedPoint(time, given);
    this.#recent.push(value);
    let score = 0;
    if (this.#recent.isFull) {
      const level = this.#recent.mean;
      if (this.#pending.isFull) this.#known.learn(this.#pending.oldest);
      this.#pending.push(level);
      score = this.#span.share(this.#known.distance(level));
    }
    this.#span.learn(value);
    return score;
  }

  snapshot(): ModelSnapshot {
    const state = {
      options: { ...this.#options },
      recent: this.#recent.state(),
      pending: this.#pending.state(),
      span: this.#span.state(),
      known: this.#known.state(),
    };
    return { kind: KIND, version: 1, state };
  }

  /** @throws MODEL_INVALID */
  static from(options: LevelShiftOptions, state: SeriesState): LevelShift {
    const model = new LevelShift(options);
    model.#recent = Ring.from(options.window, state.child('recent'));
    model.#pending = Ring.from(options.window, state.child('pending'));
    model.#span = Span.from(state.child('span'));
    model.#known = KnownValues.from(state, 'known');
    return model;
  }
}
