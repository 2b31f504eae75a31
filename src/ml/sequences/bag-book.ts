import { readBags } from './bag.ts';
import type { Bag } from './bag.ts';
import type { BagOptions } from './bag-options.ts';
import { NearestFew } from './nearest-few.ts';
import { PairTable, roomFor } from './pair-table.ts';
import { References, runKey } from './references.ts';
import type { State } from './state.ts';
import type { Steps } from '../../core/steps.ts';
import type { Pace } from './pace.ts';

/** Keeps runs that every session has from weighing nothing. */
const LEAST_WEIGHT = 1e-3;

/** A session to be compared. */
interface Query {
  /** Known runs in order of first sight. */
  readonly runs: readonly number[];
  /** By run: its count, then its weighted value; 0 for all others. */
  readonly asked: Float64Array;
  /** How often each run came that is not in the table. */
  readonly unknown: readonly number[];
}

/** References are compared in blocks of so many runs. */
const BLOCK = 8192;

/** Bags of normal sessions, and how unlike a session is to the nearest of them. */
export class BagBook {
  readonly #options: BagOptions;
  #table: PairTable;
  #references: References<Bag>;
  #having: Float64Array = new Float64Array(64);
  #sessions = 0;
  /** What follows from the rest, worked out when first needed. */
  #derived: { readonly weights: Float64Array; readonly sizes: Float64Array } | undefined;
  /** All zeros, for the next query; one that is under way has its own. */
  #spare: Float64Array | undefined;

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
    const counts = this.#learnRuns(session);
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
  *unlike(session: Uint32Array, pace: Pace): Steps<{ distance: number; nearest: Bag | undefined }> {
    const { weights, sizes } = (this.#derived ??= yield* this.#derive(pace));
    const query = yield* this.#count(session, pace);
    const size = yield* this.#ask(query, weights, pace);
    const near = new NearestFew(this.#options.neighbours);
    for (const [index, bag] of this.#references.all.entries()) {
      const { length } = bag.runs;
      let shared = 0;
      for (let from = 0; from < length; from += BLOCK) {
        const to = Math.min(length, from + BLOCK);
        shared = this.#addShared(shared, { bag, from, to }, { asked: query.asked, weights });
        if (pace.spend(2 + (to - from) / 8)) yield;
      }
      const similarity = this.#similarity(shared, size, sizes[index] as number);
      near.offer(similarity, this.#references.weight(index), index);
    }
    for (const run of query.runs) query.asked[run] = 0;
    this.#spare = query.asked;
    const distance = Math.min(1, Math.max(0, 1 - near.mean));
    return { distance, nearest: this.#references.all[near.best] };
  }

  /** Places where a run begins that the nearest session does not have, with −log10 of the share of sessions that have it. */
  *strangers(
    session: Uint32Array,
    tell: (position: number, surprise: number) => void,
    pace: Pace,
  ): Steps<void> {
    const { nearest } = yield* this.unlike(session, pace);
    const isTold = new Uint8Array(this.#table.size);
    for (const run of nearest?.runs ?? []) {
      isTold[run] = 1;
      if (pace.spend(1)) yield;
    }
    const length = this.#runLength(session);
    for (let position = 0; position < this.#runsOf(session); position += 1) {
      if (pace.spend(2 + length / 8)) yield;
      const [first, second] = runKey(session, position, length);
      const run = this.#table.find(first, second);
      if (run >= 0 && isTold[run] === 1) continue;
      if (run >= 0) isTold[run] = 1;
      const having = run < 0 ? 0 : (this.#having[run] as number);
      tell(position, Math.log10((this.#sessions + 1) / (having + 1)));
    }
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

  #learnRuns(session: Uint32Array): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    const length = this.#runLength(session);
    for (let start = 0; start < this.#runsOf(session); start += 1) {
      const [first, second] = runKey(session, start, length);
      const run = this.#table.add(first, second);
      if (run >= 0) counts.set(run, (counts.get(run) ?? 0) + 1);
    }
    return counts;
  }

  *#count(session: Uint32Array, pace: Pace): Steps<Query> {
    const length = this.#runLength(session);
    const count = this.#runsOf(session);
    const asked = this.#takeSpare();
    const runs: number[] = [];
    const unknown: number[] = [];
    let strangers: PairTable | undefined;
    for (let start = 0; start < count; start += 1) {
      if (pace.spend(4 + length / 8)) yield;
      const [first, second] = runKey(session, start, length);
      const run = this.#table.find(first, second);
      if (run >= 0) {
        if (asked[run] === 0) runs.push(run);
        asked[run] = (asked[run] as number) + 1;
        continue;
      }
      strangers ??= new PairTable(count, count);
      const place = strangers.add(first, second);
      unknown[place] = (unknown[place] ?? 0) + 1;
    }
    return { runs, asked, unknown };
  }

  #takeSpare(): Float64Array {
    const spare = this.#spare;
    this.#spare = undefined;
    const { size } = this.#table;
    return spare !== undefined && spare.length >= size ? spare : new Float64Array(size);
  }

  /** Runs have the order's length; a shorter session is one run. */
  #runLength(session: Uint32Array): number {
    return Math.min(this.#options.order, session.length);
  }

  #runsOf(session: Uint32Array): number {
    return session.length === 0 ? 0 : session.length - this.#runLength(session) + 1;
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

  *#derive(pace: Pace): Steps<{ weights: Float64Array; sizes: Float64Array }> {
    const weights = new Float64Array(this.#table.size);
    for (let run = 0; run < weights.length; run += 1) {
      weights[run] = this.#weight(this.#having[run] as number);
      if (pace.spend(1)) yield;
    }
    const bags = this.#references.all;
    const sizes = new Float64Array(bags.length);
    for (const [index, { runs, values }] of bags.entries()) {
      let size = 0;
      for (let at = 0; at < runs.length; at += 1) {
        size += this.#part((values[at] as number) * (weights[runs[at] as number] as number));
        if (pace.spend(0.25)) yield;
      }
      sizes[index] = size;
    }
    return { weights, sizes };
  }

  /** Weighs the query's counts, and gives its size. */
  *#ask({ runs, asked, unknown }: Query, weights: Float64Array, pace: Pace): Steps<number> {
    let size = 0;
    for (const run of runs) {
      const value = this.#value(asked[run] as number) * (weights[run] as number);
      asked[run] = value;
      size += this.#part(value);
      if (pace.spend(2)) yield;
    }
    const weight = this.#weight(0);
    for (const count of unknown) {
      size += this.#part(this.#value(count) * weight);
      if (pace.spend(1)) yield;
    }
    return size;
  }

  /** What a weighted value adds to its vector's size. */
  #part(value: number): number {
    return this.#options.similarity === 'cosine' ? value * value : value;
  }

  /** `shared` and what the query has in common with a part of a bag. */
  #addShared(
    shared: number,
    { bag: { runs, values }, from, to }: { bag: Bag; from: number; to: number },
    { asked, weights }: { asked: Float64Array; weights: Float64Array },
  ): number {
    const isCosine = this.#options.similarity === 'cosine';
    let sum = shared;
    for (let at = from; at < to; at += 1) {
      const run = runs[at] as number;
      const one = asked[run] as number;
      if (one === 0) continue;
      const other = (values[at] as number) * (weights[run] as number);
      sum += isCosine ? one * other : Math.min(one, other);
    }
    return sum;
  }

  #similarity(shared: number, size: number, other: number): number {
    if (size === 0 || other === 0) return size === other ? 1 : 0;
    if (this.#options.similarity === 'cosine') return shared / Math.sqrt(size * other);
    return shared / (size + other - shared);
  }
}
