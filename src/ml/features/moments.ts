import { withoutMinus } from './window.ts';

/**
 * Count, extremes, mean, spread and slope of readings in one array of plain
 * numbers, learned one at a time. Times and values count from the first, so
 * that sums stay exact enough.
 */
export const MOMENTS = 11;

/** All 0 before the first reading. */
type Readings = number[] | Float64Array;

const AT = {
  count: 0,
  firstTime: 1,
  firstValue: 2,
  least: 3,
  greatest: 4,
  values: 5,
  squares: 6,
  times: 7,
  timeSquares: 8,
  products: 9,
  newest: 10,
} as const;

const LARGEST = 1e9;

/** Learns one reading; what is not a number is passed over. Changes `state`. */
export function addReading(state: Readings, timestamp: number, given: number | undefined): void {
  if (given === undefined || !Number.isFinite(given) || !Number.isFinite(timestamp)) return;
  const value = withoutMinus(Math.max(-LARGEST, Math.min(LARGEST, given)));
  const isFirst = state[AT.count] === 0;
  if (isFirst) {
    state[AT.firstTime] = withoutMinus(timestamp);
    state[AT.firstValue] = value;
  }
  // Minutes; a window is not longer than years.
  const time = Math.max(
    -1e7,
    Math.min(1e7, (timestamp - (state[AT.firstTime] as number)) / 60_000),
  );
  const difference = value - (state[AT.firstValue] as number);
  state[AT.least] = isFirst ? value : Math.min(state[AT.least] as number, value);
  state[AT.greatest] = isFirst ? value : Math.max(state[AT.greatest] as number, value);
  add(state, AT.count, 1);
  add(state, AT.values, difference);
  add(state, AT.squares, difference * difference);
  add(state, AT.times, time);
  add(state, AT.timeSquares, time * time);
  add(state, AT.products, time * difference);
  state[AT.newest] = value;
}

export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly least: number;
  readonly greatest: number;
  readonly deviation: number;
  /** Per minute. */
  readonly slope: number;
  /** The reading added last. */
  readonly newest: number;
}

/** All 0 when there was no reading. */
export function momentsOf(state: Readings): Moments {
  const count = state[AT.count] as number;
  const mean = count > 0 ? (state[AT.values] as number) / count : 0;
  const time = count > 0 ? (state[AT.times] as number) / count : 0;
  const variance = count > 0 ? (state[AT.squares] as number) / count - mean * mean : 0;
  const timeVariance = count > 0 ? (state[AT.timeSquares] as number) / count - time * time : 0;
  const covariance = count > 0 ? (state[AT.products] as number) / count - time * mean : 0;
  return {
    count,
    mean: mean + (state[AT.firstValue] as number),
    least: state[AT.least] as number,
    greatest: state[AT.greatest] as number,
    deviation: Math.sqrt(Math.max(0, variance)),
    slope: timeVariance > 1e-9 ? covariance / timeVariance : 0,
    newest: state[AT.newest] as number,
  };
}

function add(state: Readings, at: number, value: number): void {
  state[at] = (state[at] as number) + value;
}
