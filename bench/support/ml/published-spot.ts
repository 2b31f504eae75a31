/** Share of the first scores that lie under the threshold of the tail. */
const LEVEL = 0.98;
const STEPS = 48;

/**
 * SPOT as published (Siffer et al., KDD 2017), for comparison: the first
 * scores set a threshold at their 98th percentile; excesses over it are fitted
 * by maximum likelihood; what passes the alarm level is left out of the tail.
 * The fit is profiled over a grid instead of by root finding, and made again
 * at every 20th excess.
 */
export class PublishedSpot {
  readonly #rate: number;
  readonly #threshold: number;
  readonly #excesses: number[];
  #count: number;
  #limit: number;
  #unfitted = 0;

  constructor(first: Float64Array, rate: number) {
    const sorted = first.slice().sort();
    this.#rate = rate;
    this.#threshold = sorted[Math.floor(LEVEL * sorted.length)] as number;
    this.#excesses = [...sorted]
      .filter((score) => score > this.#threshold)
      .map((score) => score - this.#threshold);
    this.#count = first.length;
    this.#limit = this.#fit();
  }

  /** Whether the next score alarms. */
  alarms(score: number): boolean {
    if (score > this.#limit) return true;
    this.#count += 1;
    if (score > this.#threshold) {
      this.#excesses.push(score - this.#threshold);
      this.#unfitted += 1;
      if (this.#unfitted === 20) {
        this.#unfitted = 0;
        this.#limit = this.#fit();
      }
    }
    return false;
  }

  #fit(): number {
    const largest = this.#excesses.reduce((most, excess) => Math.max(most, excess), 0);
    const { shape, scale } = mostLikely(this.#excesses, largest);
    const ratio = (this.#rate * this.#count) / this.#excesses.length;
    const excess =
      Math.abs(shape) < 1e-9 ? -scale * Math.log(ratio) : (scale / shape) * (ratio ** -shape - 1);
    return this.#threshold + excess;
  }
}

/** Over x = shape ÷ scale the scale follows: the likelihood has one dimension (Grimshaw, 1993). */
function mostLikely(excesses: readonly number[], largest: number) {
  const mean = excesses.reduce((sum, excess) => sum + excess, 0) / excesses.length;
  let best = { likelihood: -Infinity, shape: 0, scale: mean };
  for (let step = 0; step < STEPS; step += 1) {
    const gap = Math.exp(Math.log(1e-3) + (step / (STEPS - 1)) * Math.log(3e4));
    const ratio = (gap - 1) / largest;
    if (Math.abs(ratio) < 1e-9) continue;
    let shape = 0;
    for (const excess of excesses) shape += Math.log1p(ratio * excess) / excesses.length;
    const likelihood = -Math.log(shape / ratio) - shape;
    if (likelihood > best.likelihood && shape > -1) {
      best = { likelihood, shape, scale: shape / ratio };
    }
  }
  return best;
}
