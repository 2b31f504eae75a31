import { ANY } from './series-model.ts';
import type { SeriesState } from './series-state.ts';
import { COUNT } from './span.ts';

/** Bins of both histograms. */
export const BINS = 10;
/** Points after which the edges of the bins follow the reference. */
const EVERY = 128;

interface Sizes {
  readonly recent: number;
  readonly reference: number;
}

/** The latest points and those before them, both counted over bins of equal weight in the latter. */
export class BinnedWindows {
  readonly #sizes: Sizes;
  /** Both windows in a ring; the point t is at t modulo their size. */
  #values: Float64Array;
  #points = 0;
  #edges = new Float64Array(BINS - 1);
  #latest = new Float64Array(BINS);
  #before = new Float64Array(BINS);

  constructor(sizes: Sizes) {
    this.#sizes = sizes;
    this.#values = new Float64Array(sizes.recent + sizes.reference);
  }

  /** Whether bins are known, and enough before the latest points to compare with. */
  get isSettled(): boolean {
    return this.#points >= this.#sizes.recent + 2 * EVERY;
  }

  push(value: number): void {
    const { recent, reference } = this.#sizes;
    const t = this.#points;
    if (t >= recent + reference) this.#count(this.#before, t - recent - reference, -1);
    if (t >= recent) {
      this.#count(this.#latest, t - recent, -1);
      this.#count(this.#before, t - recent, 1);
    }
    this.#values[t % this.#values.length] = value;
    this.#points += 1;
    this.#count(this.#latest, t, 1);
    if (this.#points % EVERY === 0 && this.#points > recent) this.#rebin();
  }

  /** Σ p·ln(p ÷ q) over the bins, p of the latest points, q of those before (Laplace's estimate). */
  divergence(): number {
    const { recent } = this.#sizes;
    const before = Math.min(this.#points, this.#values.length) - recent + BINS;
    let sum = 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      const p = (this.#latest[bin] as number) / recent;
      const q = ((this.#before[bin] as number) + 1) / before;
      if (p > 0) sum += p * Math.log(p / q);
    }
    return Math.max(0, sum);
  }

  state(): Readonly<Record<string, unknown>> {
    return {
      values: this.#values.slice(),
      points: this.#points,
      edges: this.#edges.slice(),
      latest: this.#latest.slice(),
      before: this.#before.slice(),
    };
  }

  /** @throws MODEL_INVALID */
  static from(sizes: Sizes, state: SeriesState): BinnedWindows {
    const windows = new BinnedWindows(sizes);
    const exactly = (length: number) => ({ least: length, most: length });
    windows.#values = state.list('values', { ...exactly(windows.#values.length), bounds: ANY });
    windows.#points = state.number('points', COUNT);
    windows.#edges = state.list('edges', { ...exactly(BINS - 1), bounds: ANY });
    const counts = { min: 0, max: windows.#values.length };
    windows.#latest = state.list('latest', { ...exactly(BINS), bounds: counts });
    windows.#before = state.list('before', { ...exactly(BINS), bounds: counts });
    return windows;
  }

  #count(counts: Float64Array, t: number, change: number): void {
    const value = this.#values[t % this.#values.length] as number;
    let bin = 0;
    while (bin < BINS - 1 && value > (this.#edges[bin] as number)) bin += 1;
    (counts[bin] as number) += change;
  }

  #rebin(): void {
    const { recent, reference } = this.#sizes;
    const first = Math.max(0, this.#points - recent - reference);
    const start = this.#points - recent;
    const sorted = new Float64Array(start - first);
    for (let t = first; t < start; t += 1) {
      sorted[t - first] = this.#values[t % this.#values.length] as number;
    }
    sorted.sort();
    for (let bin = 1; bin < BINS; bin += 1) {
      this.#edges[bin - 1] = sorted[Math.floor((sorted.length * bin) / BINS)] as number;
    }
    this.#latest.fill(0);
    this.#before.fill(0);
    for (let t = first; t < this.#points; t += 1) {
      this.#count(t < start ? this.#before : this.#latest, t, 1);
    }
  }
}
