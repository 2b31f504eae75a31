import { finite, isObject, numbersOf, requireThat } from './snapshot.ts';
import type { TailSketch } from './tail-sketch.ts';

/** Fewer scores than this are not compared. */
const SMALLEST = 64;
/** The largest distance between the distributions of a batch and of all, in standard deviations, on average without a change. */
const TYPICAL = 2.4;
/** Where shares are compared: not nearer to 0 and 1. */
const MARGIN = 0.01;
/** A batch so many times further away than is typical is of another kind. */
const FACTOR = 2.2;
/** How fast what is typical follows. */
const RATE = 1 / 32;
/** So many scores of another kind in a row make a change, after a batch that may be mixed. */
const RUN = 1024;

/**
 * Notices that scores have become others: 1,024 in a row, in batches that lie
 * more than twice as far from what is known (by the statistic of Kolmogorov and
 * Smirnov, in standard deviations as Anderson and Darling, 1952, so that tails
 * count) as batches of this stream usually do. Streams that wander anyway
 * have large usual distances and are left to their horizon. Of independent
 * scores a batch in some 10,000 is so far away, and four in a row never.
 */
export class ChangeWatch {
  #typical = TYPICAL;
  #isStrange = false;
  /** Strange scores since the first strange batch, without that one. */
  #held: Float64Array = new Float64Array(0);

  /** What is typical of the batches of `size` that a sketch was learned from. */
  learn(sketch: TailSketch, scores: Float64Array, size: number): void {
    this.#typical = TYPICAL;
    this.#isStrange = false;
    this.#held = new Float64Array(0);
    const batches = Math.floor(scores.length / size);
    if (size < SMALLEST || batches < 2) return;
    let sum = 0;
    for (let batch = 0; batch < batches; batch += 1) {
      sum += distance(sketch, descending(scores.slice(batch * size, (batch + 1) * size)));
    }
    this.#typical = Math.max(TYPICAL, sum / batches);
  }

  /**
   * Compares a batch, largest first, with what was known before it.
   * @returns the scores to begin again with, largest first, when there was a change.
   */
  notice(sketch: TailSketch, batch: Float64Array): Float64Array | undefined {
    if (batch.length < SMALLEST) return undefined;
    const far = distance(sketch, batch);
    const limit = FACTOR * this.#typical;
    const step = RATE * (Math.min(far, limit) - this.#typical);
    this.#typical = Math.max(TYPICAL, this.#typical + step);
    const held = this.#isStrange ? descending(joined(this.#held, batch)) : new Float64Array(0);
    this.#isStrange = far > limit;
    const isChange = this.#isStrange && held.length >= RUN;
    this.#held = this.#isStrange && !isChange ? held : new Float64Array(0);
    if (isChange) this.#isStrange = false;
    return isChange ? held : undefined;
  }

  state(): unknown {
    return { typical: this.#typical, strange: this.#isStrange, held: this.#held.slice() };
  }

  /** @throws MODEL_INVALID */
  static from(state: unknown): ChangeWatch {
    requireThat(isObject(state), 'its watch for changes is missing');
    const watch = new ChangeWatch();
    watch.#typical = finite(state['typical'], 'its watch for changes');
    const { strange } = state;
    requireThat(typeof strange === 'boolean', 'its watch for changes is incomplete');
    watch.#isStrange = strange;
    watch.#held = numbersOf(state['held'], 'the scores of its watch for changes');
    requireThat(
      watch.#typical >= TYPICAL &&
        watch.#held.length < RUN &&
        (strange || watch.#held.length === 0),
      'its watch for changes is out of range',
    );
    return watch;
  }
}

function joined(one: Float64Array, other: Float64Array): Float64Array<ArrayBuffer> {
  const both = new Float64Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

/** Sorted in place. */
export function descending(scores: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  return scores.sort().reverse();
}

/** The largest distance between the shares that reach a score, known and in the batch, in standard deviations. */
function distance(sketch: TailSketch, batch: Float64Array): number {
  const count = batch.length;
  let largest = 0;
  for (let index = 0; index < count; index += 1) {
    const value = batch[index] as number;
    if (index + 1 < count && batch[index + 1] === value) continue;
    const known = sketch.reached(value) / sketch.total;
    const inside = Math.min(1 - MARGIN, Math.max(MARGIN, known));
    const deviation = Math.sqrt((inside * (1 - inside)) / count);
    largest = Math.max(largest, Math.abs(known - (index + 1) / count) / deviation);
  }
  return largest;
}
