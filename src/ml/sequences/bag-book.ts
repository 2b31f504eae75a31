import { NearestFew } from './nearest-few.ts';
import { PairTable, roomFor } from './pair-table.ts';
import { References, runKey } from './references.ts';
import type { State } from './state.ts';

/** How a run's count enters: not at all, as 1 + ln count, or as it is. */
export const COUNTINGS = ['present', 'log', 'plain'] as const;
/** What a run weighs: ln((sessions + 1) / (sessions that have it + 1)), or all the same. */
export const WEIGHTINGS = ['idf', 'even'] as const;
/** Cosine of the vectors, or what both have as a share of what either has (Ruzicka; Jaccard for `present`). */
export const SIMILARITIES = ['cosine', 'overlap'] as const;
/** Keeps runs that every session has from weighing nothing. */
const LEAST_WEIGHT = 1e-3;

export interface BagOptions {
  /** Events in a run, 1 to 32. @default 1 */
  readonly order: number;
  readonly counting: (typeof COUNTINGS)[number];
  readonly weighting: (typeof WEIGHTINGS)[number];
  readonly similarity: (typeof SIMILARITIES)[number];
  /** Normal sessions that the similarity is averaged over, 1 to 1,000. @default 1 */
  readonly neighbours: number;
  /** Distinct bags kept, 1 to 100,000. @default 2000 */
  readonly references: number;
  /** Different runs kept, 1 to 50,000,000, about 40 bytes each. @default 200000 */
  readonly grams: number;
}

/** A bag: numbers of runs with their values, values being counts after `counting`. */
interface Bag {
  readonly runs: Uint32Array;
  readonly values: Float64Array;
}

interface Query {
  /** Known runs. */
  readonly counts: ReadonlyMap<number, number>;
  /** Counts of runs that are not in the table. */
  readonly unknown: ReadonlyMap<string, number>;
}

/** Bags of normal sessions, and how unlike a session is to the nearest of them. */
export class BagBook {
  readonly #options: BagOptions;
  #table: PairTable;
  #references: References<Bag>;
  #having: Float64Array = new Float64Array(64);
  #sessions = 0;
  /** What follows from the rest, worked out when first needed. */
  #derived: { readonly weights: Float64Array; readonly sizes: Float64Array } | undefined;
  #asked: Float64Array = new Float64Array(0);

  constructor(options: BagOptions) {
    this.#options = options;
    this.#table = new PairTable(options.grams);
    this.#references = new References(options.references);
  }

  get sessions(): number {
    return this.#sessions;
  }

  get refused(): number {
    return this.#table.refused + this.#references.refused;
  }

  get bytes(): number {
    const runs = this.#references.all.reduce((sum, bag) => sum + bag.runs.length, 0);
    return this.#table.bytes + this.#table.size * 8 + this.#references.bytes + runs * 12;
  }

  learn(session: Uint32Array): void {
    const { counts } = this.#count(session, true);
    this.#having = roomFor(this.#having, this.#table.size);
    let first = counts.size;
    let second = 0;
    for (const [run, count] of counts) {
      this.#having[run] = (this.#having[run] as number) + 1;
      const [one, other] = runKey(Uint32Array.of(run, count), 0, 2);
      first = (first + one) >>> 0;
      second = (second + other) >>> 0;
    }
    this.#references.add([first, second], () => this.#bagOf(counts));
    this.#sessions += 1;
    this.#derived = undefined;
  }

