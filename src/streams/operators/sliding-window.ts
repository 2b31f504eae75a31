import { templateHash, templateText } from './template.ts';
import { capacityOf, slackOf } from './window.ts';
import type { Template, Window, WindowConfig } from './window.ts';

const BUCKETS = 64;
const BUCKETS_PER_WINDOW = 30;
const TEMPLATES = 16;
const OTHER = 255;

/**
 * A window being changed. One slide serves all subjects of a detector: `load`
 * copies a state in, `add` changes the copy, `unload` gives the new state, so
 * a state passed in is never touched.
 */
export class WindowSlide {
  readonly #config: WindowConfig;
  readonly #capacity: number;
  readonly #times: Float64Array;
  readonly #kinds: Uint8Array;
  #length = 0;
  #templates: Template[] = [];
  #buckets: Uint32Array | undefined;
  #newest = -Infinity;
  #floor = -Infinity;

  constructor(config: WindowConfig) {
    this.#config = config;
    this.#capacity = capacityOf(config);
    this.#times = new Float64Array(2 * this.#capacity);
    this.#kinds = new Uint8Array(2 * this.#capacity);
  }

  get newest(): number {
    return this.#newest;
  }

  load(window: Window): void {
    // A state of before the threshold was lowered may hold more than there is room for: the newest count.
    const from = Math.max(0, window.times.length - this.#capacity);
    this.#times.set(window.times.subarray(from));
    this.#kinds.set(window.kinds.subarray(from));
    this.#length = window.times.length - from;
    this.#templates = [...window.templates];
    this.#buckets = window.buckets?.slice();
    this.#newest = window.newest;
    this.#floor = window.floor;
  }

  /**
   * Adds a record. Gives the event time at which a window that holds it
   * reaches `need`, NaN when none does, and `undefined` for a record that is
   * too late to count.
   */
  add(time: number, message: string): number | undefined {
    if (time <= this.#floor || time <= this.#horizon()) return undefined;
    if (this.#length === this.#times.length) this.#evict();
    const place = this.#insert(time, this.#kindOf(message));
    if (this.#buckets !== undefined) this.#countIn(this.#buckets, time);
    if (time > this.#newest) this.#newest = time;
    return this.#reached(place);
  }

  /** Records in the window that ends at `end`: exact, or once a flood made it let go of times, short by at most a 30th of the window. */
  count(end: number): number {
    const start = end - this.#config.lengthMs;
    let exact = 0;
    for (let at = this.#length - 1; at >= 0 && this.#timeAt(at) > start; at -= 1) {
      if (this.#timeAt(at) <= end) exact += 1;
    }
    return Math.max(exact, this.#coarseCount(start, end));
  }

  /** Message templates of the times kept in the window that ends at `end`, most frequent first. */
  top(end: number, limit: number): { readonly message: string; readonly count: number }[] {
    const start = end - this.#config.lengthMs;
    const counts = new Map<string, number>();
    for (let at = this.#length - 1; at >= 0 && this.#timeAt(at) > start; at -= 1) {
      const text = this.#templates[this.#kinds[at] ?? OTHER]?.text ?? 'other messages';
      if (this.#timeAt(at) <= end) counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    return [...counts]
      .map(([message, count]) => ({ message, count }))
      .sort((one, other) => other.count - one.count || (one.message < other.message ? -1 : 1))
      .slice(0, limit);
  }

  /** Counts of `parts` equal parts of the window that ends at `end`, oldest first. */
  timeline(end: number, parts: number): { readonly from: number; readonly count: number }[] {
    const size = this.#config.lengthMs / parts;
    const start = end - this.#config.lengthMs;
    const line = Array.from({ length: parts }, (_, part) => ({
      from: start + part * size,
      count: 0,
    }));
    for (let at = 0; at < this.#length; at += 1) {
      const part = Math.ceil((this.#timeAt(at) - start) / size) - 1;
      const slot = line[part];
      if (slot !== undefined) slot.count += 1;
    }
    return line;
  }

  /** Lets go of what left window and slack, and gives the state. */
  unload(): Window {
    this.#evict();
    return {
      times: this.#times.slice(0, this.#length),
      kinds: this.#kinds.slice(0, this.#length),
      templates: this.#templates,
      buckets: this.#buckets,
      newest: this.#newest,
      floor: this.#floor,
    };
  }

  /** What happened until then can no longer share a window with what is to come. */
  #horizon(): number {
    return this.#newest - this.#config.lengthMs - slackOf(this.#config);
  }

  #timeAt(index: number): number {
    return this.#times[index] ?? 0;
  }

  #insert(time: number, kind: number): number {
    let place = this.#length;
    while (place > 0 && this.#timeAt(place - 1) > time) place -= 1;
    if (place < this.#length) {
      this.#times.copyWithin(place + 1, place, this.#length);
      this.#kinds.copyWithin(place + 1, place, this.#length);
    }
    this.#times[place] = time;
    this.#kinds[place] = kind;
    this.#length += 1;
    return place;
  }

  #reached(place: number): number {
    const { need, lengthMs } = this.#config;
    const last = Math.min(place, this.#length - need);
    for (let first = Math.max(0, place - need + 1); first <= last; first += 1) {
      const end = this.#timeAt(first + need - 1);
      if (end - this.#timeAt(first) < lengthMs) return end;
    }
    return Number.NaN;
  }

  /**
   * Drops what no coming window can hold, then the oldest beyond the capacity,
   * which stay counted in buckets. When it runs makes no difference to what is
   * found, so records may be grouped at will.
   */
  #evict(): void {
    const horizon = this.#horizon();
    let from = 0;
    while (from < this.#length && this.#timeAt(from) <= horizon) from += 1;
    const beyond = this.#length - this.#capacity;
    if (beyond > from) {
      this.#startBuckets();
      from = beyond;
    }
    if (from > 0) {
      this.#times.copyWithin(0, from, this.#length);
      this.#kinds.copyWithin(0, from, this.#length);
      this.#length -= from;
    }
    this.#dropUnusedTemplates();
  }

  #canEvict(): boolean {
    return this.#length > this.#capacity || this.#timeAt(0) <= this.#horizon();
  }

  #startBuckets(): void {
    if (this.#buckets !== undefined) return;
    const buckets = new Uint32Array(BUCKETS);
    this.#buckets = buckets;
    const bucketMs = this.#bucketMs();
    const oldest = Math.floor(this.#newest / bucketMs) - BUCKETS;
    for (let at = 0; at < this.#length; at += 1) {
      const bucket = Math.floor(this.#timeAt(at) / bucketMs);
      if (bucket > oldest) bump(buckets, bucket);
    }
  }

  #countIn(buckets: Uint32Array, time: number): void {
    const bucket = Math.floor(time / this.#bucketMs());
    const newest = Math.floor(this.#newest / this.#bucketMs());
    const stale = Math.min(bucket - newest, BUCKETS);
    for (let step = 0; step < stale; step += 1) buckets[slotOf(bucket - step)] = 0;
    if (bucket > newest - BUCKETS) bump(buckets, bucket);
  }

  #coarseCount(start: number, end: number): number {
    if (this.#buckets === undefined) return 0;
    const bucketMs = this.#bucketMs();
    const newest = Math.floor(this.#newest / bucketMs);
    const first = Math.max(Math.floor(start / bucketMs) + 1, newest - BUCKETS + 1);
    const last = Math.min(Math.floor(end / bucketMs), newest);
    let sum = 0;
    for (let bucket = first; bucket <= last; bucket += 1) sum += this.#buckets[slotOf(bucket)] ?? 0;
    return sum;
  }

  #bucketMs(): number {
    return this.#config.lengthMs / BUCKETS_PER_WINDOW;
  }

  #kindOf(message: string): number {
    const hash = templateHash(message);
    for (let kind = 0; kind < this.#templates.length; kind += 1) {
      if (this.#templates[kind]?.hash === hash) return kind;
    }
    if (this.#templates.length === TEMPLATES && this.#canEvict()) this.#evict();
    if (this.#templates.length === TEMPLATES) return OTHER;
    this.#templates.push({ hash, text: templateText(message) });
    return this.#templates.length - 1;
  }

  /** Forgets templates that no kept time has, and renumbers the rest. */
  #dropUnusedTemplates(): void {
    const used = new Uint8Array(TEMPLATES);
    for (let at = 0; at < this.#length; at += 1) {
      const kind = this.#kinds[at] ?? OTHER;
      if (kind !== OTHER) used[kind] = 1;
    }
    if (this.#templates.every((_, index) => used[index] === 1)) return;
    const place = new Uint8Array(TEMPLATES);
    let next = 0;
    used.forEach((isUsed, index) => {
      place[index] = next;
      next += isUsed;
    });
    this.#templates = this.#templates.filter((_, index) => used[index] === 1);
    for (let at = 0; at < this.#length; at += 1) {
      const kind = this.#kinds[at] ?? OTHER;
      if (kind !== OTHER) this.#kinds[at] = place[kind] ?? OTHER;
    }
  }
}

function slotOf(bucket: number): number {
  return ((bucket % BUCKETS) + BUCKETS) % BUCKETS;
}

function bump(buckets: Uint32Array, bucket: number): void {
  const slot = slotOf(bucket);
  buckets[slot] = (buckets[slot] ?? 0) + 1;
}
