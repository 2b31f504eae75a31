import { PairTable } from './pair-table.ts';
import type { Steps } from '../../core/steps.ts';
import type { Pace } from './pace.ts';

/** Events of a session that one word holds. */
const WORD = 32;

/**
 * A session that others are compared with: how many events must be put in,
 * left out or changed between the two. All changes of a column of 32 events
 * are worked out at once from the bits of a word (Myers, J. ACM 46, 1999; in
 * blocks after Hyyrö, Nordic J. Computing 10, 2003). O(events / 32 × events of
 * the other one).
 */
export class EditPattern {
  readonly #length: number;
  readonly #blocks: number;
  readonly #ids: PairTable;
  /** Per id and block, where the id is; a row without any for all other ids comes last. */
  readonly #places: Int32Array;
  /** Per block, where a column's numbers rise and fall. */
  readonly #rises: Int32Array;
  readonly #falls: Int32Array;

  constructor(session: Uint32Array) {
    this.#length = session.length;
    this.#blocks = Math.ceil(session.length / WORD);
    this.#ids = new PairTable(session.length, session.length);
    for (const id of session) this.#ids.add(0, id);
    this.#places = new Int32Array((this.#ids.size + 1) * this.#blocks);
    for (let index = 0; index < session.length; index += 1) {
      const row = this.#ids.find(0, session[index] as number) * this.#blocks;
      const place = row + Math.floor(index / WORD);
      this.#places[place] = (this.#places[place] as number) | (1 << (index % WORD));
    }
    this.#rises = new Int32Array(this.#blocks);
    this.#falls = new Int32Array(this.#blocks);
  }

  /** Edits to `other`, or Infinity when they are `allowed` or more. One at a time. */
  *distance(other: Uint32Array, allowed: number, pace: Pace): Steps<number> {
    const { length } = other;
    if (this.#length === 0) return length < allowed ? length : Infinity;
    this.#rises.fill(-1);
    this.#falls.fill(0);
    const units = 1 + this.#blocks / 4;
    let distance = this.#length;
    for (let index = 0; index < length; index += 1) {
      distance += this.#column(other[index] as number);
      // What is left can take away one each at most.
      if (distance - (length - index - 1) >= allowed) return Infinity;
      if (pace.spend(units)) yield;
    }
    return distance < allowed ? distance : Infinity;
  }

  /** Goes on by one event of the other session; by how much the distance of the whole changes. */
  #column(id: number): number {
    const known = this.#ids.find(0, id);
    const row = (known < 0 ? this.#ids.size : known) * this.#blocks;
    let carry = 1;
    for (let block = 0; block < this.#blocks; block += 1) {
      const rise = this.#rises[block] as number;
      const fall = this.#falls[block] as number;
      const isNegative = carry < 0 ? 1 : 0;
      const isPositive = carry > 0 ? 1 : 0;
      const same = this.#places[row + block] as number;
      const upright = same | fall;
      const matched = same | isNegative;
      const across = (((matched & rise) + rise) ^ rise) | matched;
      const more = fall | ~(across | rise);
      const less = rise & across;
      const top = block === this.#blocks - 1 ? (this.#length - 1) % WORD : WORD - 1;
      carry = ((more >>> top) & 1) - ((less >>> top) & 1);
      const shifted = (more << 1) | isPositive;
      this.#rises[block] = (less << 1) | isNegative | ~(upright | shifted);
      this.#falls[block] = shifted & upright;
    }
    return carry;
  }
}
