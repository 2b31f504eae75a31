import { AT, BASIS } from './vitals-layout.ts';

/** What is known of how a wearer moved in the minute judged. */
export interface Effort {
  /** Minutes since the minute judged before, at most a day. */
  readonly minutes: number;
  /** Event time in ms. */
  readonly timestamp: number;
  /** Steps a minute; 0 when unknown. */
  readonly stepRate: number;
  /** 0 to 3; negative when unknown. */
  readonly intensity: number;
}

/** How much of the basis is effort; the rest is the resting level and the time of day. */
const FIRST_EFFORT = 1;
const LAST_EFFORT = 7;

/** Widest that the regression's weights are thought to lie about the prior's, as deviations. */
const WEIGHT_DEVIATIONS: readonly number[] = [12, 6, 6, 8, 12, 12, 12, 12, 5, 5, 3, 3];

/** Moves the decayed effort on, and writes what heart rate is regressed on. */
export function writeBasis(state: Float64Array, effort: Effort, basis: Float64Array): void {
  const { minutes, stepRate, intensity } = effort;
  const pace = Math.min(1.5, stepRate / 100);
  const level = intensity >= 0 ? Math.min(1, intensity / 3) : Math.min(1, pace);
  const load = (pace * Math.min(1, pace) + level * level) / 2;
  decay(state, AT.effort, { keep: Math.exp(-minutes / 2), value: load });
  decay(state, AT.effort + 1, { keep: Math.exp(-minutes / 7), value: load });
  decay(state, AT.effort + 2, { keep: Math.exp(-minutes / 25), value: load });
  decay(state, AT.effort + 3, { keep: Math.exp(-minutes / 60), value: stepRate > 0 ? 1 : 0 });
  const angle = (2 * Math.PI * (effort.timestamp % 86_400_000)) / 86_400_000;
  basis[0] = 1;
  basis[1] = pace;
  basis[2] = level;
  basis[3] = level * level;
  basis[4] = state[AT.effort] as number;
  basis[5] = state[AT.effort + 1] as number;
  basis[6] = 2 * (state[AT.effort + 2] as number);
  basis[7] = state[AT.effort + 3] as number;
  basis[8] = Math.sin(angle);
  basis[9] = Math.cos(angle);
  basis[10] = Math.sin(2 * angle);
  basis[11] = Math.cos(2 * angle);
}

/** Beats per minute expected in this context. */
export function expectedRate(state: Float64Array, basis: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < BASIS; index += 1) {
    sum += (state[AT.weights + index] as number) * (basis[index] as number);
  }
  return sum;
}

/** The same, had there been no effort. */
export function restingRate(state: Float64Array, basis: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < BASIS; index += 1) {
    if (index >= FIRST_EFFORT && index <= LAST_EFFORT) continue;
    sum += (state[AT.weights + index] as number) * (basis[index] as number);
  }
  return sum;
}

const gain = new Float64Array(BASIS);

/**
 * One step of Bayesian linear regression (recursive least squares; Plackett,
 * 1950). `noise` is the variance that one minute is taken to have, wide,
 * since minutes are not independent. O(12²), about 0.2 µs.
 */
export function learnContext(
  state: Float64Array,
  basis: Float64Array,
  { residual, noise, minutes }: { residual: number; noise: number; minutes: number },
): void {
  widen(state, minutes);
  gain.fill(0);
  for (let row = 0, at = AT.covariance; row < BASIS; row += 1) {
    const own = basis[row] as number;
    gain[row] = (gain[row] as number) + (state[at] as number) * own;
    at += 1;
    for (let column = row + 1; column < BASIS; column += 1, at += 1) {
      const value = state[at] as number;
      gain[row] = (gain[row] as number) + value * (basis[column] as number);
      gain[column] = (gain[column] as number) + value * own;
    }
  }
  let spread = noise;
  for (let row = 0; row < BASIS; row += 1) spread += (gain[row] as number) * (basis[row] as number);
  if (!(spread >= noise)) {
    resetCovariance(state);
    return;
  }
  for (let row = 0, at = AT.covariance; row < BASIS; row += 1) {
    const share = (gain[row] as number) / spread;
    const weight = AT.weights + row;
    state[weight] = (state[weight] as number) + share * residual;
    for (let column = row; column < BASIS; column += 1, at += 1) {
      state[at] = (state[at] as number) - share * (gain[column] as number);
    }
  }
}

/** Nothing learned beyond the weights: each is as uncertain as between people. */
export function resetCovariance(state: Float64Array): void {
  for (let row = 0, at = AT.covariance; row < BASIS; row += 1) {
    for (let column = row; column < BASIS; column += 1, at += 1) {
      const deviation = row === column ? (WEIGHT_DEVIATIONS[row] ?? 0) : 0;
      state[at] = deviation * deviation;
    }
  }
}

/** People change over months: what was learned becomes less certain, never less than the prior. */
const WIDENING_PER_MINUTE = 1e-5;

function widen(state: Float64Array, minutes: number): void {
  for (let row = 0, at = AT.covariance; row < BASIS; at += BASIS - row, row += 1) {
    const most = (WEIGHT_DEVIATIONS[row] ?? 0) ** 2 / 2;
    if ((state[at] as number) > most) return;
  }
  const factor = 1 + WIDENING_PER_MINUTE * Math.min(60, minutes);
  const end = AT.covariance + (BASIS * (BASIS + 1)) / 2;
  for (let at = AT.covariance; at < end; at += 1) state[at] = (state[at] as number) * factor;
}

function decay(
  state: Float64Array,
  at: number,
  { keep, value }: { readonly keep: number; readonly value: number },
): void {
  state[at] = keep * (state[at] as number) + (1 - keep) * value;
}
