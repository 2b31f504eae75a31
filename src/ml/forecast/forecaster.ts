import { WatchkeeperError } from '../../core/errors.ts';
import type { ModelSnapshot } from '../model.ts';
import { Bands } from './bands.ts';
import { chooseParameters } from './choose.ts';
import type { Series } from './choose.ts';
import { readForecaster, writeForecaster } from './forecaster-snapshot.ts';
import type { ForecasterParts } from './forecaster-snapshot.ts';
import { Pending } from './pending.ts';
import { DAY_MS } from './season.ts';
import { NAIVE, Smoother } from './smoother.ts';
import type { SmootherParameters } from './smoother.ts';

export interface ForecasterOptions {
  /** Time between two values, in ms. @default 60000 */
  readonly stepMs: number;
  /** Steps ahead at which errors are followed, rising. @default 1, 12 and 72 */
  readonly horizons: readonly number[];
  /** How it smooths until it is fitted. @default the newest value is taken for the next */
  readonly parameters: SmootherParameters;
}

export interface Forecast {
  /** Event time in ms it is for. */
  readonly at: number;
  readonly value: number;
  /** The band that 90 of 100 values keep. */
  readonly low: number;
  readonly high: number;
}

/** When a threshold is crossed, with at least the confidence asked for. */
export interface Crossing {
  /** 0 when it is crossed now. */
  readonly steps: number;
  readonly at: number;
}

/**
 * Forecasts one metric of one subject: Holt-Winters smoothing whose parameters
 * are given or chosen on a training part, and quantile bands that follow the errors at
 * each horizon. Online, about 2 µs a value; state 16 bytes per step of all horizons, and 2 KB when it has seasons; `fit` takes 0.2 s on 20,000 values, so it belongs into a worker thread; the same calls give the same
 * numbers. What was measured is in docs/models.md.
 */
export interface Forecaster {
  /** Chooses the parameters, and learns the series; what it knew is forgotten. @throws MODEL_INPUT */
  fit(series: Series): void;
  /** Learns one value. What is not newer is passed over, unless it is more than a day older: then the clock was wrong. @throws MODEL_INPUT */
  observe(timestamp: number, value: number): void;
  /** `undefined` before the first value. */
  forecast(steps: number): Forecast | undefined;
  /** The value below which a share (0 to 1) of outcomes lies. */
  quantile(steps: number, share: number): number | undefined;
  /** How many errors were seen at the horizon that bands so many steps ahead rest on; 0 beyond the farthest. */
  errorsAt(steps: number): number;
  /** When the threshold will be crossed with this confidence (0 to 1); `undefined` when not within four times the farthest horizon. */
  timeToThreshold(threshold: number, confidence: number): Crossing | undefined;
  snapshot(): ModelSnapshot;
}

const DEFAULTS: ForecasterOptions = {
  stepMs: 60_000,
  horizons: [1, 12, 72],
  parameters: NAIVE,
};
const LARGEST = 1e100;
/** The greatest time that a `Date` holds. */
const LATEST_MS = 8.64e15;
const FARTHEST = 2_000;

/** A forecaster that smooths by `parameters` until it is fitted. @throws MODEL_INPUT */
export function createForecaster(options: Partial<ForecasterOptions> = {}): Forecaster {
  const { stepMs, horizons, parameters } = { ...DEFAULTS, ...options };
  const isRising = horizons.every(
    (steps, index) => Number.isInteger(steps) && steps > (horizons[index - 1] ?? 0),
  );
  if (!(stepMs > 0 && Number.isFinite(stepMs)) || !isRising || horizons.length === 0) {
    throw input(
      'The step or the horizons of a forecast are wrong.',
      'Give a positive step and rising whole numbers of steps.',
    );
  }
  if ((horizons.at(-1) ?? 0) > FARTHEST) {
    throw input(`A horizon is over ${FARTHEST} steps.`, 'Use a longer step.');
  }
  return forecasterOf(partsOf(new Smoother(parameters, stepMs), horizons));
}

/** Inverse of `snapshot`, bit-equal from there on. @throws MODEL_INVALID */
export function restoreForecaster(snapshot: ModelSnapshot): Forecaster {
  return forecasterOf(readForecaster(snapshot));
}

