import type { SeriesState } from './series-state.ts';

/** Lets a score pass only where it is above what is left of the last one that passed. */
export class Hold {
  readonly #points: number;
  #level = 0;
  #fall = 0;

  /** @param points after which nothing is left of a score, falling evenly. */
  constructor(points: number) {
    this.#points = points;
  }

  /** The score, or 0. */
  pass(score: number): number {
    this.#level = Math.max(0, this.#level - this.#fall);
    if (!(score > this.#level)) return 0;
    if (this.#points > 0) {
      this.#level = score;
      this.#fall = score / this.#points;
    }
    return score;
  }

  state(): Readonly<Record<string, number>> {
    return { level: this.#level, fall: this.#fall };
  }

  /** @throws MODEL_INVALID */
  static from(points: number, state: SeriesState): Hold {
    const hold = new Hold(points);
    const bounds = { min: 0, max: Number.MAX_VALUE };
    hold.#level = state.number('level', bounds);
    hold.#fall = state.number('fall', bounds);
    return hold;
  }
}
