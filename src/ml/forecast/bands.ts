/** Shares below the quantiles that are followed, at every horizon. */
export const BAND_LEVELS = [0.05, 0.25, 0.75, 0.95] as const;

/** Of the normal distribution at `BAND_LEVELS`; between them a quantile lies by these. */
const NORMAL = [-1.6449, -0.6745, 0.6745, 1.6449] as const;

export interface BandsState {
  readonly horizons: readonly number[];
  /** Per horizon one number per level: the quantile of value less forecast. */
  readonly quantiles: Float64Array;
  /** Per horizon the mean absolute error, and how many errors were seen. */
  readonly errors: Float64Array;
}

const SLOWEST = 0.004;
const SETTLED = 11;

/**
 * Quantiles of the errors at each horizon, followed online: each miss moves
 * the quantile by a share of the mean error such that misses become as
 * frequent as they should be, whatever the errors' distribution and also when
 * it changes (Gibbs and Candès, "Adaptive conformal inference under
 * distribution shift", 2021). O(levels) per error.
 */
export class Bands {
  readonly horizons: readonly number[];
  readonly #quantiles: Float64Array;
  readonly #errors: Float64Array;

  constructor(horizons: readonly number[]) {
    this.horizons = horizons;
    this.#quantiles = new Float64Array(horizons.length * BAND_LEVELS.length);
    this.#errors = new Float64Array(horizons.length * 2);
  }

  static from(state: BandsState): Bands {
    const bands = new Bands([...state.horizons]);
    bands.#quantiles.set(state.quantiles);
    bands.#errors.set(state.errors);
    return bands;
  }

  state(): BandsState {
    return {
      horizons: [...this.horizons],
      quantiles: this.#quantiles.slice(),
      errors: this.#errors.slice(),
    };
  }

  /** Learns one error (value less forecast) at the horizon of this index. */
  take(index: number, error: number): void {
    const errors = this.#errors;
    const count = (errors[2 * index + 1] as number) + 1;
    const mean = errors[2 * index] as number;
    const next = mean + Math.max(SLOWEST, 1 / count) * (Math.abs(error) - mean);
    errors[2 * index] = next;
    errors[2 * index + 1] = count;
    const rate = Math.max(0.02, 8 / (10 + count)) * Math.min(next, 10 * (mean || next));
    const start = index * BAND_LEVELS.length;
    for (const [level, share] of BAND_LEVELS.entries()) {
      const at = start + level;
      const quantile = this.#quantiles[at] as number;
      if (count <= SETTLED && count % 10 === 1) {
        this.#quantiles[at] = 1.2533 * next * (NORMAL[level] as number);
        continue;
      }
      this.#quantiles[at] = quantile + 2 * rate * (error > quantile ? share : share - 1);
    }
  }

  /** How many errors were seen at the first horizon that is as far. */
  errorsAt(steps: number): number {
    const index = this.horizons.findIndex((horizon) => horizon >= steps);
    return index === -1 ? 0 : (this.#errors[2 * index + 1] as number);
  }

  /** The error below which a share lies, `steps` ahead; between horizons by the root of time. */
  quantile(share: number, steps: number): number {
    const upper = this.horizons.findIndex((horizon) => horizon >= steps);
    const last = this.horizons.length - 1;
    if (upper === 0) return this.#at(0, share);
    if (upper === -1) {
      return this.#at(last, share) * Math.sqrt(steps / (this.horizons[last] as number));
    }
    const low = Math.sqrt(this.horizons[upper - 1] as number);
    const high = Math.sqrt(this.horizons[upper] as number);
    const way = (Math.sqrt(steps) - low) / (high - low);
    const below = this.#at(upper - 1, share);
    return below + way * (this.#at(upper, share) - below);
  }

  #at(index: number, share: number): number {
    const level = BAND_LEVELS.findIndex((one) => one >= share);
    const start = index * BAND_LEVELS.length;
    const low = level === -1 ? BAND_LEVELS.length - 2 : Math.max(0, level - 1);
    const one = this.#quantiles[start + low] as number;
    const other = this.#quantiles[start + low + 1] as number;
    const from = NORMAL[low] as number;
    const to = NORMAL[low + 1] as number;
    return one + ((normalQuantile(share) - from) / (to - from)) * Math.max(0, other - one);
  }
}

/** Of the standard normal distribution, within 4.5e-4 (Hastings, 1955). */
function normalQuantile(share: number): number {
  const tail = Math.max(1e-9, Math.min(share, 1 - share));
  const t = Math.sqrt(-2 * Math.log(tail));
  const size =
    t -
    (2.515517 + 0.802853 * t + 0.010328 * t * t) /
      (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t);
  return share < 0.5 ? -size : size;
}