  /** Distance to the nearest sessions, 0 to 1, and the nearest one. */
  unlike(session: Uint32Array): { distance: number; nearest: Bag | undefined } {
    const { weights, sizes } = (this.#derived ??= this.#derive());
    const query = this.#count(session, false);
    const size = this.#ask(query, weights);
    const near = new NearestFew(this.#options.neighbours);
    for (const [index, bag] of this.#references.all.entries()) {
      const shared = this.#shared(bag, weights);
      const similarity = this.#similarity(shared, size, sizes[index] as number);
      near.offer(similarity, this.#references.weight(index), index);
    }
    for (const run of query.counts.keys()) this.#asked[run] = 0;
    const distance = Math.min(1, Math.max(0, 1 - near.mean));
    return { distance, nearest: this.#references.all[near.best] };
  }

  /** Places where a run begins that the nearest session does not have, with −log10 of the share of sessions that have it. */
  strangers(session: Uint32Array): { position: number; surprise: number }[] {
    const nearest = new Set(this.unlike(session).nearest?.runs);
    const told = new Set<number>();
    const found: { position: number; surprise: number }[] = [];
    this.#eachRun(session, (first, second, position) => {
      const run = this.#table.find(first, second);
      if (nearest.has(run) || (run >= 0 && told.has(run))) return;
      told.add(run);
      const having = run < 0 ? 0 : (this.#having[run] as number);
      found.push({ position, surprise: Math.log10((this.#sessions + 1) / (having + 1)) });
    });
    return found;
  }

  state(): object {
    const bags = this.#references.all;
    const total = bags.reduce((sum, { runs }) => sum + runs.length, 0);
    const runs = new Uint32Array(total);
    const values = new Float64Array(total);
    let start = 0;
    for (const bag of bags) {
      runs.set(bag.runs, start);
      values.set(bag.values, start);
      start += bag.runs.length;
    }
    return {
      table: this.#table.state(),
      references: this.#references.state(),
      having: this.#having.slice(0, this.#table.size),
      sessions: this.#sessions,
      lengths: Uint32Array.from(bags, (bag) => bag.runs.length),
      runs,
      values,
    };
  }

  /** @throws MODEL_INVALID */
  static from(options: BagOptions, state: State): BagBook {
    const book = new BagBook(options);
    book.#table = PairTable.from(options.grams, state.child('table'));
    book.#sessions = state.count('sessions');
    const having = state.counts('having', book.#table.size);
    const isFitting = having.every((count) => count > 0 && count <= book.#sessions);
    state.require(isFitting, 'its runs do not fit');
    book.#having = roomFor(having, 1);
    const bags = readBags(state, book.#table.size);
    book.#references = References.from(options.references, state.child('references'), bags);
    state.require(book.#sessions === 0 || bags.length > 0, 'its references are missing');
    return book;
  }

  #count(session: Uint32Array, isLearning: boolean): Query {
    const counts = new Map<number, number>();
    const unknown = new Map<string, number>();
    this.#eachRun(session, (first, second) => {
      const run = isLearning ? this.#table.add(first, second) : this.#table.find(first, second);
      if (run >= 0) counts.set(run, (counts.get(run) ?? 0) + 1);
      else {
        const key = `${first} ${second}`;
        unknown.set(key, (unknown.get(key) ?? 0) + 1);
      }
    });
    return { counts, unknown };
  }

  /** Runs of the order's length; a shorter session is one run. */
  #eachRun(
    session: Uint32Array,
    visit: (first: number, second: number, position: number) => void,
  ): void {
    const length = Math.min(this.#options.order, session.length);
    if (length === 0) return;
    for (let start = 0; start + length <= session.length; start += 1) {
      const [first, second] = runKey(session, start, length);
      visit(first, second, start);
    }
  }

  #bagOf(counts: ReadonlyMap<number, number>): Bag {
    const runs = Uint32Array.from(counts.keys());
    return { runs, values: Float64Array.from(counts.values(), (count) => this.#value(count)) };
  }

  #value(count: number): number {
    if (this.#options.counting === 'present') return 1;
    return this.#options.counting === 'log' ? 1 + Math.log(count) : count;
  }

  #weight(having: number): number {
    if (this.#options.weighting === 'even') return 1;
    return Math.log((this.#sessions + 1) / (having + 1)) + LEAST_WEIGHT;
  }

  #derive(): { weights: Float64Array; sizes: Float64Array } {
    const weights = this.#having
      .subarray(0, this.#table.size)
      .map((having) => this.#weight(having));
    if (this.#asked.length < weights.length) this.#asked = new Float64Array(weights.length);
    const sizes = Float64Array.from(this.#references.all, ({ runs, values }) => {
      let size = 0;
      for (let at = 0; at < runs.length; at += 1) {
        size += this.#part((values[at] as number) * (weights[runs[at] as number] as number));
      }
      return size;
    });
    return { weights, sizes };
  }

  /** Lays the query out by run, and gives its size. */
  #ask({ counts, unknown }: Query, weights: Float64Array): number {
    let size = 0;
    for (const [run, count] of counts) {
      const value = this.#value(count) * (weights[run] as number);
      this.#asked[run] = value;
      size += this.#part(value);
    }
    const weight = this.#weight(0);
    for (const count of unknown.values()) size += this.#part(this.#value(count) * weight);
    return size;
  }

  /** What a weighted value adds to its vector's size. */
  #part(value: number): number {
    return this.#options.similarity === 'cosine' ? value * value : value;
  }

  #shared({ runs, values }: Bag, weights: Float64Array): number {
    const asked = this.#asked;
    const isCosine = this.#options.similarity === 'cosine';
    let shared = 0;
    for (let at = 0; at < runs.length; at += 1) {
      const run = runs[at] as number;
      const one = asked[run] as number;
      if (one === 0) continue;
      const other = (values[at] as number) * (weights[run] as number);
      shared += isCosine ? one * other : Math.min(one, other);
    }
    return shared;
  }

  #similarity(shared: number, size: number, other: number): number {
    if (size === 0 || other === 0) return size === other ? 1 : 0;
    if (this.#options.similarity === 'cosine') return shared / Math.sqrt(size * other);
    return shared / (size + other - shared);
  }
}

function readBags(state: State, tableSize: number): Bag[] {
  const lengths = state.words('lengths');
  const runs = state.words('runs');
  const values = state.positives('values', runs.length);
  state.require(
    runs.every((run) => run < tableSize),
    'its runs do not fit',
  );
  const bags: Bag[] = [];
  let start = 0;
  for (const length of lengths) {
    const end = start + length;
    bags.push({ runs: runs.slice(start, end), values: values.slice(start, end) });
    start = end;
  }
  state.require(start === runs.length, 'its references do not fit');
  return bags;
}
