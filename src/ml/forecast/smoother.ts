import { DAY_KNOTS, WEEK_KNOTS, flatSeason, moveSeason, seasonAt } from './season.ts';
import type { Season } from './season.ts';

/** How a series is smoothed; chosen on its training part. */
export interface SmootherParameters {
  /** Share of an error that the level takes, per step. */
  readonly level: number;
  /** Share of a level's change that the trend takes; 0 is no trend. */
  readonly trend: number;
  /** What is left of the trend after a step. */
  readonly damping: number;
  /** Share of an error that a season takes. */
  readonly season: number;
  /** 0 none, 1 day, 2 day and week. */
  readonly seasons: 0 | 1 | 2;
  /**
   * For a smoother that nobody fits: how many values it is given before its
   * forecasts are judged. Until its gains have fallen to `level` and `trend`
   * it takes those of a straight line through all values so far. @default 0: neither
   */
  readonly warmUp?: number;
}

/** The last value stays: the naive forecast. */
export const NAIVE: SmootherParameters = { level: 1, trend: 0, damping: 0, season: 0, seasons: 0 };

/** A smoother's state as plain data. */
export interface SmootherState {
  readonly parameters: SmootherParameters;
  readonly stepMs: number;
  readonly values: Float64Array;
  readonly day: Float64Array;
  readonly week: Float64Array;
}

const AT = {
  last: 0,
  count: 1,
  level: 2,
  trend: 3,
  deviation: 4,
  products: 5,
  squares: 6,
  scale: 7,
};
export const SMOOTHER_VALUES = 8;

const MEMORY = 0.998;
const GREATEST_CORRELATION = 0.9995;
/** Errors beyond this many mean errors count as so many: a spike is no new level. */
const REACH = 6;

/**
 * Additive Holt-Winters smoothing with a damped trend (Gardner and McKenzie,
 * 1985), a daily and a weekly season, and a first-order correction of what
 * deviates from them (Taylor, "Short-term electricity demand forecasting using
 * double seasonal exponential smoothing", 2003). Seasons go by the time of
 * day, so that gaps do not shift them. O(1) per value, about 0.1 µs.
 */
export class Smoother {
  readonly parameters: SmootherParameters;
  readonly stepMs: number;
  readonly #values: Float64Array;
  readonly #day: Season;
  readonly #week: Season;

  constructor(parameters: SmootherParameters, stepMs: number) {
    this.parameters = parameters;
    this.stepMs = stepMs;
    this.#values = new Float64Array(SMOOTHER_VALUES);
    const { day, week } = knotsOf(parameters);
    this.#day = flatSeason(1, day);
    this.#week = flatSeason(7, week);
  }

  static from(state: SmootherState): Smoother {
    const smoother = new Smoother({ ...state.parameters }, state.stepMs);
    smoother.#values.set(state.values);
    smoother.#day.knots.set(state.day);
    smoother.#week.knots.set(state.week);
    return smoother;
  }

  state(): SmootherState {
    return {
      parameters: { ...this.parameters },
      stepMs: this.stepMs,
      values: this.#values.slice(),
      day: this.#day.knots.slice(),
      week: this.#week.knots.slice(),
    };
  }

  get count(): number {
    return this.#get(AT.count);
  }

  /** Time of the newest value. */
  get last(): number {
    return this.#get(AT.last);
  }

  /** Steps from the newest value to a time; what is not newer is 0 or less. */
  stepsTo(timestamp: number): number {
    return this.count === 0 ? 1 : Math.round((timestamp - this.last) / this.stepMs);
  }

  /** The value expected so many steps after the newest; 0 before the first. */
  forecast(steps: number): number {
    const { damping } = this.parameters;
    const trend = this.#get(AT.trend);
    const drift = trend === 0 ? 0 : trend * dampedSum(damping, steps);
    const deviation = this.#get(AT.deviation);
    const left = deviation === 0 ? 0 : deviation * this.#correlation() ** steps;
    return this.#get(AT.level) + drift + left + this.#seasonal(this.last + steps * this.stepMs);
  }

  /** Takes the value `steps` after the newest (1 without a gap). */
  take(timestamp: number, value: number, steps: number): void {
    const values = this.#values;
    const count = this.count;
    values[AT.count] = count + 1;
    values[AT.last] = timestamp;
    if (count === 0) {
      values[AT.level] = value;
      return;
    }
    const { level, trend, damping, warmUp = 0 } = this.parameters;
    const before = this.#get(AT.deviation);
    const carried = this.#get(AT.trend) * damping ** steps;
    const start = this.#get(AT.level) + this.#get(AT.trend) * dampedSum(damping, steps);
    const error = value - start - this.#seasonal(timestamp);
    const reach = REACH * this.#get(AT.scale);
    const taken = count < 10 ? error : Math.max(-reach, Math.min(reach, error));
    const size = Math.abs(error);
    values[AT.scale] =
      this.#get(AT.scale) + Math.max(0.005, 1 / count) * (size - this.#get(AT.scale));
    const line = warmUp > 0 ? count + 1 : 0;
    const gain = Math.max(level, line > 0 ? lineGain(line) : 1 / (count + 1));
    const moved = level === 1 ? error : gain * taken;
    values[AT.level] = start + moved;
    values[AT.trend] = carried + trend * moved;
    if (line > 0) values[AT.trend] = carried + Math.max(level * trend, slopeGain(line)) * taken;
    this.#learnSeasons(timestamp, taken - moved);
    const deviation = value - this.#get(AT.level) - this.#seasonal(timestamp);
    values[AT.deviation] = deviation;
    if (steps !== 1) return;
    values[AT.products] = MEMORY * this.#get(AT.products) + deviation * before;
    values[AT.squares] = MEMORY * this.#get(AT.squares) + before * before;
  }

  #learnSeasons(timestamp: number, rest: number): void {
    const { seasons, season } = this.parameters;
    if (seasons === 0) return;
    const elapsed = this.count * this.stepMs;
    const daily = Math.max(season, 1 / (2 + elapsed / this.#day.periodMs));
    moveSeason(this.#day, timestamp, daily * rest);
    if (seasons === 1) return;
    const weekly = Math.max(season, 1 / (2 + elapsed / this.#week.periodMs));
    moveSeason(this.#week, timestamp, weekly * (1 - daily) * rest);
  }

  #seasonal(timestamp: number): number {
    const { seasons } = this.parameters;
    if (seasons === 0) return 0;
    const day = seasonAt(this.#day, timestamp);
    return seasons === 1 ? day : day + seasonAt(this.#week, timestamp);
  }

  #correlation(): number {
    const squares = this.#get(AT.squares);
    if (!(squares > 0)) return 0;
    return Math.max(0, Math.min(GREATEST_CORRELATION, this.#get(AT.products) / squares));
  }

  #get(at: number): number {
    return this.#values[at] as number;
  }
}

/** How many knots the seasons of these parameters have: of the day, and of the week. */
export function knotsOf({ seasons }: SmootherParameters): {
  readonly day: number;
  readonly week: number;
} {
  return { day: seasons > 0 ? DAY_KNOTS : 0, week: seasons > 1 ? WEEK_KNOTS : 0 };
}

/** Shares of the newest error that level and slope take in a least-squares line through `count` values. */
function lineGain(count: number): number {
  return (2 * (2 * count - 1)) / (count * (count + 1));
}

function slopeGain(count: number): number {
  return 6 / (count * (count + 1));
}

/** φ + φ² + … + φⁿ. */
function dampedSum(damping: number, steps: number): number {
  if (damping === 0) return 0;
  return (damping * (1 - damping ** steps)) / (1 - damping);
}
