import {
  addToHistogram,
  HISTOGRAM_STATE,
  histogramCount,
  histogramDeviation,
  histogramQuantile,
  isHistogram,
} from './streaming-histogram.ts';

export type ScalerKind = 'standard' | 'robust' | 'minmax';

export const SCALER_KINDS: readonly ScalerKind[] = ['standard', 'robust', 'minmax'];

/** One column of one subject, or of the fleet. Where a kind has no use for a field, it is 0. */
export interface Summary {
  readonly low: number;
  readonly center: number;
  readonly spread: number;
  readonly high: number;
}

/** Numbers that a column takes: count, mean and sum of squares; a histogram; or count, least and greatest. */
export const COLUMN_STATE: Readonly<Record<ScalerKind, number>> = {
  standard: 3,
  robust: HISTOGRAM_STATE,
  minmax: 3,
};

/** Values beyond this are cut, so that squares of differences stay finite. */
const GREATEST = 1e100;

/** Learns one number. Changes `state`. */
export function take(kind: ScalerKind, state: Float64Array, given: number): void {
  const value = Math.max(-GREATEST, Math.min(GREATEST, given));
  if (kind === 'robust') {
    addToHistogram(state, value);
    return;
  }
  const count = (state[0] as number) + 1;
  const first = state[1] as number;
  const second = state[2] as number;
  state[0] = count;
  if (kind === 'minmax') {
    state[1] = count === 1 ? value : Math.min(first, value);
    state[2] = count === 1 ? value : Math.max(second, value);
    return;
  }
  // Welford, 1962.
  const difference = value - first;
  state[1] = first + difference / count;
  state[2] = second + difference * (value - (state[1] as number));
}

/** What a column shows so far; `undefined` before its first number. */
export function summaryOf(
  kind: ScalerKind,
  state: Float64Array,
): { readonly count: number; readonly summary: Summary } | undefined {
  const count = kind === 'robust' ? histogramCount(state) : (state[0] as number);
  if (count === 0) return undefined;
  if (kind === 'robust') {
    const center = histogramQuantile(state, 0.5);
    // Of a normal distribution the deviation is 1.4826 times the median absolute one.
    const spread = 1.4826 * histogramDeviation(state, center);
    return { count, summary: { low: 0, center, spread, high: 0 } };
  }
  const first = state[1] as number;
  const second = state[2] as number;
  if (kind === 'minmax') {
    return { count, summary: { low: first, center: 0, spread: 0, high: second } };
  }
  const spread = Math.sqrt(Math.max(0, second) / count);
  return { count, summary: { low: 0, center: first, spread, high: 0 } };
}

/** Whether these numbers can be columns: what is read as a place or a count is one. */
export function columnsValid(kind: ScalerKind, values: Float64Array): boolean {
  const width = COLUMN_STATE[kind];
  for (let start = 0; start < values.length; start += width) {
    const state = values.subarray(start, start + width);
    if (kind === 'robust' ? !isHistogram(state) : !((state[0] as number) >= 0)) return false;
  }
  return true;
}

/** The fleet's column out of its subjects' columns. */
export function priorOf(summaries: readonly Summary[]): Summary {
  const center = median(summaries.map((one) => one.center));
  const within = median(summaries.map((one) => one.spread));
  const between = 1.4826 * median(summaries.map((one) => Math.abs(one.center - center)));
  return {
    low: median(summaries.map((one) => one.low)),
    center,
    spread: Math.hypot(within, between),
    high: median(summaries.map((one) => one.high)),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor((sorted.length - 1) / 2);
  const low = sorted[middle] ?? 0;
  const high = sorted[sorted.length - 1 - middle] ?? 0;
  return low + (high - low) / 2;
}
