import { AT, MODE, MODE_WIDTH, MODES } from './vitals-layout.ts';

/** One minute as the modes see it. */
export interface MinuteEvidence {
  /** Minutes since the one before. */
  readonly minutes: number;
  /** Heart rate less what the context lets expect, and less what it would be at rest. */
  readonly residual: number;
  readonly aboveRest: number;
  /** 0 at rest, 1 in motion. */
  readonly motion: 0 | 1;
  /** The reading is the same as a few minutes before; and whether it was so then. */
  readonly isEqual: boolean;
  readonly wasEqual: boolean;
}

/** Written by `stepModes`. */
export interface ModesResult {
  /** Step from what the normal mode predicted, and the variance it predicted. */
  innovation: number;
  variance: number;
  /** Natural logarithm of each mode's odds against the normal one. */
  readonly odds: Float64Array;
}

/** How modes begin, last and show, in minutes and beats. The same for all people. */
const SLOW_MINUTES = 60;
const FAST_MINUTES = 5;
const SLOW_VARIANCE = 36;
const LENGTH_MINUTES = 22;
const ENTRY_PER_MINUTE = 2e-4;
const ENTRY_SHARE = [0, 1 / 4.5, 1 / 4.5, 1 / 4.5, 1 / 4.5, 0.5 / 4.5] as const;
const RAISED = { mean: 28, variance: 18 ** 2 } as const;
const LOWERED = { mean: -24, variance: 14 ** 2 } as const;
const JUMP_VARIANCE = 144;
const JUMP_SHARE = [0.05, 0.15] as const;
const RETURN_SHARE = 0.01;
const STEP_SHARE = 0.5;
const NOISE_SHARE = 0.3;
const DEAF = { variance: 3.5 ** 2, wide: 100 } as const;
const ERRATIC_VARIANCE = 22 ** 2;
const FROZEN_EQUAL = 0.97;
const FILLED_VARIANCE = 64;
const LEAST_LIKELIHOOD = Math.exp(-30);
const LEAST_PROBABILITY = 1e-250;

const SIZE = MODES * MODE_WIDTH;
const mixed = new Float64Array(SIZE);
const weight = new Float64Array(MODES);
const result: ModesResult = { innovation: 0, variance: 1, odds: new Float64Array(MODES) };

/**
 * One step of an interacting multiple-model filter (Blom and Bar-Shalom, IEEE
 * Trans. Automatic Control 1988) over the residual of one wearer. In the
 * normal mode the residual is a slow level (60 minutes) and a fast one (5)
 * plus noise, with rare jumps and returns to the context's expectation. The
 * others: raised and lowered by an unknown constant; frozen at the last
 * reading; deaf to effort; erratic. About 2 µs.
 */
export function stepModes(state: Float64Array, minute: MinuteEvidence): Readonly<ModesResult> {
  const stepVariance = state[AT.stepVariance + minute.motion] as number;
  mix(state, minute);
  const fast = (stepVariance * STEP_SHARE) / (1 - Math.exp(-2 / FAST_MINUTES));
  predict(minute.minutes, fast);
  const noise = Math.max(0.3, stepVariance * NOISE_SHARE);
  const equal = state[AT.equalShare + minute.motion] as number;
  let total = 0;
  for (let mode = 0; mode < MODES; mode += 1) {
    let likelihood = likelihoodOf(mode, minute, { noise, fast });
    if (mode !== MODE.frozen && minute.isEqual) likelihood = Math.max(likelihood, equal);
    weight[mode] = (weight[mode] as number) * Math.max(LEAST_LIKELIHOOD, likelihood);
    total += weight[mode] as number;
  }
  const normal = Math.max(LEAST_PROBABILITY, (weight[0] as number) / total);
  for (let mode = 0; mode < MODES; mode += 1) {
    const probability = Math.max(LEAST_PROBABILITY, (weight[mode] as number) / total);
    state[AT.probability + mode] = probability;
    result.odds[mode] = Math.log(probability / normal);
  }
  state.set(mixed, AT.mode);
  state[AT.continuity] = continuityOf(result.innovation, result.variance);
  return result;
}

/** The normal mode, certain, with everything open: a wearer not seen lately. */
export function resetModes(state: Float64Array): void {
  state.fill(0, AT.mode, AT.mode + SIZE);
  for (let mode = 0; mode < MODES; mode += 1) {
    state[AT.probability + mode] = mode === 0 ? 0.995 : 0.001;
    state[AT.mode + mode * MODE_WIDTH + 3] = 40;
    state[AT.mode + mode * MODE_WIDTH + 6] = 20;
  }
}

/**
 * How well a reading went on from the one before, 0 to 1. A sensor freezes at
 * its last reading; where an export or a phone fills a gap, the filled value
 * starts with a jump.
 */
