import { checkedOptions } from '../tabular/checked-options.ts';
import type { ModelSnapshot } from '../model.ts';
import { KnownValues } from './known-values.ts';
import { ANY, checkedPoint } from './series-model.ts';
import type { SeriesModel, SeriesModelKind } from './series-model.ts';
import { SeriesState } from './series-state.ts';
import { Span } from './span.ts';

const KIND = 'nearest_window';

export interface NearestWindowOptions {
  /** Points of a window, 2 to 512. @default 8 */
  readonly length: number;
  /** Earlier windows that are compared, 16 to 65,536; cost and memory grow with it. @default 1024 */
  readonly history: number;
}

const DEFAULTS: NearestWindowOptions = { length: 8, history: 1024 };
const LIMITS = {
  length: { min: 2, max: 512, isWhole: true },
  history: { min: 16, max: 65_536, isWhole: true },
};

/**
 * A shape that was not there before: the distance (root mean square, in units
 * of the stream) from the window that ends here to the nearest earlier window
 * that does not overlap it: the left matrix profile, whose peaks are discords
 * (Yeh et al., "Matrix Profile I", ICDM 2016; Lu et al., "DAMP", KDD 2022),
 * over a bounded history. The score compares that distance with all such
 * distances so far: its distance to the nearest of them as a share of the
 * range of values. Windows are not z-normalised: on level stretches that
 * would turn noise into shapes.
 *
 * Keeps `history` sums of squares that follow each other by one addition and
 * one subtraction, O(history) a point: about 3 µs with 1,024.
 */
export const nearestWindow: SeriesModelKind<NearestWindowOptions> = {
  kind: KIND,
  doc: 'Distance of the latest window to the nearest earlier one (left matrix profile over a bounded history), compared with all such distances; about 3 µs a point. Yeh et al., ICDM 2016.',
  defaults: DEFAULTS,
  create: (options = {}) => new NearestWindow(checkedOptions(DEFAULTS, options, LIMITS)),
  restore: (snapshot) => {
    const state = SeriesState.of(snapshot, KIND);
    return NearestWindow.from(state.options(DEFAULTS, LIMITS), state);
  },
};

class NearestWindow implements SeriesModel {
  readonly kind = KIND;
  readonly #options: NearestWindowOptions;
  /** The latest values, newest at `#count - 1`; twice as long as needed, so that it is moved seldom. */
  #values: Float64Array;
  #count = 0;
  /** Per lag the sum of squared differences between the latest window and the one so many points before. */
  #sums: Float64Array;
  #span = new Span();
  #known = new KnownValues();

  constructor(options: NearestWindowOptions) {
    this.#options = options;
    this.#values = new Float64Array(2 * (options.history + options.length));
    this.#sums = new Float64Array(options.history);
  }

  get bytes(): number {
    return 200 + 8 * (2 * this.#options.history + this.#options.length) + this.#known.bytes;
  }

  observe(time: number, given: number): number {
    const value = checkedPoint(time, given);
    const nearest = this.#nearest(value);
    const score = nearest === undefined ? 0 : this.#span.share(this.#known.learn(nearest));
    this.#span.learn(value);
    return score;
  }

  snapshot(): ModelSnapshot {
    const { history, length } = this.#options;
    const state = {
      options: { ...this.#options },
      values: this.#values.slice(Math.max(0, this.#count - history - length), this.#count),
      sums: this.#sums.slice(),
      span: this.#span.state(),
      known: this.#known.state(),
    };
    return { kind: KIND, version: 1, state };
  }

  /** @throws MODEL_INVALID */
  static from(options: NearestWindowOptions, state: SeriesState): NearestWindow {
    const { history, length } = options;
    const model = new NearestWindow(options);
    const values = state.list('values', { least: 0, most: history + length, bounds: ANY });
    model.#values.set(values);
    model.#count = values.length;
    model.#sums = state.list('sums', { least: history, most: history, bounds: ANY });
    model.#span = Span.from(state.child('span'));
    model.#known = KnownValues.from(state, 'known');
    return model;
  }

  /** Root of the smallest mean of squares; `undefined` while no two windows are apart. */
  #nearest(value: number): number | undefined {
    const { history, length } = this.#options;
    this.#append(value);
    const values = this.#values;
    const sums = this.#sums;
    const at = this.#count - 1;
    const gone = at - length;
    const old = gone >= 0 ? (values[gone] as number) : 0;
    // Lag l is kept at l − 1.
    const lags = Math.min(history, at);
    const both = Math.max(0, Math.min(lags, gone));
    let least = Infinity;
    for (let lag = 1; lag <= both; lag += 1) {
      const entered = value - (values[at - lag] as number);
      const left = old - (values[gone - lag] as number);
      const sum = (sums[lag - 1] as number) + (entered * entered - left * left);
      sums[lag - 1] = sum;
      if (sum < least && lag >= length) least = sum;
    }
    for (let lag = both + 1; lag <= lags; lag += 1) {
      const entered = value - (values[at - lag] as number);
      const sum = (sums[lag - 1] as number) + entered * entered;
      sums[lag - 1] = sum;
      // Only the window that begins with the first point is whole here.
      if (sum < least && lag >= length && lag === gone + 1) least = sum;
    }
    return least === Infinity ? undefined : Math.sqrt(Math.max(0, least) / length);
  }

  #append(value: number): void {
    if (this.#count === this.#values.length) {
      const kept = this.#options.history + this.#options.length;
      this.#values.copyWithin(0, this.#count - kept, this.#count);
      this.#count = kept;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
  }
}
