import type { Model, ModelKind, ModelSnapshot } from '../model.ts';
import type { SeriesModel, SeriesModelKind } from './series-model.ts';

/** A stretch of one stream, in order: ms since the epoch and the value there. */
export interface SeriesPoints {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/**
 * A stream model behind the port of all models. `fit` starts anew and observes
 * the points, `update` goes on with further ones, and `score` tells what
 * `update` would meet: each point is judged after those before it, by a copy
 * that is thrown away.
 */
export function asModelKind<Options>(
  series: SeriesModelKind<Options>,
): ModelKind<SeriesPoints, Options> {
  return {
    kind: series.kind,
    doc: series.doc,
    defaults: series.defaults,
    create: (options) => new PortedSeries(series, series.create(options)),
    restore: (snapshot) => new PortedSeries(series, series.restore(snapshot)),
  };
}

class PortedSeries<Options> implements Model<SeriesPoints> {
  readonly kind: string;
  readonly #series: SeriesModelKind<Options>;
  readonly #fresh: ModelSnapshot;
  #model: SeriesModel;

  constructor(series: SeriesModelKind<Options>, model: SeriesModel) {
    this.kind = series.kind;
    this.#series = series;
    this.#model = model;
    this.#fresh = withOptions(series, model);
  }

  get bytes(): number {
    return this.#model.bytes;
  }

  fit(points: SeriesPoints): void {
    const model = this.#series.restore(this.#fresh);
    observeAll(model, points);
    this.#model = model;
  }

  score(points: SeriesPoints): Float64Array {
    return observeAll(this.#series.restore(this.#model.snapshot()), points);
  }

  update(points: SeriesPoints): void {
    const model = this.#series.restore(this.#model.snapshot());
    observeAll(model, points);
    this.#model = model;
  }

  snapshot(): ModelSnapshot {
    return this.#model.snapshot();
  }
}

/** An empty model with the options of `model`. */
function withOptions<Options>(series: SeriesModelKind<Options>, model: SeriesModel): ModelSnapshot {
  const { options } = model.snapshot().state as { readonly options?: Partial<Options> };
  return series.create(options).snapshot();
}

function observeAll(model: SeriesModel, { times, values }: SeriesPoints): Float64Array {
  return values.map((value, index) => model.observe(times[index] ?? Number.NaN, value));
}
