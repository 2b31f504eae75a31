/** Columns before those of the known ids. */
export const START = 0;
export const OTHER = 1;
export const END = 2;
const RESERVED = 3;

/**
 * Event ids as columns of a one-hot vector: `START` fills the window before
 * the first event, `OTHER` stands for every id that was not there in
 * training, `END` follows the last event of a session.
 */
export class Vocabulary {
  /** Known ids in ascending order. */
  readonly ids: Uint32Array;
  readonly #columns: ReadonlyMap<number, number>;

  constructor(ids: Uint32Array) {
    this.ids = ids;
    this.#columns = new Map(Array.from(ids, (id, index) => [id, RESERVED + index]));
  }

  get size(): number {
    return RESERVED + this.ids.length;
  }

  /** `undefined` for a column that is no id's. */
  idAt(column: number): number | undefined {
    return this.ids[column - RESERVED];
  }

  columnOf(id: number): number {
    return this.#columns.get(id) ?? OTHER;
  }
}

/** The ids that occur, or the `limit` most frequent of them; equally frequent ones by ascending id. */
export function vocabularyOf(events: Uint32Array, limit: number): Vocabulary {
  const counts = new Map<number, number>();
  for (const id of events) counts.set(id, (counts.get(id) ?? 0) + 1);
  const byCount = [...counts].sort(([id, count], [id2, count2]) => count2 - count || id - id2);
  const kept = byCount.slice(0, limit).map(([id]) => id);
  return new Vocabulary(Uint32Array.from(kept).sort());
}
