import { invalidSnapshot } from '../model.ts';
import { isObject, numbersOf, requireThat } from './snapshot.ts';

/** A cluster spans at most this share of the weight at or above it, so tail probabilities are right to about 2 %. */
const RESOLUTION = 0.02;
/** Points that weigh less than this have been forgotten. */
const FORGOTTEN = 1 / 64;
const CAPACITY = 1024;

/** A sketch's points as plain data, largest value first. */
export interface TailSketchState {
  readonly values: Float64Array;
  readonly weights: Float64Array;
  /** 1 where a point stands for several different values. */
  readonly blurred: Uint8Array;
  /** Σw². */
  readonly squares: number;
}

/**
 * How often a score was reached, as weighted points in at most 1,024 × 17
 * bytes: single values where few are larger, clusters that grow with their
 * distance from the top (a one-sided t-digest: Dunning and Ertl, 2019), and
 * whole atoms where values repeat. Weights fade when the caller says so.
 * Merging m sorted values costs O(m + points).
 */
export class TailSketch {
  #values = new Float64Array(0);
  #weights = new Float64Array(0);
  #blurred = new Uint8Array(0);
  /** Weight above each point; one more than there are points, the last is the total. */
  #above = new Float64Array(1);
  #squares = 0;

  get size(): number {
    return this.#values.length;
  }

  /** Sum of all weights. */
  get total(): number {
    return this.#above[this.size] as number;
  }

  /** What one observation weighs on average: 1 without fading, about 1/2 with steady fading. */
  get unit(): number {
    return this.total > 0 ? this.#squares / this.total : 1;
  }

  valueAt(index: number): number {
    return this.#values[index] as number;
  }

  weightAt(index: number): number {
    return this.#weights[index] as number;
  }

  /** Whether a point stands for several different values. */
  isBlurred(index: number): boolean {
    return this.#blurred[index] === 1;
  }

  /** Weight strictly above a point. */
  above(index: number): number {
    return this.#above[index] as number;
  }

  /** Fades what is known by `keep` (0 to 1) and adds values of weight 1. @param descending largest first. */
  merge(descending: Float64Array, keep: number): void {
    const size = this.size;
    const values: number[] = [];
    const weights: number[] = [];
    const blurred: number[] = [];
    for (let known = 0, fresh = 0; known < size || fresh < descending.length;) {
      const old = known < size ? (this.#values[known] as number) : -Infinity;
      const takesOld = fresh >= descending.length || old >= (descending[fresh] as number);
      const weight = takesOld ? (this.#weights[known] as number) * keep : 1;
      if (takesOld && weight < FORGOTTEN) {
        known += 1;
        continue;
      }
      values.push(takesOld ? old : (descending[fresh] as number));
      weights.push(weight);
      blurred.push(takesOld ? (this.#blurred[known] as number) : 0);
      if (takesOld) known += 1;
      else fresh += 1;
    }
    this.#squares = this.#squares * keep * keep + descending.length;
    this.#compress(values, weights, blurred);
  }

  /** Weight at or above `value`; falls from the total to 0, straight between blurred points. */
  reached(value: number): number {
    const next = this.#firstBelow(value);
    const { size, total } = this;
    if (next > 0 && this.#values[next - 1] === value) return this.#upTo(next - 1);
    if (next === 0) return 0;
    if (next === size) return total;
    const upper = this.#upTo(next - 1);
    const lower = this.#downTo(next);
    if (upper >= lower) return upper;
    const high = this.#values[next - 1] as number;
    const low = this.#values[next] as number;
    return Math.min(lower, upper + (lower - upper) * ((high - value) / (high - low)));
  }

  state(): TailSketchState {
    return {
      values: this.#values.slice(),
      weights: this.#weights.slice(),
      blurred: this.#blurred.slice(),
      squares: this.#squares,
    };
  }

  /** @throws MODEL_INVALID */
  static from(state: unknown): TailSketch {
    requireThat(isObject(state), 'its sketch is missing');
    const values = numbersOf(state['values'], 'the values of its sketch');
    const weights = numbersOf(state['weights'], 'the weights of its sketch');
    const blurred = numbersOf(state['blurred'], 'the marks of its sketch');
    const squares = state['squares'];
    const fits = weights.length === values.length && blurred.length === values.length;
    requireThat(fits && values.length <= CAPACITY, 'its sketch has uneven columns');
    requireThat(
      weights.every((weight) => weight > 0) &&
        values.every((value, index) => index === 0 || value < (values[index - 1] as number)),
      'its sketch is not sorted',
    );
    if (typeof squares !== 'number' || !(squares >= 0) || !Number.isFinite(squares)) {
      throw invalidSnapshot('surprise', 'the weight of its sketch is no number');
    }
    const sketch = new TailSketch();
    sketch.#adopt(values, weights, blurred);
    sketch.#squares = squares;
    return sketch;
  }

  #upTo(index: number): number {
    const weight = this.#weights[index] as number;
    return (this.#above[index] as number) + (this.#blurred[index] === 1 ? weight / 2 : weight);
  }

  #downTo(index: number): number {
    const half = this.#blurred[index] === 1 ? (this.#weights[index] as number) / 2 : 0;
    return (this.#above[index] as number) + half;
  }

  /** Index of the first point below `value`. */
  #firstBelow(value: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#values[middle] as number) >= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Joins neighbours from the top, in place; coarser when that is not enough. */
  #compress(values: number[], weights: number[], blurred: number[]): void {
    let resolution = RESOLUTION;
    do {
      join({ values, weights, blurred }, resolution);
      resolution *= 1.5;
    } while (values.length > CAPACITY);
    this.#adopt(values, weights, blurred);
  }

  #adopt(values: ArrayLike<number>, weights: ArrayLike<number>, blurred: ArrayLike<number>): void {
    this.#values = Float64Array.from(values);
    this.#weights = Float64Array.from(weights);
    this.#blurred = Uint8Array.from(blurred);
    this.#above = new Float64Array(values.length + 1);
    for (let index = 0; index < values.length; index += 1) {
      this.#above[index + 1] = (this.#above[index] as number) + (weights[index] as number);
    }
  }
}

interface Points {
  readonly values: number[];
  readonly weights: number[];
  readonly blurred: number[];
}

function join({ values, weights, blurred }: Points, resolution: number): void {
  let last = -1;
  let above = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    const weight = weights[index] as number;
    if (last >= 0) {
      const mine = weights[last] as number;
      const both = mine + weight;
      const isSame = values[last] === value;
      if (isSame || both <= resolution * (above + both)) {
        values[last] =
          (values[last] as number) + (value - (values[last] as number)) * (weight / both);
        weights[last] = both;
        blurred[last] = isSame ? (blurred[last] as number) | (blurred[index] as number) : 1;
        continue;
      }
      above += mine;
    }
    last += 1;
    values[last] = value;
    weights[last] = weight;
    blurred[last] = blurred[index] as number;
  }
  values.length = last + 1;
  weights.length = last + 1;
  blurred.length = last + 1;
}
