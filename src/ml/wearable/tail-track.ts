import { AT, TAIL_WIDTH } from './vitals-layout.ts';

/** A tail begins where one of ten numbers lies beyond. */
const SHARE = 0.1;
/** How fast a tail forgets at least, its quantile and its excess, and how far beyond a number counts. */
export interface TailPace {
  readonly quantile: number;
  readonly excess: number;
  /** In mean excesses: one event must not hide the next. */
  readonly reach: number;
}

/** About a week of minutes, for one view. */
export const VIEW_PACE: TailPace = { quantile: 1e-4, excess: 7e-4, reach: 5 };
/** About a month of minutes, for all views together. */
export const JOINT_PACE: TailPace = { quantile: 2e-5, excess: 2e-4, reach: 3 };
/** About three weeks of half hours, for what alarms are given by. */
export const BLOCK_PACE: TailPace = { quantile: 1e-3, excess: 1e-2, reach: 2 };

const LEAST_EXCESS = 0.02;
const MOST = 16;

/**
 * −log10 of the share of earlier numbers at or above `value`: beyond the
 * greatest tenth the tail is taken for exponential (a peak-over-threshold tail
 * of shape 0; Pickands, 1975), which needs three numbers where a fitted shape
 * would need hundreds. 0 to 16, rising with the value.
 */
export function tailSurprise(state: Float64Array, tail: number, value: number): number {
  const at = AT.tails + tail * TAIL_WIDTH;
  const beyond = value - (state[at] as number);
  const excess = state[at + 1] as number;
  if (beyond <= 0) return Math.max(0, 1 + beyond / (3 * excess)) / 2;
  return Math.min(MOST, 1 + beyond / (excess * Math.LN10));
}

/** The value that `tailSurprise` gives `surprise` (1 and over). */
export function tailValue(state: Float64Array, tail: number, surprise: number): number {
  const at = AT.tails + tail * TAIL_WIDTH;
  return (state[at] as number) + (surprise - 1) * (state[at + 1] as number) * Math.LN10;
}

/**
 * Learns one number. The quantile follows by stochastic approximation (Robbins
 * and Monro, 1951). Alarms stay in the tail.
 */
export function learnTail(
  state: Float64Array,
  { tail, value, pace }: { readonly tail: number; readonly value: number; readonly pace: TailPace },
): void {
  const at = AT.tails + tail * TAIL_WIDTH;
  const count = (state[at + 2] as number) + 1;
  const excess = state[at + 1] as number;
  const rate = Math.max(pace.quantile, 1 / (count + 5));
  const isBeyond = value > (state[at] as number);
  const quantile = (state[at] as number) + 3 * excess * rate * ((isBeyond ? 1 : 0) - SHARE);
  state[at] = quantile;
  state[at + 2] = count;
  if (value <= quantile) return;
  const step = Math.max(pace.excess, 1 / (SHARE * count + 5));
  const beyond = Math.min(value - quantile, pace.reach * excess);
  state[at + 1] = Math.max(LEAST_EXCESS, excess + step * (beyond - excess));
}
