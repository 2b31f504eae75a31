import { checkedOptions } from '../tabular/checked-options.ts';
import type { ModelSnapshot } from '../model.ts';
import { BINS, BinnedWindows } from './binned-windows.ts';
import { checkedPoint } from './series-model.ts';
import type { SeriesModel, SeriesModelKind } from './series-model.ts';
import { SeriesState } from './series-state.ts';

const KIND = 'histogram_divergence';

export interface HistogramDivergenceOptions {
  /** Latest points that are compared, 8 to 1,024. @default 52 */
  readonly recent: number;
  /** Points before them that they are compared with, 64 to 65,536. @default 2048 */
  readonly reference: number;
}

const DEFAULTS: HistogramDivergenceOptions = { recent: 52, reference: 2048 };
const LIMITS = {
  recent: { min: 8, max: 1024, isWhole: true },
  reference: { min: 64, max: 65_536, isWhole: true },
};
/** The most the divergence can be, about: all recent points where one in `reference` was. */
const LARGEST_DIVERGENCE = 50;

/**
 * Values that are each usual, but not so many of them: the relative entropy
 * (Kullback and Leibler, 1951) of the latest points to those before, over ten
 * bins of equal weight, as Wang et al. ("Statistical Techniques for Online
 * Anomaly Detection in Data Centers", IM 2011) use it. The score is how far it
 * goes beyond the largest divergence so far: 1 − largest ÷ now.
 *
 * Bins follow the reference every 128 points. 8 bytes per point of both
 * windows; about 1 µs a point.
 */
export const histogramDivergence: SeriesModelKind<HistogramDivergenceOptions> = {
  kind: KIND,
  doc: 'Relative entropy of the latest values to those before, against the largest so far; about 1 µs a point. Wang et al., IM 2011.',
  defaults: DEFAULTS,
  create: (options = {}) => new HistogramDivergence(checkedOptions(DEFAULTS, options, LIMITS)),
  restore: (snapshot) => {
    const state = SeriesState.of(snapshot, KIND);
    return HistogramDivergence.from(state.options(DEFAULTS, LIMITS), state);
  },
};

class HistogramDivergence implements SeriesModel {
  readonly kind = KIND;
  readonly #options: HistogramDivergenceOptions;
  #windows: BinnedWindows;
  #largest = 0;

  constructor(options: HistogramDivergenceOptions) {
    this.#options = options;
    this.#windows = new BinnedWindows(options);
  }

  get bytes(): number {
    return 300 + 8 * (this.#options.recent + this.#options.reference + 3 * BINS);
  }

  observe(time: number, given: number): number {
    this.#windows.push(checkedPoint(time, given));
    if (!this.#windows.isSettled) return 0;
    const divergence = this.#windows.divergence();
    if (!(divergence > this.#largest)) return 0;
    const score = this.#largest > 0 ? 1 - this.#largest / divergence : 0;
    this.#largest = divergence;
    return score;
  }

  snapshot(): ModelSnapshot {
    const state = {
      options: { ...this.#options },
      windows: this.#windows.state(),
      largest: this.#largest,
    };
    return { kind: KIND, version: 1, state };
  }

  /** @throws MODEL_INVALID */
  static from(options: HistogramDivergenceOptions, state: SeriesState): HistogramDivergence {
    const model = new HistogramDivergence(options);
    model.#windows = BinnedWindows.from(options, state.child('windows'));
    model.#largest = state.number('largest', { min: 0, max: LARGEST_DIVERGENCE });
    return model;
  }
}