function partsOf(smoother: Smoother, horizons: readonly number[]): ForecasterParts {
  return { smoother, bands: new Bands(horizons), pending: new Pending(horizons) };
}

function forecasterOf(first: ForecasterParts): Forecaster {
  let parts = first;
  const quantile = (steps: number, share: number): number | undefined => {
    const { smoother, bands } = parts;
    if (smoother.count === 0) return undefined;
    return smoother.forecast(steps) + bands.quantile(share, steps);
  };
  return {
    fit(series) {
      const { stepMs } = parts.smoother;
      const { horizons } = parts.bands;
      const known = checked(series);
      const parameters = chooseParameters(known, stepMs, horizons);
      parts = partsOf(new Smoother(parameters, stepMs), horizons);
      for (let index = 0; index < known.values.length; index += 1) {
        // The first half's errors are those of one who does not know the season yet.
        if (index === known.values.length >> 1) parts = { ...parts, bands: new Bands(horizons) };
        learn(parts, known.timestamps[index] as number, known.values[index] as number);
      }
    },
    observe(timestamp, value) {
      requireFinite(timestamp, value);
      learn(parts, timestamp, bounded(value));
    },
    forecast(steps) {
      const { smoother, bands } = parts;
      if (smoother.count === 0) return undefined;
      const value = smoother.forecast(steps);
      const low = value + bands.quantile(0.05, steps);
      const high = value + bands.quantile(0.95, steps);
      return { at: smoother.last + steps * smoother.stepMs, value, low, high };
    },
    quantile,
    errorsAt: (steps) => parts.bands.errorsAt(steps),
    timeToThreshold(threshold, confidence) {
      return crossingOf(parts, { threshold, confidence });
    },
    snapshot: () => writeForecaster(parts),
  };
}

function learn(
  { smoother, bands, pending }: ForecasterParts,
  timestamp: number,
  value: number,
): void {
  const given = smoother.stepsTo(timestamp);
  const isClockWrong = timestamp < smoother.last - DAY_MS;
  if (given < 1 && !isClockWrong) return;
  const steps = Math.max(1, given);
  pending.advance(steps);
  for (let index = 0; index < bands.horizons.length; index += 1) {
    const expected = pending.due(index);
    if (expected !== undefined) bands.take(index, value - expected);
  }
  smoother.take(timestamp, value, steps);
  if (smoother.count < (smoother.parameters.warmUp ?? 0)) return;
  for (let index = 0; index < bands.horizons.length; index += 1) {
    pending.put(index, smoother.forecast(bands.horizons[index] as number));
  }
}

function crossingOf(
  { smoother, bands }: ForecasterParts,
  { threshold, confidence }: { readonly threshold: number; readonly confidence: number },
): Crossing | undefined {
  if (smoother.count === 0) return undefined;
  const now = smoother.forecast(0);
  if (now === threshold) return { steps: 0, at: smoother.last };
  const isRise = now < threshold;
  const share = isRise ? 1 - confidence : confidence;
  const farthest = 4 * (bands.horizons.at(-1) ?? 1);
  for (let steps = 1; steps <= farthest; steps += 1) {
    const bound = smoother.forecast(steps) + bands.quantile(share, steps);
    if (isRise ? bound >= threshold : bound <= threshold) {
      return { steps, at: smoother.last + steps * smoother.stepMs };
    }
  }
  return undefined;
}

function checked(series: Series): Series {
  const { timestamps, values } = series;
  if (timestamps.length !== values.length) {
    throw input('There are not as many times as values.', 'Give one time in ms for each value.');
  }
  const known = new Float64Array(values.length);
  for (let index = 0; index < values.length; index += 1) {
    requireFinite(timestamps[index] as number, values[index] as number);
    known[index] = bounded(values[index] as number);
  }
  return { timestamps, values: known };
}

function requireFinite(timestamp: number, value: number): void {
  if (Math.abs(timestamp) <= LATEST_MS && Number.isFinite(value)) return;
  throw input(
    'A time or a value of a series is not a finite number.',
    'Leave missing values out, and give times in ms since the epoch.',
  );
}

function bounded(value: number): number {
  return Math.max(-LARGEST, Math.min(LARGEST, value));
}

function input(message: string, fix: string): WatchkeeperError {
  return new WatchkeeperError('MODEL_INPUT', message, { fix });
}
