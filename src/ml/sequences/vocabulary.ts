import { PairTable } from './pair-table.ts';
import type { State } from './state.ts';

/** What `Vocabulary` gives for ids it does not know. */
export const UNSEEN = -1;

/** Event ids of any size as small numbers 0, 1, 2 … in order of first sight; at most `limit` of them. */
export class Vocabulary {
  readonly #table: PairTable;

  constructor(limit: number, table = new PairTable(limit)) {
    this.#table = table;
  }

  get size(): number {
    return this.#table.size;
  }

  get bytes(): number {
    return this.#table.bytes;
  }

  /** How many events of new ids came when it was full. */
  get refused(): number {
    return this.#table.refused;
  }

  /** The id's number, or `UNSEEN`. */
  find(id: number): number {
    return this.#table.find(0, id);
  }

  /** The id's number, from now on; `UNSEEN` when it is new and there is no room. */
  add(id: number): number {
    return this.#table.add(0, id);
  }

  /** Inverse of `find`. */
  id(number: number): number {
    return this.#table.second(number);
  }

  state(): object {
    return this.#table.state();
  }

  /** @throws MODEL_INVALID */
  static from(limit: number, state: State): Vocabulary {
    return new Vocabulary(limit, PairTable.from(limit, state));
  }
}
