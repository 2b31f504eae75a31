import { PairTable, roomFor } from './pair-table.ts';
import type { State } from './state.ts';

/** Counts, per pair of events, the sessions that have both, and those that have both equally often. */
export class PairFacts {
  readonly #table: PairTable;
  #both: Float64Array = new Float64Array(64);
  #equal: Float64Array = new Float64Array(64);

  constructor(limit: number, table = new PairTable(limit)) {
    this.#table = table;
  }

  get bytes(): number {
    return this.#table.bytes + this.#table.size * 16;
  }

  get size(): number {
    return this.#table.size;
  }

  get refused(): number {
    return this.#table.refused;
  }

  learn(one: number, other: number, isEqual: boolean): void {
    const pair = this.#table.add(Math.min(one, other), Math.max(one, other));
    if (pair < 0) return;
    this.#both = roomFor(this.#both, pair + 1);
    this.#equal = roomFor(this.#equal, pair + 1);
    this.#both[pair] = (this.#both[pair] as number) + 1;
    if (isEqual) this.#equal[pair] = (this.#equal[pair] as number) + 1;
  }

  /** The pair's number, or −1 when it was never seen. */
  find(one: number, other: number): number {
    return this.#table.find(Math.min(one, other), Math.max(one, other));
  }

  /** Sessions that have both. */
  both(pair: number): number {
    return pair < 0 ? 0 : (this.#both[pair] as number);
  }

  /** Sessions that have both equally often. */
  equal(pair: number): number {
    return pair < 0 ? 0 : (this.#equal[pair] as number);
  }

  members(pair: number): readonly [number, number] {
    return [this.#table.first(pair), this.#table.second(pair)];
  }

  state(): object {
    const { size } = this.#table;
    return {
      table: this.#table.state(),
      both: this.#both.slice(0, size),
      equal: this.#equal.slice(0, size),
    };
  }

  /** @throws MODEL_INVALID */
  static from(limit: number, events: number, state: State): PairFacts {
    const table = PairTable.from(limit, state.child('table'));
    const facts = new PairFacts(limit, table);
    for (let pair = 0; pair < table.size; pair += 1) {
      const fits = table.first(pair) < table.second(pair) && table.second(pair) < events;
      state.require(fits, 'its pairs do not fit');
    }
    facts.#both = roomFor(state.counts('both', table.size), 1);
    facts.#equal = roomFor(state.counts('equal', table.size), 1);
    for (let pair = 0; pair < table.size; pair += 1) {
      state.require(facts.equal(pair) <= facts.both(pair), 'its pairs do not fit');
    }
    return facts;
  }
}
