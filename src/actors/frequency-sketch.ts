import { createHash } from 'node:crypto';

const ROWS = 4;
const MAX = 255;

/**
 * How often names came, in fixed memory: a count-min sketch with conservative
 * update. An estimate is never below the count since the last decay (as far
 * as 255) and above it only where names collide in every row. The rows are
 * cut from a SHA-256, so that names that collide are not cheap to make up.
 *
 * Source: Cormode, Muthukrishnan, "An improved data stream summary: the
 * count-min sketch and its applications", 2005; Estan, Varghese, 2002, for
 * the conservative update.
 */
export class FrequencySketch {
  readonly #width: number;
  #cells: Uint8Array;

  /** @param width cells of a row, a power of two up to 2^24. */
  constructor(width: number, cells: Uint8Array = new Uint8Array(ROWS * width)) {
    this.#width = width;
    this.#cells = cells;
  }

  /** To be saved; not to be changed. */
  get cells(): Uint8Array {
    return this.#cells;
  }

  estimate(name: string): number {
    return this.#least(this.#places(name));
  }

  add(name: string, by = 1): void {
    const places = this.#places(name);
    const next = Math.min(MAX, this.#least(places) + by);
    for (const place of places) {
      if ((this.#cells[place] ?? 0) < next) this.#cells[place] = next;
    }
  }

  /** Halves every count. */
  decay(): void {
    this.#cells = this.#cells.map((count) => count >> 1);
  }

  #least(places: readonly number[]): number {
    return Math.min(...places.map((place) => this.#cells[place] ?? 0));
  }

  #places(name: string): number[] {
    const digest = createHash('sha256').update(name).digest();
    return Array.from(
      { length: ROWS },
      (_, row) => row * this.#width + (digest.readUInt32BE(4 * row) & (this.#width - 1)),
    );
  }
}
