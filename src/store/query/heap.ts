/** Binary heap: `peek` and `pop` give the item that `before` puts first. */
export class Heap<Item> {
  readonly #items: Item[] = [];
  readonly #before: (a: Item, b: Item) => boolean;

  constructor(before: (a: Item, b: Item) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    const items = this.#items;
    let index = items.length;
    items.push(item);
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = items[up] as Item;
      if (!this.#before(item, parent)) break;
      items[index] = parent;
      index = up;
    }
    items[index] = item;
  }

  pop(): Item | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (this.#items.length > 0 && last !== undefined) this.#sink(last);
    return first;
  }

  /** The items in no order. */
  items(): readonly Item[] {
    return this.#items;
  }

  #sink(item: Item): void {
    const items = this.#items;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= items.length) break;
      const right = left + 1;
      const useRight =
        right < items.length && this.#before(items[right] as Item, items[left] as Item);
      const down = useRight ? right : left;
      if (!this.#before(items[down] as Item, item)) break;
      items[index] = items[down] as Item;
      index = down;
    }
    items[index] = item;
  }
}
