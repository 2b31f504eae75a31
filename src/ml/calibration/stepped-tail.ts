import type { TailSketch } from './tail-sketch.ts';

/** Of n scores that all tie at the top, the next one surpasses them with at most 1/e of the odds of n that differ. */
const FEWEST_RECORDS = 1 / Math.E;
const EULER = 0.5772156649015329;
/** A spread that a double cannot tell from rounding says nothing. */
const ROUNDING = 1e-12;

/**
 * Tail probabilities of scores that come in steps: many ties, few different
 * values, such as counts or rarities. Up to the highest score everything is
 * counted. The next score surpasses all n with probability 1/(n + 1) when
 * scores never tie; with ties less often, in proportion to how many records
 * the scores set, taken in any order: a value sets one when it comes before
 * all that are as high, which it does for its share of these (Rényi's records,
 * 1962, with ties). Half a record is added, and never less than 1/e of the
 * odds are given, which is the most that any mixture of two values can do.
 * Beyond the highest the odds fall with the distance, measured in that from
 * the highest to the middle one of the different values, but by no more than
 * the number of these: what comes in steps hardly says how steps go on.
 */
export class SteppedTail {
  readonly #sketch: TailSketch;
  readonly #highest: number;
  readonly #spread: number;
  /** Probability of a score above all. */
  readonly #beyond: number;

  /** @param sketch with at least one score */
  constructor(sketch: TailSketch) {
    const { size, unit, total } = sketch;
    this.#sketch = sketch;
    this.#highest = sketch.valueAt(0);
    this.#spread = this.#highest - sketch.valueAt(size >> 1);
    this.#beyond = (recordShare(sketch) * unit) / (total + unit);
  }

  /** Probability that a score reaches `value`; 0 < p ≤ 1, falling in `value`. */
  probability(value: number): number {
    const { size, unit, total } = this.#sketch;
    if (value <= this.#highest) return (this.#sketch.reached(value) + unit) / (total + unit);
    if (!(this.#spread > ROUNDING * Math.abs(this.#highest))) return this.#beyond;
    const near = this.#spread / (this.#spread + (value - this.#highest));
    return this.#beyond * (1 / size + (1 - 1 / size) * near);
  }
}

/** Records that the scores set, as a share of those that as many different ones would. */
function recordShare(sketch: TailSketch): number {
  let records = 0;
  for (let index = 0; index < sketch.size; index += 1) {
    const above = sketch.above(index);
    const weight = sketch.weightAt(index);
    const isSpread = sketch.isBlurred(index) && above > 0;
    records += isSpread ? Math.log1p(weight / above) : weight / (above + weight);
  }
  const count = Math.max(1, sketch.total / sketch.unit);
  const most = Math.log(count) + EULER + 1 / (2 * count);
  return Math.min(1, Math.max(FEWEST_RECORDS, (records - 0.5) / (most - 0.5)));
}
