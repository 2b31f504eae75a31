/** The `room` largest of numbers, in a heap with the least of them on top (Williams, 1964). O(log room) a number. */
export class LargestNumbers {
  readonly #heap: Float64Array;
  #size = 0;

  constructor(room: number) {
    this.#heap = new Float64Array(room);
  }

  /** The least of those kept. */
  get least(): number {
    return this.#heap[0] as number;
  }

  /** Those kept, least first. */
  sorted(): Float64Array {
    return this.#heap.slice(0, this.#size).sort();
  }

  add(value: number): void {
    if (this.#size < this.#heap.length) {
      this.#rise(this.#size, value);
      this.#size += 1;
    } else if (value > this.least) this.#sink(value);
  }

  #rise(from: number, value: number): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = heap[parent] as number;
      if (above <= value) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = value;
  }

  /** Puts `value` in place of the least. */
  #sink(value: number): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      const other = child + 1;
      if (other < this.#size && (heap[other] as number) < (heap[child] as number)) child = other;
      const below = heap[child] as number;
      if (below >= value) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = value;
  }
}
