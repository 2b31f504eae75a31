import { finite, requireThat } from './snapshot.ts';

/** Scores further from the level than so many spreads pull no harder. */
const CLIP = 4;
/** Windows until level and spread are followed as they always will be. */
const SETTLED = 3;

/**
 * The level and spread that scores have lately, with which DSPOT looks at
 * scores (Siffer et al., KDD 2017, which takes the mean of a window; here both
 * fade exponentially and single scores pull by at most 4 spreads, so that an
 * alarm does not hide the next one and a change is followed within a few
 * windows). O(1).
 */
export class LocalLevel {
  readonly #window: number;
  #count = 0;
  #level = 0;
  #spread = 0;

  constructor(window: number) {
    this.#window = window;
  }

  /** The score in spreads from the level; as it is while nothing is known. */
  relative(score: number): number {
    if (this.#window === 0) return score;
    if (this.#spread === 0) return score === this.#level ? 0 : Math.sign(score - this.#level) * 1e6;
    return bounded((score - this.#level) / this.#spread);
  }

  /** Whether `relative` means what it will mean later: after three windows. */
  get isSettled(): boolean {
    return this.#count === SETTLED * this.#window;
  }

  follow(score: number): void {
    if (this.#window === 0) return;
    this.#count = Math.min(this.#count + 1, SETTLED * this.#window);
    if (this.#count === 1) {
      this.#level = score;
      return;
    }
    const rate = 1 / Math.min(this.#count, this.#window);
    const distance = score - this.#level;
    const limit = this.#spread === 0 ? Math.abs(distance) : CLIP * this.#spread;
    const pull = Math.max(-limit, Math.min(limit, distance));
    this.#level += pull * rate;
    this.#spread += (Math.abs(pull) - this.#spread) * rate;
  }

  reset(): void {
    this.#count = 0;
    this.#level = 0;
    this.#spread = 0;
  }

  state(): readonly [number, number, number] {
    return [this.#count, this.#level, this.#spread];
  }

  /** @throws MODEL_INVALID */
  static from(window: number, state: unknown): LocalLevel {
    requireThat(Array.isArray(state) && state.length === 3, 'its level is missing');
    const [count, level, spread] = state.map((value) => finite(value, 'its level'));
    const local = new LocalLevel(window);
    local.#count = count ?? 0;
    local.#level = level ?? 0;
    local.#spread = spread ?? 0;
    const isCounted = Number.isInteger(local.#count) && local.#count <= SETTLED * window;
    requireThat(isCounted && local.#count >= 0 && local.#spread >= 0, 'its level is out of range');
    return local;
  }
}

function bounded(value: number): number {
  return Math.max(-1e300, Math.min(1e300, value));
}