function continuityOf(innovation: number, variance: number): number {
  const square = innovation * innovation;
  const on = Math.exp(-square / (2 * variance));
  const wide = variance + FILLED_VARIANCE;
  const filled = Math.sqrt(variance / wide) * Math.exp(-square / (2 * wide));
  return on + filled > 0 ? on / (on + filled) : 0;
}

/** Mixes each mode's beginnings: gone on, ended, or newly begun. Writes `mixed` and `weight`. */
function mix(state: Float64Array, minute: MinuteEvidence): void {
  const ends = 1 - Math.exp(-minute.minutes / LENGTH_MINUTES);
  const begins = Math.min(0.5, ENTRY_PER_MINUTE * minute.minutes);
  const normal = state[AT.probability] as number;
  mixed.fill(0);
  let sum = normal * (1 - begins);
  for (let mode = 1; mode < MODES; mode += 1)
    sum += (state[AT.probability + mode] as number) * ends;
  addMean(state, { from: 0, to: 0, share: (normal * (1 - begins)) / sum });
  for (let mode = 1; mode < MODES; mode += 1) {
    const share = ((state[AT.probability + mode] as number) * ends) / sum;
    addMean(state, { from: mode, to: 0, share, drop: true });
  }
  addSpread(state, { from: 0, to: 0, share: (normal * (1 - begins)) / sum });
  for (let mode = 1; mode < MODES; mode += 1) {
    const share = ((state[AT.probability + mode] as number) * ends) / sum;
    addSpread(state, { from: mode, to: 0, share, drop: true });
  }
  weight[0] = sum;
  for (let mode = 1; mode < MODES; mode += 1) {
    const lasts = (state[AT.probability + mode] as number) * (1 - ends);
    const enters = normal * begins * (ENTRY_SHARE[mode] ?? 0) * entryFactor(state, mode, minute);
    const all = lasts + enters;
    weight[mode] = all;
    const shift = mode === MODE.raised ? RAISED : mode === MODE.lowered ? LOWERED : undefined;
    addMean(state, { from: mode, to: mode, share: lasts / all });
    addMean(state, { from: 0, to: mode, share: enters / all, shift });
    addSpread(state, { from: mode, to: mode, share: lasts / all });
    addSpread(state, { from: 0, to: mode, share: enters / all, shift });
  }
}

/** A sensor freezes when its readings begin to be the same, not later. */
function entryFactor(state: Float64Array, mode: number, minute: MinuteEvidence): number {
  if (mode !== MODE.frozen || !minute.isEqual) return 1;
  return minute.wasEqual ? 1e-9 : 10 * (state[AT.continuity] as number);
}

interface Part {
  readonly from: number;
  readonly to: number;
  readonly share: number;
  /** Leaves the constant out. */
  readonly drop?: boolean;
  /** Begins with this constant. */
  readonly shift?: { readonly mean: number; readonly variance: number } | undefined;
}

function addMean(state: Float64Array, { from, to, share, drop, shift }: Part): void {
  const source = AT.mode + from * MODE_WIDTH;
  const target = to * MODE_WIDTH;
  const constant = drop === true ? 0 : (shift?.mean ?? (state[source + 2] as number));
  mixed[target] = (mixed[target] as number) + share * (state[source] as number);
  mixed[target + 1] = (mixed[target + 1] as number) + share * (state[source + 1] as number);
  mixed[target + 2] = (mixed[target + 2] as number) + share * constant;
}

function addSpread(state: Float64Array, { from, to, share, drop, shift }: Part): void {
  const source = AT.mode + from * MODE_WIDTH;
  const target = to * MODE_WIDTH;
  const isKept = drop !== true && shift === undefined;
  const constant = drop === true ? 0 : (shift?.mean ?? (state[source + 2] as number));
  const u = (state[source] as number) - (mixed[target] as number);
  const w = (state[source + 1] as number) - (mixed[target + 1] as number);
  const d = constant - (mixed[target + 2] as number);
  const kept = isKept ? share : 0;
  const at = target + 3;
  const own = source + 3;
  mixed[at] = (mixed[at] as number) + share * ((state[own] as number) + u * u);
  mixed[at + 1] = (mixed[at + 1] as number) + share * ((state[own + 1] as number) + u * w);
  mixed[at + 2] = (mixed[at + 2] as number) + kept * (state[own + 2] as number) + share * u * d;
  mixed[at + 3] = (mixed[at + 3] as number) + share * ((state[own + 3] as number) + w * w);
  mixed[at + 4] = (mixed[at + 4] as number) + kept * (state[own + 4] as number) + share * w * d;
  const variance = isKept ? (state[own + 5] as number) : (shift?.variance ?? 0);
  mixed[at + 5] = (mixed[at + 5] as number) + share * (variance + d * d);
}

