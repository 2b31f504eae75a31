import { createForecaster } from '../../ml/forecast/forecaster.ts';
import type { Forecaster } from '../../ml/forecast/forecaster.ts';

/** What is asked of a forecast. */
export interface CrossingQuestion {
  readonly threshold: number;
  readonly isBelow: boolean;
  /** Share of outcomes that must have crossed, 0.5 to 1. */
  readonly confidence: number;
  /** Length of an interval in ms. */
  readonly interval: number;
  /** Intervals ahead that matter. */
  readonly steps: number;
}

/** Steps ahead at which a share of outcomes has crossed the threshold; `undefined` when not within reach. */
export interface Outlook {
  /** How many steps ahead enough errors were seen to judge by; 0 is still learning. */
  readonly reach: number;
  /** The share that the confidence leaves out. */
  readonly earliest: number | undefined;
  readonly median: number | undefined;
  /** With the confidence asked for. */
  readonly latest: number | undefined;
  /** The value expected at the end of the reach, and the band that 90 of 100 values keep. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Errors at a horizon before its band counts, at least; and never fewer than the horizon has steps. */
export const LEAST_ERRORS = 10;

/**
 * A forecaster of a straight line with damping that hardly shows within the
 * horizon. Its memory is a third of the horizon: shorter follows noise, longer
 * comes late when the pace changes.
 */
export function lineForecaster({ interval, steps }: CrossingQuestion): Forecaster {
  const rate = Math.min(0.2, Math.max(1 / 80, 3 / steps));
  const level = 2 * rate - rate * rate;
  return createForecaster({
    stepMs: interval,
    horizons: horizonsOf(steps),
    parameters: {
      level,
      trend: (rate * rate) / level,
      damping: 1 - 1 / (8 * steps),
      season: 0,
      seasons: 0,
      warmUp: Math.ceil(2 / rate),
    },
  });
}

function horizonsOf(steps: number): readonly number[] {
  const parts = [1, Math.round(steps / 8), Math.round(steps / 3), steps];
  return [...new Set(parts.map((part) => Math.max(1, part)))];
}

/** When the threshold will be crossed. Reads about 30 quantiles, some 5 µs. */
export function outlookOf(forecaster: Forecaster, question: CrossingQuestion): Outlook {
  const { steps, confidence } = question;
  const reach = reachOf(forecaster, steps);
  const crossing = (share: number): number | undefined =>
    firstCrossing(forecaster, { ...question, steps: reach, confidence: share });
  const { value = 0, low = 0, high = 0 } = forecaster.forecast(Math.max(1, reach)) ?? {};
  return {
    reach,
    earliest: crossing(1 - confidence),
    median: crossing(0.5),
    latest: crossing(confidence),
    value,
    low,
    high,
  };
}

function reachOf(forecaster: Forecaster, steps: number): number {
  let reach = 0;
  for (const horizon of horizonsOf(steps)) {
    if (forecaster.errorsAt(horizon) < Math.max(LEAST_ERRORS, horizon)) break;
    reach = horizon;
  }
  return reach;
}

/** The first step at which at least the share `confidence` of outcomes is past the threshold: on a grid that widens, then by halves. */
function firstCrossing(
  forecaster: Forecaster,
  { threshold, isBelow, confidence, steps }: CrossingQuestion,
): number | undefined {
  const share = isBelow ? confidence : 1 - confidence;
  const isPast = (ahead: number): boolean => {
    const bound = forecaster.quantile(ahead, share);
    if (bound === undefined) return false;
    return isBelow ? bound <= threshold : bound >= threshold;
  };
  let before = 0;
  for (let ahead = 1; before < steps; ahead = Math.min(steps, ahead + Math.ceil(ahead / 3))) {
    if (isPast(ahead)) return halved(isPast, before, ahead);
    before = ahead;
  }
  return undefined;
}

function halved(isPast: (ahead: number) => boolean, from: number, to: number): number {
  let low = from;
  let high = to;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isPast(middle)) high = middle;
    else low = middle;
  }
  return high;
}
