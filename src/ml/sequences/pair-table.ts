import type { State } from './state.ts';

const FIRST_SLOTS = 64;

/**
 * Numbers pairs of 32-bit words 0, 1, 2 … in the order they are added, at most
 * `limit` of them: what comes later is refused and counted. Open addressing
 * with linear probing, at most half full: about 15 ns a look-up, 16 to 24
 * bytes a pair.
 */
export class PairTable {
  readonly limit: number;
  #slots: Int32Array;
  #keys: Uint32Array;
  #size = 0;
  #refused = 0;

  /** With room from the start for as many as `expected`, so that adding these never moves the others. */
  constructor(limit: number, expected = 0) {
    this.limit = limit;
    let slots = FIRST_SLOTS;
    while (slots < 2 * expected) slots *= 2;
    this.#slots = new Int32Array(slots).fill(-1);
    this.#keys = new Uint32Array(slots);
  }

  get size(): number {
    return this.#size;
  }

  /** How many additions found it full. */
  get refused(): number {
    return this.#refused;
  }

  get bytes(): number {
    return this.#size * 8;
  }

  /** Number of the pair, or −1. */
  find(first: number, second: number): number {
    return this.#slots[this.#slotOf(first, second)] as number;
  }

  /** Number of the pair, added if it is new; −1 when it is new and there is no room. */
  add(first: number, second: number): number {
    const slot = this.#slotOf(first, second);
    const known = this.#slots[slot] as number;
    if (known >= 0) return known;
    if (this.#size >= this.limit) {
      this.#refused += 1;
      return -1;
    }
    const index = this.#size;
    this.#size += 1;
    this.#slots[slot] = index;
    this.#keys = roomFor(this.#keys, index * 2 + 2);
    this.#keys[index * 2] = first;
    this.#keys[index * 2 + 1] = second;
    if (this.#size * 2 > this.#slots.length) this.#spread();
    return index;
  }

  first(index: number): number {
    return this.#keys[index * 2] as number;
  }

  second(index: number): number {
    return this.#keys[index * 2 + 1] as number;
  }

  state(): object {
    return { refused: this.#refused, keys: this.#keys.slice(0, this.#size * 2) };
  }

  /** @throws MODEL_INVALID */
  static from(limit: number, state: State): PairTable {
    const keys = state.words('keys');
    state.require(keys.length % 2 === 0 && keys.length / 2 <= limit, 'its table is too large');
    const table = new PairTable(limit, keys.length / 2);
    for (let index = 0; index < keys.length; index += 2) {
      const added = table.add(keys[index] as number, keys[index + 1] as number);
      state.require(added === index / 2, 'its table has a pair twice');
    }
    table.#refused = state.count('refused');
    return table;
  }

  #slotOf(first: number, second: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(first, second) & mask;
    for (;;) {
      const index = this.#slots[slot] as number;
      if (index < 0) return slot;
      if (this.#keys[index * 2] === first && this.#keys[index * 2 + 1] === second) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #spread(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (let index = 0; index < this.#size; index += 1) {
      this.#slots[this.#slotOf(this.first(index), this.second(index))] = index;
    }
  }
}

/** `array` itself, or a copy at least twice as long when it is too short. */
export function roomFor<Numbers extends Float64Array | Uint32Array>(
  array: Numbers,
  length: number,
): Numbers {
  if (array.length >= length) return array;
  const Kind = array.constructor as new (length: number) => Numbers;
  const longer = new Kind(Math.max(length, array.length * 2));
  longer.set(array);
  return longer;
}

/** Mixes two words; the constants are those of MurmurHash3's finaliser (Appleby, public domain). */
function hashOf(first: number, second: number): number {
  let hash = Math.imul(first ^ (first >>> 15), 0x85ebca6b) ^ Math.imul(second + 1, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
