import { ANY } from './series-model.ts';
import type { SeriesState } from './series-state.ts';

/** Values kept; twice what a resolution of 1/1024 of their spread can need. */
const CAPACITY = 2048;
const RESOLUTION = 1 / 1024;

/**
 * Which values there were, sorted, to a resolution of 1/1024 of their spread:
 * where they lie closer, some stand for all. At most 2,048 are kept, so that
 * the distance to the nearest costs O(log 2,048), and learning a new one a
 * short move of memory.
 */
export class KnownValues {
  #values = new Float64Array(CAPACITY);
  #size = 0;

  /** What it weighs in a snapshot. */
  get bytes(): number {
    return 8 * this.#size;
  }

  /** How far the nearest known value is; 0 when there is none. */
  distance(value: number): number {
    return this.#size === 0 ? 0 : this.#distanceAt(value, this.#rank(value));
  }

  /** The distance as before, then learns this value. */
  learn(value: number): number {
    const rank = this.#rank(value);
    const distance = this.#size === 0 ? 0 : this.#distanceAt(value, rank);
    if (this.#size > 0 && distance <= this.#spread() * RESOLUTION) return distance;
    this.#values.copyWithin(rank + 1, rank, this.#size);
    this.#values[rank] = value;
    this.#size += 1;
    if (this.#size === CAPACITY) this.#thin();
    return distance;
  }

  state(): Float64Array {
    return this.#values.slice(0, this.#size);
  }

  /** @throws MODEL_INVALID */
  static from(reader: SeriesState, name: string): KnownValues {
    const kept = reader.list(name, { least: 0, most: CAPACITY - 1, bounds: ANY });
    const known = new KnownValues();
    for (const [index, value] of kept.entries()) {
      if (index > 0 && !(value > (kept[index - 1] as number))) {
        throw reader.refusal(name, 'out of order');
      }
    }
    known.#values.set(kept);
    known.#size = kept.length;
    return known;
  }

  #spread(): number {
    return (this.#values[this.#size - 1] as number) - (this.#values[0] as number);
  }

  #distanceAt(value: number, rank: number): number {
    const above = rank < this.#size ? (this.#values[rank] as number) - value : Infinity;
    const below = rank > 0 ? value - (this.#values[rank - 1] as number) : Infinity;
    return above < below ? above : below;
  }

  /** Of the first value that is not below `value`. */
  #rank(value: number): number {
    const values = this.#values;
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Keeps values that are a step of the present spread apart, and both ends. */
  #thin(): void {
    const values = this.#values;
    const step = this.#spread() * RESOLUTION;
    const last = values[this.#size - 1] as number;
    let kept = 1;
    for (let index = 1; index < this.#size - 1; index += 1) {
      const value = values[index] as number;
      if (value - (values[kept - 1] as number) <= step) continue;
      values[kept] = value;
      kept += 1;
    }
    values[kept] = last;
    this.#size = kept + 1;
  }
}
