/** The generator's four 32-bit words. */
export type RandomState = readonly [number, number, number, number];

/**
 * Seeded random numbers for simulations, backoff jitter and tests; never for
 * security. The generator is sfc32 of Chris Doty-Humphrey's PractRand (0.95,
 * "small fast counting", public domain), seeded as there: three words, a
 * counter of 1 and 12 discarded outputs. The same seed and stream name give
 * the same numbers on every platform.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /**
   * @param seed any integer; its low 32 bits count.
   * @param stream names an independent sequence under the same seed.
   */
  constructor(seed: number, stream = '') {
    this.#a = seed | 0;
    this.#b = fnv1a(stream, 0x811c9dc5);
    this.#c = fnv1a(stream, 0x9e3779b9);
    for (let round = 0; round < 12; round += 1) this.uint32();
  }

  /** Goes on from where `state` was taken. */
  static from(state: RandomState): Random {
    const random = new Random(0);
    [random.#a, random.#b, random.#c, random.#counter] = state;
    return random;
  }

  /** Where the sequence stands: plain data, for snapshots. */
  state(): RandomState {
    return [this.#a, this.#b, this.#c, this.#counter];
  }

  /** 0 to 2^32 − 1. */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** In [0, 1), with 53 random bits. */
  unit(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  /** In [min, max). */
  between(min: number, max: number): number {
    return min + (max - min) * this.unit();
  }

  /** A whole number from min to max, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.unit() * (max - min + 1));
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One of `items`. @throws RangeError when there is none. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new RangeError('Expected at least one item to pick from, got 0.');
    return item;
  }

  /** Normally distributed (Box and Muller, 1958). */
  normal(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.unit()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.unit());
  }

  /** How many events happen when `mean` are expected (Knuth's product method; halved above 30 to stay exact in doubles). */
  poisson(mean: number): number {
    if (mean > 30) return this.poisson(mean / 2) + this.poisson(mean / 2);
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.unit(); product > limit; product *= this.unit()) count += 1;
    return count;
  }
}

function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash | 0;
}
