import { checkedOptions } from '../tabular/checked-options.ts';
import type { ModelSnapshot } from '../model.ts';
import { KnownValues } from './known-values.ts';
import { ANY, checkedPoint } from './series-model.ts';
import type { SeriesModel, SeriesModelKind } from './series-model.ts';
import { SeriesState } from './series-state.ts';
import { COUNT, Span } from './span.ts';

const KIND = 'ewma_residual';

export interface EwmaResidualOptions {
  /** Points over which the moving average forgets, 2 to 1,000,000. @default 64 */
  readonly span: number;
}

const DEFAULTS: EwmaResidualOptions = { span: 64 };
const LIMITS = { span: { min: 2, max: 1_000_000, isWhole: true } };

/**
 * How unusual the step from an exponentially weighted moving average to the
 * next value is (Roberts, "Control Chart Tests Based on Geometric Moving
 * Averages", Technometrics 1959): distance of the residual to the nearest
 * earlier one, as a share of the range of values. It follows slow drift,
 * where range novelty keeps finding new values. 16 kB; about 0.1 µs a point.
 */
export const ewmaResidual: SeriesModelKind<EwmaResidualOptions> = {
  kind: KIND,
  doc: 'Residual from an exponentially weighted moving average, compared with all earlier residuals; about 0.1 µs a point. Roberts, Technometrics 1959.',
  defaults: DEFAULTS,
  create: (options = {}) => new EwmaResidual(checkedOptions(DEFAULTS, options, LIMITS)),
  restore: (snapshot) => {
    const state = SeriesState.of(snapshot, KIND);
    return EwmaResidual.from(state.options(DEFAULTS, LIMITS), state);
  },
};

class EwmaResidual implements SeriesModel {
  readonly kind = KIND;
  readonly #options: EwmaResidualOptions;
  #average = 0;
  #points = 0;
  #span = new Span();
  #known = new KnownValues();

  constructor(options: EwmaResidualOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return 150 + this.#known.bytes;
  }

  observe(time: number, given: number): number {
    const value = checkedPoint(time, given);
    if (this.#points === 0) this.#average = value;
    const residual = value - this.#average;
    this.#points += 1;
    this.#average += residual / Math.min(this.#options.span, this.#points);
    const score = this.#span.share(this.#known.learn(residual));
    this.#span.learn(value);
    return score;
  }

  snapshot(): ModelSnapshot {
    const state = {
      options: { ...this.#options },
      average: this.#average,
      points: this.#points,
      span: this.#span.state(),
      known: this.#known.state(),
    };
    return { kind: KIND, version: 1, state };
  }

  /** @throws MODEL_INVALID */
  static from(options: EwmaResidualOptions, state: SeriesState): EwmaResidual {
    const model = new EwmaResidual(options);
    model.#average = state.number('average', ANY);
    model.#points = state.number('points', COUNT);
    model.#span = Span.from(state.child('span'));
    model.#known = KnownValues.from(state, 'known');
    return model;
  }
}
