import { LARGEST } from './series-model.ts';
import type { SeriesState } from './series-state.ts';

/** The smallest and the largest value so far. */
export class Span {
  #low = 0;
  #high = 0;
  #count = 0;

  /** 0 before two different values. */
  get width(): number {
    return this.#high - this.#low;
  }

  get count(): number {
    return this.#count;
  }

  learn(value: number): void {
    if (this.#count === 0 || value < this.#low) this.#low = value;
    if (this.#count === 0 || value > this.#high) this.#high = value;
    this.#count += 1;
  }

  /**
   * `distance` (≥ 0) as a share of the width it makes: 0 is nothing new, 0.5
   * as much again as all that was seen. 0 before the first value.
   */
  share(distance: number): number {
    if (this.#count === 0 || !(distance > 0)) return 0;
    return distance / (distance + this.width);
  }

  state(): Readonly<Record<string, number>> {
    return { low: this.#low, high: this.#high, count: this.#count };
  }

  /** @throws MODEL_INVALID */
  static from(reader: SeriesState): Span {
    const span = new Span();
    span.#low = reader.number('low', { min: -LARGEST, max: LARGEST });
    span.#high = reader.number('high', { min: span.#low, max: LARGEST });
    span.#count = reader.number('count', COUNT);
    return span;
  }
}

/** Bounds of a count of points. */
export const COUNT = { min: 0, max: Number.MAX_SAFE_INTEGER, isWhole: true };
