import type { SubjectId } from '../model/subject.ts';

interface Entry {
  readonly at: number;
  readonly subject: SubjectId;
}

/**
 * Deadlines of all subjects, one each, in one binary heap: O(log n) to set,
 * fired in order of (deadline, subject). A replaced deadline stays in the
 * heap until it surfaces or half the heap is stale.
 */
export class Timers {
  readonly #deadlines = new Map<SubjectId, number>();
  #heap: Entry[] = [];

  get size(): number {
    return this.#deadlines.size;
  }

  /** Earliest deadline; `undefined` when there is none. */
  get next(): number | undefined {
    this.#dropStale();
    return this.#heap[0]?.at;
  }

  /** Sets, moves or (with `undefined`) removes a subject's deadline. */
  set(subject: SubjectId, at: number | undefined): void {
    if (at === undefined) {
      this.#deadlines.delete(subject);
      return;
    }
    if (this.#deadlines.get(subject) === at) return;
    this.#deadlines.set(subject, at);
    this.#push({ at, subject });
    if (this.#heap.length > 2 * this.#deadlines.size + 64) this.#rebuild();
  }

  /** Removes and returns the subjects whose deadline is at or before `now`, in order. */
  due(now: number): SubjectId[] {
    const due: SubjectId[] = [];
    for (let top = this.next; top !== undefined && top <= now; top = this.next) {
      const entry = this.#pop();
      this.#deadlines.delete(entry.subject);
      due.push(entry.subject);
    }
    return due;
  }

  entries(): IterableIterator<[SubjectId, number]> {
    return this.#deadlines.entries();
  }

  #dropStale(): void {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#deadlines.get(top.subject) === top.at) return;
      this.#pop();
    }
  }

  #rebuild(): void {
    this.#heap = [];
    for (const [subject, at] of this.#deadlines) this.#push({ at, subject });
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): Entry {
    const heap = this.#heap;
    const top = heap[0] as Entry;
    const last = heap.pop() as Entry;
    if (heap.length > 0) this.#sink(last);
    return top;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const isRightLess =
        right < heap.length && isBefore(heap[right] as Entry, heap[left] as Entry);
      const least = isRightLess ? right : left;
      if (!isBefore(heap[least] as Entry, entry)) break;
      heap[index] = heap[least] as Entry;
      index = least;
    }
    heap[index] = entry;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.subject < b.subject);
}
