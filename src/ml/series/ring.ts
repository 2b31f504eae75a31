import { ANY } from './series-model.ts';
import type { SeriesState } from './series-state.ts';

/** The latest `size` numbers, with their mean. */
export class Ring {
  readonly size: number;
  #items: Float64Array;
  #count = 0;
  #at = 0;
  #sum = 0;

  constructor(size: number) {
    this.size = size;
    this.#items = new Float64Array(size);
  }

  get isFull(): boolean {
    return this.#count === this.size;
  }

  /** Of what it holds; 0 when it is empty. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** The next to go when it is full; 0 when it is empty. */
  get oldest(): number {
    return this.#items[this.isFull ? this.#at : 0] as number;
  }

  push(value: number): void {
    if (this.#count === this.size) this.#sum -= this.#items[this.#at] as number;
    else this.#count += 1;
    this.#items[this.#at] = value;
    this.#sum += value;
    this.#at += 1;
    if (this.#at === this.size) {
      this.#at = 0;
      // Summed anew once a round, so that rounding does not pile up.
      this.#sum = this.#items.reduce((sum, item) => sum + item, 0);
    }
  }

  state(): Readonly<Record<string, unknown>> {
    return { items: this.#items.slice(), count: this.#count, at: this.#at, sum: this.#sum };
  }

  /** @throws MODEL_INVALID */
  static from(size: number, state: SeriesState): Ring {
    const ring = new Ring(size);
    ring.#items = state.list('items', { least: size, most: size, bounds: ANY });
    ring.#count = state.number('count', { min: 0, max: size, isWhole: true });
    ring.#at = state.number('at', { min: 0, max: size - 1, isWhole: true });
    ring.#sum = state.number('sum', ANY);
    return ring;
  }
}
