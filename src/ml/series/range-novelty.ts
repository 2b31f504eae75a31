import type { ModelSnapshot } from '../model.ts';
import { KnownValues } from './known-values.ts';
import { checkedPoint } from './series-model.ts';
import type { SeriesModel, SeriesModelKind } from './series-model.ts';
import { SeriesState } from './series-state.ts';
import { Span } from './span.ts';

const KIND = 'range_novelty';

/**
 * How far a value is from every earlier one, as a share of the range they
 * span: outside of the range, or in a part of it where nothing was before.
 * Score d / (d + range) with the distance d to the nearest earlier value; a
 * value beyond by as much as the whole range scores 0.5. A value seen once is
 * never new again. The one-dimensional nearest-neighbour distance of Knorr and
 * Ng ("Algorithms for Mining Distance-Based Outliers in Large Datasets", VLDB
 * 1998) on a stream.
 *
 * Without options. At most 2,048 values are kept (16 kB); O(log 2,048) a
 * point, about 0.1 µs.
 */
export const rangeNovelty: SeriesModelKind = {
  kind: KIND,
  doc: 'Distance of a value to every earlier one as a share of their range; about 0.1 µs a point. Knorr and Ng, VLDB 1998, on a stream.',
  defaults: {},
  create: () => new RangeNovelty(),
  restore: (snapshot) => RangeNovelty.from(SeriesState.of(snapshot, KIND)),
};

class RangeNovelty implements SeriesModel {
  readonly kind = KIND;
  #span = new Span();
  #known = new KnownValues();

  get bytes(): number {
    return 100 + this.#known.bytes;
  }

  observe(time: number, given: number): number {
    const value = checkedPoint(time, given);
    const score = this.#span.share(this.#known.learn(value));
    this.#span.learn(value);
    return score;
  }

  snapshot(): ModelSnapshot {
    const state = { span: this.#span.state(), known: this.#known.state() };
    return { kind: KIND, version: 1, state };
  }

  /** @throws MODEL_INVALID */
  static from(state: SeriesState): RangeNovelty {
    const model = new RangeNovelty();
    model.#span = Span.from(state.child('span'));
    model.#known = KnownValues.from(state, 'known');
    return model;
  }
}
