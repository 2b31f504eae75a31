import { ParetoTail } from './pareto-tail.ts';
import { SteppedTail } from './stepped-tail.ts';
import type { TailSketch } from './tail-sketch.ts';

/** Share of the scores that is taken for the tail, and at most so many of them. */
const TAIL_SHARE = 0.1;
const TAIL_MOST = 400;
/** Fewer than this say nothing about a shape. */
const TAIL_LEAST = 10;
/** So many of the largest scores are counted over, not counted: there the fitted tail speaks. */
const ANCHOR = 30;
/** With fewer different values than this share of the tail, scores come in steps. */
const DISTINCT = 0.7;
/** Or when more than this share of the largest scores tie with others. */
const TIED = 0.3;

/**
 * Tail probabilities over a sketch as it is now: counted, as ranks among
 * exchangeable scores are (Vovk et al., 2005), up to the 30 largest scores;
 * above them the fitted tail goes on from what was counted. Scores that come
 * in steps (counts, ties) are counted up to the largest (`SteppedTail`), and all
 * are where the caller says so.
 */
export class TailEstimate {
  readonly #sketch: TailSketch;
  readonly #tail: ParetoTail | undefined;
  readonly #threshold: number = 0;
  readonly #anchor: number = Infinity;
  /** Probability of the anchor over what the fitted tail says there. */
  readonly #factor: number = 0;
  readonly #stepped: SteppedTail | undefined;

  constructor(sketch: TailSketch, isStepped = false) {
    this.#sketch = sketch;
    if (sketch.size === 0) return;
    if (isStepped || comesInSteps(sketch)) {
      this.#stepped = new SteppedTail(sketch);
      return;
    }
    const { unit, total } = sketch;
    const last = indexAt(sketch, Math.min(TAIL_MOST * unit, TAIL_SHARE * total));
    const weight = sketch.above(last);
    if (weight < TAIL_LEAST * unit) return;
    this.#threshold = sketch.valueAt(last);
    const spread = sketch.valueAt(0) - this.#threshold;
    // An excess that a double cannot tell from rounding has no shape.
    if (!(spread > 1e-12 * Math.abs(this.#threshold)) || spread < 1e-290) return;
    this.#tail = new ParetoTail(excessesOf(sketch, last));
    const at = Math.min(last, indexAt(sketch, ANCHOR * unit));
    this.#anchor = sketch.valueAt(at);
    this.#factor =
      this.#counted(this.#anchor) / this.#tail.survival(this.#anchor - this.#threshold);
  }

  /** Probability that a score reaches `value`; 0 < p ≤ 1, falling in `value`. */
  probability(value: number): number {
    if (this.#stepped !== undefined) return this.#stepped.probability(value);
    if (this.#tail === undefined || value <= this.#anchor) return this.#counted(value);
    const probability = this.#factor * this.#tail.survival(value - this.#threshold);
    return Math.min(probability, this.#counted(this.#anchor));
  }

  #counted(value: number): number {
    const { unit, total } = this.#sketch;
    return (this.#sketch.reached(value) + unit) / (total + unit);
  }
}

/** Whether few of the largest scores differ. With too few scores nothing is said. */
function comesInSteps(sketch: TailSketch): boolean {
  const { unit, total } = sketch;
  if (total < TAIL_LEAST * unit) return false;
  const last = indexAt(sketch, Math.min(TAIL_MOST * unit, TAIL_SHARE * total));
  const weight = sketch.above(last) / unit;
  if (weight >= TAIL_LEAST && last < Math.min(weight, TAIL_MOST / 8) * DISTINCT) return true;
  let seen = 0;
  let tied = 0;
  for (let index = 0; index < sketch.size && seen < ANCHOR * unit; index += 1) {
    const one = sketch.weightAt(index);
    seen += one;
    // A single score weighs 1 at most.
    if (one > 1 && !sketch.isBlurred(index)) tied += one;
  }
  return tied > TIED * seen;
}

/** The first point with `weight` above it, or the last. */
function indexAt(sketch: TailSketch, weight: number): number {
  let low = 0;
  let high = sketch.size - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sketch.above(middle) < weight) low = middle + 1;
    else high = middle;
  }
  return low;
}

function excessesOf(sketch: TailSketch, last: number) {
  const threshold = sketch.valueAt(last);
  const values = new Float64Array(last);
  const weights = new Float64Array(last);
  for (let index = 0; index < last; index += 1) {
    values[index] = sketch.valueAt(index) - threshold;
    weights[index] = sketch.weightAt(index);
  }
  return { values, weights, unit: sketch.unit };
}
