import { PairTable, roomFor } from './pair-table.ts';
import type { State } from './state.ts';

/**
 * Distinct sessions kept to compare others with, each with how many sessions
 * it stands for. Sessions are told apart by a key of two words; at most `limit`
 * are kept, the first ones: what comes later is counted as refused.
 */
export class References<Kept> {
  readonly #table: PairTable;
  readonly #kept: Kept[] = [];
  #weights: Float64Array = new Float64Array(64);

  constructor(limit: number, table = new PairTable(limit)) {
    this.#table = table;
  }

  get all(): readonly Kept[] {
    return this.#kept;
  }

  get refused(): number {
    return this.#table.refused;
  }

  get bytes(): number {
    return this.#table.bytes + this.#kept.length * 8;
  }

  /** How many sessions the reference stands for. */
  weight(index: number): number {
    return this.#weights[index] as number;
  }

  /** Counts `weight` more sessions with this key; keeps what `make` gives when it is new. */
  add([first, second]: readonly [number, number], make: () => Kept, weight = 1): void {
    const index = this.#table.add(first, second);
    if (index < 0) return;
    if (index === this.#kept.length) this.#kept.push(make());
    this.#weights = roomFor(this.#weights, index + 1);
    this.#weights[index] = (this.#weights[index] as number) + weight;
  }

  state(): object {
    return { keys: this.#table.state(), weights: this.#weights.slice(0, this.#kept.length) };
  }

  /** @throws MODEL_INVALID */
  static from<Kept>(limit: number, state: State, kept: readonly Kept[]): References<Kept> {
    const table = PairTable.from(limit, state.child('keys'));
    state.require(table.size === kept.length, 'its references do not fit');
    const references = new References<Kept>(limit, table);
    references.#kept.push(...kept);
    references.#weights = roomFor(state.counts('weights', kept.length), 1);
    return references;
  }
}

/** Distinct sessions and how often each comes, most frequent first, ties in order. O(events). */
export function heaviest(
  samples: readonly Uint32Array[],
  limit: number,
): { session: Uint32Array; weight: number }[] {
  const table = new PairTable(samples.length);
  const found: { session: Uint32Array; weight: number }[] = [];
  for (const session of samples) {
    const [first, second] = runKey(session, 0, session.length);
    const known = found[table.add(first, second)];
    if (known === undefined) found.push({ session, weight: 1 });
    else known.weight += 1;
  }
  return found.sort((one, other) => other.weight - one.weight).slice(0, limit);
}

/** Two words that stand for `length` events from `start`: two polynomials over the ids, as in Karp and Rabin, IBM J. 31, 1987. */
export function runKey(session: Uint32Array, start: number, length: number): [number, number] {
  let first = 0x811c9dc5 ^ length;
  let second = 0x9e3779b9 + length;
  for (let index = start; index < start + length; index += 1) {
    const id = session[index] as number;
    first = Math.imul(first ^ id, 0x01000193);
    first ^= first >>> 15;
    second = Math.imul(second + id, 0x85ebca6b);
    second ^= second >>> 13;
  }
  return [first >>> 0, second >>> 0];
}
