/** The newest detection latencies, for a percentile that a person can watch; bounded. */
export class LatencyWindow {
  readonly #values: Float64Array;
  #count = 0;

  constructor(size = 1024) {
    this.#values = new Float64Array(size);
  }

  add(seconds: number): void {
    this.#values[this.#count % this.#values.length] = seconds;
    this.#count += 1;
  }

  /** The quantile of what is in the window; `undefined` before the first. */
  quantile(q: number): number | undefined {
    const filled = Math.min(this.#count, this.#values.length);
    if (filled === 0) return undefined;
    const sorted = this.#values.slice(0, filled).sort();
    return sorted[Math.min(filled - 1, Math.ceil(q * filled) - 1)];
  }
}
