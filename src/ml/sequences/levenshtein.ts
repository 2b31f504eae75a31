/** Edit distances between sessions of at most `events` events; holds two rows of working memory. */
export class Levenshtein {
  #row: Float64Array;
  #next: Float64Array;

  constructor(events: number) {
    this.#row = new Float64Array(events + 1);
    this.#next = new Float64Array(events + 1);
  }

  /** Insertions, deletions and changes from one to the other, or Infinity once it is `allowed` or more. */
  distance(one: Uint32Array, other: Uint32Array, allowed: number): number {
    for (let column = 0; column <= other.length; column += 1) this.#row[column] = column;
    for (let line = 1; line <= one.length; line += 1) {
      const event = one[line - 1] as number;
      const row = this.#row;
      const next = this.#next;
      next[0] = line;
      let least = line;
      for (let column = 1; column <= other.length; column += 1) {
        const change = (row[column - 1] as number) + (event === other[column - 1] ? 0 : 1);
        const gap = 1 + Math.min(row[column] as number, next[column - 1] as number);
        const cost = change < gap ? change : gap;
        next[column] = cost;
        if (cost < least) least = cost;
      }
      if (least >= allowed) return Infinity;
      this.#row = next;
      this.#next = row;
    }
    return this.#row[other.length] as number;
  }
}