function predict(minutes: number, fast: number): void {
  const u = Math.exp(-minutes / SLOW_MINUTES);
  const w = Math.exp(-minutes / FAST_MINUTES);
  for (let at = 0; at < SIZE; at += MODE_WIDTH) {
    mixed[at] = (mixed[at] as number) * u;
    mixed[at + 1] = (mixed[at + 1] as number) * w;
    mixed[at + 3] = (mixed[at + 3] as number) * u * u + SLOW_VARIANCE * (1 - u * u);
    mixed[at + 4] = (mixed[at + 4] as number) * u * w;
    mixed[at + 5] = (mixed[at + 5] as number) * u;
    mixed[at + 6] = (mixed[at + 6] as number) * w * w + fast * (1 - w * w);
    mixed[at + 7] = (mixed[at + 7] as number) * w;
  }
}

interface Noise {
  readonly noise: number;
  readonly fast: number;
}

/** Likelihood of the minute in a mode, whose state takes the reading in where it can. */
function likelihoodOf(mode: number, minute: MinuteEvidence, noise: Noise): number {
  const at = mode * MODE_WIDTH;
  const hasShift = mode === MODE.raised || mode === MODE.lowered;
  const h = hasShift ? 1 : 0;
  const gu = sum3(mixed[at + 3] as number, mixed[at + 4] as number, h * (mixed[at + 5] as number));
  const gw = sum3(mixed[at + 4] as number, mixed[at + 6] as number, h * (mixed[at + 7] as number));
  const gd = sum3(mixed[at + 5] as number, mixed[at + 7] as number, h * (mixed[at + 8] as number));
  const variance = Math.max(noise.noise, noise.noise + gu + gw + h * gd);
  const predicted = sum3(
    mixed[at] as number,
    mixed[at + 1] as number,
    h * (mixed[at + 2] as number),
  );
  const step = minute.residual - predicted;
  if (mode === MODE.frozen) {
    return minute.isEqual ? FROZEN_EQUAL : (1 - FROZEN_EQUAL) * density(step, variance);
  }
  if (mode === MODE.deaf) {
    const { aboveRest } = minute;
    return 0.95 * density(aboveRest, DEAF.variance) + 0.05 * density(aboveRest, DEAF.wide);
  }
  if (mode === MODE.erratic) return density(step, variance + ERRATIC_VARIANCE);
  const jump = JUMP_SHARE[minute.motion];
  const plain = (1 - jump) * density(step, variance);
  const wide = jump * density(step, variance + JUMP_VARIANCE);
  const share = plain + wide > 0 ? plain / (plain + wide) : 0;
  const effective = 1 / (share / variance + (1 - share) / (variance + JUMP_VARIANCE));
  takeIn(at, { gu, gw, gd, step, variance: effective });
  if (mode !== MODE.normal) return plain + wide;
  result.innovation = step;
  result.variance = variance;
  return takeReturn(plain + wide, minute.residual, noise);
}

function takeIn(
  at: number,
  {
    gu,
    gw,
    gd,
    step,
    variance,
  }: Readonly<Record<'gu' | 'gw' | 'gd' | 'step' | 'variance', number>>,
): void {
  const change = step / variance;
  mixed[at] = (mixed[at] as number) + gu * change;
  mixed[at + 1] = (mixed[at + 1] as number) + gw * change;
  mixed[at + 2] = (mixed[at + 2] as number) + gd * change;
  mixed[at + 3] = (mixed[at + 3] as number) - (gu * gu) / variance;
  mixed[at + 4] = (mixed[at + 4] as number) - (gu * gw) / variance;
  mixed[at + 5] = (mixed[at + 5] as number) - (gu * gd) / variance;
  mixed[at + 6] = (mixed[at + 6] as number) - (gw * gw) / variance;
  mixed[at + 7] = (mixed[at + 7] as number) - (gw * gd) / variance;
  mixed[at + 8] = (mixed[at + 8] as number) - (gd * gd) / variance;
}

/** The normal mode may also return to what the context lets expect, whatever it followed before. */
function takeReturn(followed: number, residual: number, { noise, fast }: Noise): number {
  const variance = SLOW_VARIANCE + fast + noise;
  const returned = RETURN_SHARE * density(residual, variance);
  const all = (1 - RETURN_SHARE) * followed + returned;
  const share = all > 0 ? returned / all : 1;
  const u = (SLOW_VARIANCE / variance) * residual;
  const w = (fast / variance) * residual;
  const du = (mixed[0] as number) - u;
  const dw = (mixed[1] as number) - w;
  const keep = 1 - share;
  mixed[0] = u + keep * du;
  mixed[1] = w + keep * dw;
  const blend = (at: number, theirs: number, apart: number): void => {
    mixed[at] = keep * (mixed[at] as number) + share * theirs + keep * share * apart;
  };
  blend(3, SLOW_VARIANCE - SLOW_VARIANCE ** 2 / variance, du * du);
  blend(4, (-SLOW_VARIANCE * fast) / variance, du * dw);
  blend(6, fast - fast ** 2 / variance, dw * dw);
  return all;
}

function density(step: number, variance: number): number {
  return Math.exp((-step * step) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
}

function sum3(one: number, two: number, three: number): number {
  return one + two + three;
}
