/** Keeps the largest similarities seen, each counting as often as its weight says. */
export class NearestFew {
  readonly #wanted: number;
  readonly #found: { similarity: number; weight: number }[] = [];
  #highest = -1;
  best = -1;

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  offer(similarity: number, weight: number, index: number): void {
    if (similarity > this.#highest) {
      this.#highest = similarity;
      this.best = index;
    }
    const found = this.#found;
    if (found.length >= this.#wanted && similarity <= (found.at(-1)?.similarity ?? -1)) return;
    const place = found.findIndex((other) => other.similarity < similarity);
    found.splice(place < 0 ? found.length : place, 0, { similarity, weight });
    if (found.length > this.#wanted) found.pop();
  }

  /** Mean over the wanted number of sessions, or over those there are. */
  get mean(): number {
    let sum = 0;
    let taken = 0;
    for (const { similarity, weight } of this.#found) {
      const more = Math.min(weight, this.#wanted - taken);
      sum += similarity * more;
      taken += more;
    }
    return taken === 0 ? 0 : sum / taken;
  }
}
