import { NAIVE, Smoother } from './smoother.ts';
import type { SmootherParameters } from './smoother.ts';
import { DAY_MS } from './season.ts';

/** A series to learn from: times in ms, rising, and values. */
export interface Series {
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

const LEVELS = [0.003, 0.03, 0.2] as const;
const SEASON_GAINS = [0.03, 0.15] as const;
const MOST = 12_000;
/** Values between two forecasts that are judged. */
const STRIDE = 3;

/**
 * The parameters with the least mean absolute error over the horizons on the
 * second half of the series, each candidate run over all of it, values in
 * order. A season is tried when three of it are there. About 20 candidates,
 * O(values) each; longer series by their newest 12,000 values.
 */
export function chooseParameters(
  series: Series,
  stepMs: number,
  horizons: readonly number[],
): SmootherParameters {
  const start = Math.max(0, series.values.length - MOST);
  const elapsed = (series.values.length - start) * stepMs;
  const naive = errorsOf(NAIVE, { series, stepMs, horizons, start });
  let best: SmootherParameters = NAIVE;
  let least = 1;
  for (const parameters of candidates(stepMs, elapsed)) {
    const errors = errorsOf(parameters, { series, stepMs, horizons, start });
    let sum = 0;
    for (let index = 0; index < horizons.length; index += 1) {
      const theirs = naive[index] as number;
      sum += theirs > 0 ? (errors[index] as number) / theirs : 1;
    }
    const mean = sum / horizons.length;
    if (mean < least * 0.995) {
      best = parameters;
      least = mean;
    }
  }
  return best;
}

function candidates(stepMs: number, elapsed: number): readonly SmootherParameters[] {
  const plain = LEVELS.flatMap((level): SmootherParameters[] => [
    { level, trend: 0, damping: 0, season: 0, seasons: 0 },
    { level, trend: 0.1, damping: 0.9, season: 0, seasons: 0 },
  ]);
  const seasonal = (seasons: 1 | 2): SmootherParameters[] =>
    LEVELS.flatMap((level) =>
      SEASON_GAINS.map((season) => ({ level, trend: 0, damping: 0, season, seasons })),
    );
  const hasDay = stepMs <= DAY_MS / 8 && elapsed >= 3 * DAY_MS;
  const hasWeek = hasDay && elapsed >= 21 * DAY_MS;
  return [...plain, ...(hasDay ? seasonal(1) : []), ...(hasWeek ? seasonal(2) : [])];
}

interface Trial {
  readonly series: Series;
  readonly stepMs: number;
  readonly horizons: readonly number[];
  readonly start: number;
}

function errorsOf(parameters: SmootherParameters, trial: Trial): Float64Array {
  const { series, stepMs, horizons, start } = trial;
  const { timestamps, values } = series;
  const smoother = new Smoother(parameters, stepMs);
  const sums = new Float64Array(horizons.length);
  const judgedFrom = start + (values.length - start) / 2;
  for (let index = start; index < values.length; index += 1) {
    const timestamp = timestamps[index] as number;
    const steps = smoother.stepsTo(timestamp);
    if (steps >= 1) smoother.take(timestamp, values[index] as number, steps);
    if (index < judgedFrom || index % STRIDE !== 0) continue;
    for (const [place, horizon] of horizons.entries()) {
      const actual = values[index + horizon];
      if (actual === undefined) continue;
      sums[place] = (sums[place] as number) + Math.abs(actual - smoother.forecast(horizon));
    }
  }
  return sums;
}
