/** The strongest of what is offered, strongest first; of equal ones those offered first. O(log limit) for what is too weak. */
export class Strongest<Item> {
  /** How many are kept at most. */
  readonly limit: number;
  readonly #strengthOf: (item: Item) => number;
  readonly #items: Item[] = [];

  constructor(limit: number, strengthOf: (item: Item) => number) {
    this.limit = limit;
    this.#strengthOf = strengthOf;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  offer(item: Item): void {
    const items = this.#items;
    const strength = this.#strengthOf(item);
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#strengthOf(items[middle] as Item) >= strength) low = middle + 1;
      else high = middle;
    }
    if (low >= this.limit) return;
    items.splice(low, 0, item);
    if (items.length > this.limit) items.pop();
  }
}
