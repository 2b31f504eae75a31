import { ANY } from './series-model.ts';
import type { SeriesState } from './series-state.ts';
import { COUNT } from './span.ts';

/** Residuals before the profile is trusted. */
const SETTLED = 100;
/** Points over which variances and the overall mean forget. */
const HORIZON = 2000;
/** Points that a part of the period needs in earlier periods. */
const LEAST = 4;
/** In deviations: what lies further off counts as this far. */
const CLIP = 5;

interface Shape {
  readonly period: number;
  readonly bins: number;
  readonly memory: number;
}

/** A mean per part of a period, and how much of a stream's variance they explain. */
export class SeasonalMeans {
  readonly #shape: Shape;
  #means: Float64Array;
  #counts: Float64Array;
  /** The period, counted from the first point, in which a part was first seen. */
  #since: Float64Array;
  #start = 0;
  #points = 0;
  #residuals = 0;
  #mean = 0;
  #variance = 0;
  #unexplained = 0;

  constructor(shape: Shape) {
    this.#shape = shape;
    this.#means = new Float64Array(shape.bins);
    this.#counts = new Float64Array(shape.bins);
    this.#since = new Float64Array(shape.bins);
  }

  /** 0 to 1: the share of the variance that the means take away; 0 while too little is known. */
  get explained(): number {
    if (this.#residuals <= SETTLED || !(this.#variance > 0)) return 0;
    return Math.max(0, 1 - this.#unexplained / this.#variance);
  }

  /** The value less the mean at its time (0 where that is not known yet), then learns it. */
  residual(time: number, value: number): number {
    if (this.#points === 0) {
      this.#start = time;
      this.#mean = value;
    }
    const cycles = (time - this.#start) / this.#shape.period;
    const cycle = Math.floor(cycles);
    const bin = Math.min(this.#shape.bins - 1, Math.floor((cycles - cycle) * this.#shape.bins));
    const count = this.#counts[bin] as number;
    const isKnown = count >= LEAST && cycle !== this.#since[bin];
    const residual = isKnown ? value - (this.#means[bin] as number) : 0;
    const deviation = this.#centre(value);
    if (isKnown) this.#weigh(residual, deviation);
    if (count === 0) this.#since[bin] = cycle;
    this.#counts[bin] = count + 1;
    const rate = 1 / Math.min(this.#shape.memory, count + 1);
    (this.#means[bin] as number) += rate * (value - (this.#means[bin] as number));
    return residual;
  }

  state(): Readonly<Record<string, unknown>> {
    return {
      means: this.#means.slice(),
      counts: this.#counts.slice(),
      since: this.#since.slice(),
      start: this.#start,
      points: this.#points,
      residuals: this.#residuals,
      mean: this.#mean,
      variance: this.#variance,
      unexplained: this.#unexplained,
    };
  }

  /** @throws MODEL_INVALID */
  static from(shape: Shape, state: SeriesState): SeasonalMeans {
    const means = new SeasonalMeans(shape);
    const list = { least: shape.bins, most: shape.bins };
    means.#means = state.list('means', { ...list, bounds: ANY });
    means.#counts = state.list('counts', { ...list, bounds: COUNT });
    means.#since = state.list('since', { ...list, bounds: ANY });
    means.#start = state.number('start', ANY);
    means.#points = state.number('points', COUNT);
    means.#residuals = state.number('residuals', COUNT);
    means.#mean = state.number('mean', ANY);
    means.#variance = state.number('variance', { min: 0, max: Number.MAX_VALUE });
    means.#unexplained = state.number('unexplained', { min: 0, max: Number.MAX_VALUE });
    return means;
  }

  /** How far the value is from the overall mean, then learns it there. */
  #centre(value: number): number {
    const deviation = value - this.#mean;
    this.#points += 1;
    this.#mean += deviation / Math.min(HORIZON, this.#points);
    return deviation;
  }

  #weigh(residual: number, deviation: number): void {
    this.#residuals += 1;
    const rate = 1 / Math.min(HORIZON, this.#residuals);
    this.#unexplained += rate * (clipped(residual, this.#unexplained) - this.#unexplained);
    this.#variance += rate * (clipped(deviation, this.#variance) - this.#variance);
  }
}

/** The square, at most CLIP² variances where there is one. */
function clipped(deviation: number, variance: number): number {
  const square = deviation * deviation;
  return variance > 0 ? Math.min(square, CLIP * CLIP * variance) : square;
}
