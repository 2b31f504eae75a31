/** Candidates that carry less of the evidence than this are left out. */
const NEGLIGIBLE = 1e-6;

/** Excesses over a threshold, weighted. */
export interface Excesses {
  /** Above 0, largest first. */
  readonly values: Float64Array;
  readonly weights: Float64Array;
  /** What one observation weighs. */
  readonly unit: number;
}

/**
 * The predictive tail of a generalised Pareto distribution: how likely an
 * excess is surpassed, with what the fit does not know averaged in. The shape
 * and scale are profiled over the grid of Zhang and Stephens (Technometrics
 * 51, 2009); given a grid point the excesses are exponential after a
 * transformation, so their mean integrates out exactly (prior 1/mean) into a
 * Lomax tail. A plug-in fit would alarm too often, by what it overfits.
 * Fitting costs O(grid × excesses), one value O(grid).
 */
export class ParetoTail {
  readonly #thetas: Float64Array;
  readonly #sums: Float64Array;
  readonly #shares: Float64Array;
  readonly #count: number;
  readonly #scale: number;

  constructor(excesses: Excesses) {
    const { values, weights, unit } = excesses;
    let weight = 0;
    let mean = 0;
    for (let index = 0; index < values.length; index += 1) {
      weight += weights[index] as number;
      mean += ((values[index] as number) - mean) * ((weights[index] as number) / weight);
    }
    this.#scale = mean;
    this.#count = weight / unit;
    const scaled = values.map((value) => value / mean);
    const grid = candidates({ values: scaled, weights, unit }, this.#count);
    const sums = grid.map((theta) => transformedSum(scaled, weights, theta) / unit);
    const evidence = grid.map((theta, index) => {
      const sum = sums[index] as number;
      return this.#count * (Math.log(Math.abs(theta)) - Math.log(Math.abs(sum))) - sum;
    });
    const best = evidence.reduce((largest, value) => Math.max(largest, value), -Infinity);
    const shares = evidence.map((value) => Math.exp(value - best));
    const total = shares.reduce((sum, share) => sum + share, 0);
    const kept = [...grid.keys()].filter((index) => (shares[index] as number) > NEGLIGIBLE * total);
    this.#thetas = Float64Array.from(kept, (index) => grid[index] as number);
    this.#sums = Float64Array.from(kept, (index) => sums[index] as number);
    this.#shares = Float64Array.from(kept, (index) => (shares[index] as number) / total);
  }

  /** Probability that an excess reaches `excess`; 1 at 0, falling. */
  survival(excess: number): number {
    const scaled = excess / this.#scale;
    let probability = 0;
    for (let index = 0; index < this.#thetas.length; index += 1) {
      const inside = 1 - (this.#thetas[index] as number) * scaled;
      if (inside <= 0) continue;
      const ratio = Math.log(inside) / (this.#sums[index] as number);
      probability += (this.#shares[index] as number) * Math.exp(-this.#count * Math.log1p(ratio));
    }
    return probability;
  }
}

/** Σ log(1 − θy): the excesses made exponential, up to sign. */
function transformedSum(values: Float64Array, weights: Float64Array, theta: number): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) {
    sum += (weights[index] as number) * Math.log1p(-theta * (values[index] as number));
  }
  return sum;
}

function candidates(scaled: Excesses, count: number): Float64Array {
  const largest = scaled.values[0] as number;
  const size = 20 + Math.floor(Math.sqrt(count));
  const quarter = lowerQuartile(scaled, count * scaled.unit);
  return Float64Array.from({ length: size }, (_, index) => {
    const theta = 1 / largest + (1 - Math.sqrt(size / (index + 0.5))) / (3 * quarter);
    return Math.abs(theta) < 1e-9 ? 1e-9 : theta;
  });
}

function lowerQuartile({ values, weights }: Excesses, weight: number): number {
  let index = values.length - 1;
  for (let sum = weights[index] as number; sum < weight / 4 && index > 0;) {
    index -= 1;
    sum += weights[index] as number;
  }
  return values[index] as number;
}
