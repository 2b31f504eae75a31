import { resetCovariance } from './effort-context.ts';
import { resetModes } from './rate-modes.ts';
import {
  AT,
  BASIS,
  MODE_WIDTH,
  MODES,
  STATE_SIZE,
  STATE_VERSION,
  TAIL,
  TAIL_WIDTH,
} from './vitals-layout.ts';

/** What is learned of a wearer and can be said of a fleet. */
const LEARNED = [
  { at: AT.weights, count: BASIS },
  { at: AT.stepVariance, count: 2 },
  { at: AT.equalShare, count: 2 },
  { at: AT.deviation, count: 3 },
] as const;

/** Minutes of a wearer's own that weigh as much as the fleet does, in a tail. */
const PRIOR_MINUTES = 300;
const PRIOR_HALF_HOURS = 50;

/** What a grown person's watch shows, about, where no fleet has been seen: resting 66, 30 to 45 more in effort. */
const WEIGHTS = [66, 8, 12, 4, 12, 4, 4, 8, 0, 0, 0, 0] as const;
const STEP_VARIANCE = [9, 40] as const;
const EQUAL_SHARE = [0.2, 0.1] as const;
const DEVIATION = [5, 8, 12] as const;
/** In the order of `TAIL`. */
const TAIL_PRIOR: readonly (readonly [quantile: number, excess: number])[] = [
  ...([
    [1.1, 0.9],
    [1.2, 0.9],
    [1.3, 1],
  ] as const),
  ...([
    [1, 0.4],
    [0.7, 0.4],
    [0.7, 0.45],
  ] as const),
  ...([
    [1, 0.25],
    [1, 0.25],
    [1.4, 0.8],
  ] as const),
  [0.5, 1.3],
  ...([
    [-2.6, 2.6],
    [-2.4, 2],
    [-2.7, 2.8],
    [-1.8, 1],
  ] as const),
  ...([
    [1.3, 0.75],
    [1.3, 0.45],
    [0.9, 1.2],
    [1.25, 0.4],
  ] as const),
  [1.5, 0.55],
  [1.9, 0.45],
];

/** A wearer of whom nothing is known; `prior` is what `vitalsFleetPrior` gives. */
export function initialVitals(prior?: Float64Array): Float64Array {
  const state = new Float64Array(STATE_SIZE);
  state[AT.version] = STATE_VERSION;
  state.set(WEIGHTS, AT.weights);
  state.set(STEP_VARIANCE, AT.stepVariance);
  state.set(EQUAL_SHARE, AT.equalShare);
  state.set(DEVIATION, AT.deviation);
  for (let at = AT.tails; at < STATE_SIZE; at += TAIL_WIDTH) {
    const [quantile, excess] = TAIL_PRIOR[(at - AT.tails) / TAIL_WIDTH] ?? [0, 1];
    state[at] = quantile;
    state[at + 1] = excess;
    state[at + 2] = PRIOR_MINUTES;
  }
  state[AT.tails + TAIL.block * TAIL_WIDTH + 2] = PRIOR_HALF_HOURS;
  if (prior !== undefined) for (const at of learnedPlaces()) state[at] = prior[at] as number;
  state[AT.continuity] = 1;
  state[AT.flatContinuity] = 1;
  resetCovariance(state);
  resetModes(state);
  return state;
}

/**
 * What is typical of a fleet: the median of each thing learned over its
 * wearers. A new wearer who begins with it is judged as the fleet is, and
 * moves to a baseline of their own with what they show.
 */
export function vitalsFleetPrior(states: readonly Float64Array[]): Float64Array {
  const prior = initialVitals();
  if (states.length === 0) return prior;
  for (const at of learnedPlaces()) {
    const sorted = states.map((state) => state[at] as number).sort((one, other) => one - other);
    const middle = Math.floor((sorted.length - 1) / 2);
    prior[at] = ((sorted[middle] as number) + (sorted[sorted.length - 1 - middle] as number)) / 2;
  }
  return prior;
}

function learnedPlaces(): readonly number[] {
  const places: number[] = LEARNED.flatMap(({ at, count }) =>
    Array.from({ length: count }, (_, index) => at + index),
  );
  for (let at: number = AT.tails; at < STATE_SIZE; at += TAIL_WIDTH) places.push(at, at + 1);
  return places;
}

/** Whether data read back is a state that later readings cannot break. */
export function isVitalsState(data: unknown): data is Float64Array {
  if (!(data instanceof Float64Array) || data.length !== STATE_SIZE) return false;
  if (data[AT.version] !== STATE_VERSION || !data.every(Number.isFinite)) return false;
  const isPositive = (at: number, count: number): boolean =>
    data.subarray(at, at + count).every((value) => value > 0);
  if (!isPositive(AT.stepVariance, 2) || !isPositive(AT.deviation, 3)) return false;
  if (!isPositive(AT.probability, MODES)) return false;
  if (data.subarray(AT.equalShare, AT.equalShare + 2).some((share) => share < 0 || share > 1)) {
    return false;
  }
  for (let at = AT.tails; at < STATE_SIZE; at += TAIL_WIDTH) {
    if (!((data[at + 1] as number) > 0 && (data[at + 2] as number) >= 0)) return false;
  }
  return hasVariances(data);
}

/** On the diagonals; rounding may leave a hair below 0. */
function hasVariances(state: Float64Array): boolean {
  for (let row = 0, at = AT.covariance; row < BASIS; at += BASIS - row, row += 1) {
    if (!((state[at] as number) >= 0)) return false;
  }
  for (let mode = 0; mode < MODES; mode += 1) {
    const at = AT.mode + mode * MODE_WIDTH;
    for (const place of [3, 6, 8]) if (!((state[at + place] as number) > -1e-3)) return false;
  }
  return true;
}
