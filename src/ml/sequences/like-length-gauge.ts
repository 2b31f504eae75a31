import type { ModelSnapshot } from '../model.ts';

import type { Gauge } from './gauge.ts';
import { State } from './state.ts';

const KIND = 'like_length_gauge';
const VERSION = 1;
/** Normal sessions kept: the last ones. */
const KEPT = 4096;
/** Of those, the share taken as alike, and at least and at most how many. */
const ALIKE = 0.25;
const LEAST = 50;
const MOST = 400;

/** Sessions in order of length. */
interface Ordered {
  readonly lengths: Float64Array;
  readonly scores: Float64Array;
}

/**
 * The tail of a score among the normal sessions nearest in length, counted:
 * scores of long and short sessions spread differently. Above the highest of
 * them it grows with the logarithm of the excess over their spread. O(log n +
 * alike) a score, about 2 µs.
 */
export class LikeLengthGauge implements Gauge {
  #lengths: number[] = [];
  #scores: number[] = [];
  #ordered: Ordered | undefined;

  fit(lengths: ArrayLike<number>, scores: ArrayLike<number>): void {
    this.#lengths = Array.from(lengths).slice(-KEPT);
    this.#scores = Array.from(scores).slice(-KEPT);
    this.#ordered = undefined;
  }

  update(length: number, score: number): void {
    this.#lengths.push(length);
    this.#scores.push(score);
    if (this.#lengths.length > KEPT) {
      this.#lengths.shift();
      this.#scores.shift();
    }
    this.#ordered = undefined;
  }

  surprise(length: number, score: number): number {
    const { lengths, scores } = (this.#ordered ??= this.#order());
    const wanted = Math.round(lengths.length * ALIKE);
    const alike = Math.min(lengths.length, Math.max(LEAST, Math.min(MOST, wanted)));
    const place = placeOf(lengths, length) - (alike >> 1);
    const start = Math.max(0, Math.min(lengths.length - alike, place));
    return surpriseAmong(scores.subarray(start, start + alike), score);
  }

  snapshot(): ModelSnapshot {
    const state = {
      lengths: Float64Array.from(this.#lengths),
      scores: Float64Array.from(this.#scores),
    };
    return { kind: KIND, version: VERSION, state };
  }

  /** @throws MODEL_INVALID */
  static from(snapshot: ModelSnapshot): LikeLengthGauge {
    const state = State.of(snapshot, KIND, VERSION);
    const lengths = state.numbers('lengths');
    const scores = state.numbers('scores');
    const fits = lengths.length === scores.length && lengths.length <= KEPT;
    state.require(fits, 'its scores do not fit');
    const gauge = new LikeLengthGauge();
    gauge.fit(lengths, scores);
    return gauge;
  }

  #order(): Ordered {
    const order = [...this.#lengths.keys()].sort(
      (one, other) => (this.#lengths[one] as number) - (this.#lengths[other] as number),
    );
    return {
      lengths: Float64Array.from(order, (index) => this.#lengths[index] as number),
      scores: Float64Array.from(order, (index) => this.#scores[index] as number),
    };
  }
}

/** How many are smaller than `length`. */
function placeOf(lengths: Float64Array, length: number): number {
  let low = 0;
  let high = lengths.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lengths[middle] as number) < length) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** −log10 of the share that scores higher, ties by half and half a one added. */
function surpriseAmong(scores: Float64Array, score: number): number {
  let above = 0;
  let sum = 0;
  let highest = -Infinity;
  for (let index = 0; index < scores.length; index += 1) {
    const other = scores[index] as number;
    if (other > score) above += 1;
    else if (other === score) above += 0.5;
    if (other > highest) highest = other;
    sum += other;
  }
  const counted = -Math.log10((above + 0.5) / (scores.length + 0.5));
  if (!(score > highest) || scores.length === 0) return counted;
  const spread = highest - sum / scores.length;
  if (spread <= 0) return counted + 1;
  return counted + Math.min(1, Math.log10(1 + (score - highest) / spread));
}
