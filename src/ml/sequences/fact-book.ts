import { CountHistograms } from './count-histograms.ts';
import { PairFacts } from './pair-facts.ts';
import { roomFor } from './pair-table.ts';
import type { ReasonKind } from './sequence-model.ts';
import { countEvents } from './session-counts.ts';
import type { SessionCounts } from './session-counts.ts';
import type { State } from './state.ts';
import { type Steps, atOnce } from '../../core/steps.ts';
import { Pace } from './pace.ts';
import { Vocabulary } from './vocabulary.ts';

/** An event is another's companion when it is missing beside it in at most this share of sessions. */
const RARELY_MISSING = 0.1;
/** Units of work: looking a pair up, and reading a histogram. */
const PAIR_UNITS = 6;
const COUNT_UNITS = 10;

export interface FactLimits {
  readonly events: number;
  readonly pairs: number;
  readonly width: number;
}

/** One thing about a session, and how rare it is. */
export interface Fact {
  readonly reason: ReasonKind;
  readonly event: number;
  readonly other?: number;
  /** −log10 of its probability. */
  readonly surprise: number;
}

type Tell = (fact: Fact) => void;

/**
 * Counts what holds in sessions, and says what is rare about one. A pair's
 * surprise is that of its rarer event, and by how much it comes less often
 * than two independent events would, one session added to either: few sessions
 * say little, and two rare events are not held against each other.
 */
export class FactBook {
  readonly #limits: FactLimits;
  #vocabulary: Vocabulary;
  #pairs: PairFacts;
  #histograms = new CountHistograms();
  /** Per event, the sessions that have it. */
  #having: Float64Array = new Float64Array(64);
  #sessions = 0;
  /** Per event, those that nearly always come with it; under −1 those that nearly always come. */
  #companions: Map<number, number[]> | undefined;

  constructor(limits: FactLimits) {
    this.#limits = limits;
    this.#vocabulary = new Vocabulary(limits.events);
    this.#pairs = new PairFacts(limits.pairs);
  }

  get sessions(): number {
    return this.#sessions;
  }

  get bytes(): number {
    return (
      this.#vocabulary.bytes +
      this.#pairs.bytes +
      this.#histograms.bytes +
      this.#vocabulary.size * 8
    );
  }

  learn(session: Uint32Array): void {
    const vocabulary = this.#vocabulary;
    const { numbers, counts } = atOnce(
      countEvents(session, { vocabulary, isLearning: true }, new Pace()),
    );
    this.#sessions += 1;
    this.#companions = undefined;
    this.#having = roomFor(this.#having, this.#vocabulary.size);
    for (let index = 0; index < numbers.length; index += 1) {
      const number = numbers[index] as number;
      this.#having[number] = (this.#having[number] as number) + 1;
      this.#histograms.learn(number, counts[index] as number);
    }
    const width = Math.min(numbers.length, this.#limits.width);
    for (let one = 0; one < width; one += 1) {
      for (let other = 0; other < one; other += 1) {
        const isEqual = counts[one] === counts[other];
        this.#pairs.learn(numbers[one] as number, numbers[other] as number, isEqual);
      }
    }
  }

  /** Tells every fact about a session that says anything. */
  *judge(session: Uint32Array, tell: Tell, pace: Pace): Steps<void> {
    const vocabulary = this.#vocabulary;
    const counts = yield* countEvents(session, { vocabulary, isLearning: false }, pace);
    for (const event of counts.unseen) {
      tell({ reason: 'rare_event', event, surprise: this.#rarity(0) });
      if (pace.spend(2)) yield;
    }
    for (let index = 0; index < counts.numbers.length; index += 1) {
      this.#judgeEvent(counts, index, tell);
      if (pace.spend(COUNT_UNITS)) yield;
    }
    const width = Math.min(counts.numbers.length, this.#limits.width);
    for (let one = 1; one < width; one += 1) {
      this.#judgePairs(counts, one, tell);
      if (pace.spend(one * PAIR_UNITS)) yield;
    }
    yield* this.#judgeMissing(counts, tell, pace);
  }

  state(): object {
    return {
      vocabulary: this.#vocabulary.state(),
      pairs: this.#pairs.state(),
      histograms: this.#histograms.state(),
      having: this.#having.slice(0, this.#vocabulary.size),
      sessions: this.#sessions,
    };
  }

  /** @throws MODEL_INVALID */
  static from(limits: FactLimits, state: State): FactBook {
    const book = new FactBook(limits);
    book.#vocabulary = Vocabulary.from(limits.events, state.child('vocabulary'));
    const { size } = book.#vocabulary;
    book.#pairs = PairFacts.from(limits.pairs, size, state.child('pairs'));
    book.#histograms = CountHistograms.from(size, state.child('histograms'));
    book.#sessions = state.count('sessions');
    const having = state.counts('having', size);
    const fits = having.every((count) => count > 0 && count <= book.#sessions);
    state.require(fits, 'its events do not fit');
    book.#having = roomFor(having, 1);
    return book;
  }

  #judgeEvent({ numbers, counts }: SessionCounts, index: number, tell: Tell): void {
    const number = numbers[index] as number;
    const event = this.#vocabulary.id(number);
    tell({ reason: 'rare_event', event, surprise: this.#rarity(this.#with(number)) });
    const surprise = this.#histograms.surprise(number, counts[index] as number);
    tell({ reason: 'count', event, surprise });
  }

  /** One of a session's events with those before it. */
  #judgePairs({ numbers, counts }: SessionCounts, one: number, tell: Tell): void {
    for (let other = 0; other < one; other += 1) {
      this.#judgePair(numbers[one] as number, numbers[other] as number, tell);
      if (counts[one] === counts[other]) continue;
      this.#judgeUnequal(numbers[one] as number, numbers[other] as number, tell);
    }
  }

  #judgePair(one: number, other: number, tell: Tell): void {
    const pair = this.#pairs.find(one, other);
    if (pair < 0 && this.#pairs.refused > 0) return;
    const rarer = Math.min(this.#with(one), this.#with(other));
    const expected = (this.#with(one) * this.#with(other)) / this.#sessions;
    const lack = Math.log10((expected + 1) / (this.#pairs.both(pair) + 1));
    if (lack <= 0) return;
    const surprise = this.#rarity(rarer) + lack;
    tell({ reason: 'never_together', ...this.#ids(one, other), surprise });
  }

  #judgeUnequal(one: number, other: number, tell: Tell): void {
    const pair = this.#pairs.find(one, other);
    if (pair < 0) return;
    const both = this.#pairs.both(pair);
    const unequal = both - this.#pairs.equal(pair);
    const surprise = Math.log10((both + 1) / (unequal + 1));
    tell({ reason: 'unequal', ...this.#ids(one, other), surprise });
  }

  *#judgeMissing({ numbers }: SessionCounts, tell: Tell, pace: Pace): Steps<void> {
    const present = new Set(numbers);
    const companions = (this.#companions ??= yield* this.#findCompanions(pace));
    for (const missing of companions.get(-1) ?? []) {
      if (pace.spend(2)) yield;
      if (present.has(missing)) continue;
      const surprise = this.#rarity(this.#sessions - this.#with(missing));
      tell({ reason: 'missing_event', event: this.#vocabulary.id(missing), surprise });
    }
    for (const number of numbers) {
      for (const missing of companions.get(number) ?? []) {
        if (pace.spend(PAIR_UNITS)) yield;
        if (present.has(missing)) continue;
        const alone = this.#with(number) - this.#pairs.both(this.#pairs.find(number, missing));
        const expected = this.#with(number) * (1 - this.#with(missing) / this.#sessions);
        const lack = Math.log10((expected + 1) / (alone + 1));
        const surprise = this.#rarity(this.#with(number)) + lack;
        if (lack > 0) tell({ reason: 'without', ...this.#ids(number, missing), surprise });
      }
    }
  }

  #ids(one: number, other: number): { event: number; other: number } {
    return { event: this.#vocabulary.id(one), other: this.#vocabulary.id(other) };
  }

  *#findCompanions(pace: Pace): Steps<Map<number, number[]>> {
    const found = new Map<number, number[]>();
    const note = (event: number, companion: number): void => {
      const known = found.get(event);
      if (known === undefined) found.set(event, [companion]);
      else if (known.length < this.#limits.width) known.push(companion);
    };
    const often = 1 - RARELY_MISSING;
    for (let number = 0; number < this.#vocabulary.size; number += 1) {
      if (this.#with(number) >= often * this.#sessions) note(-1, number);
      if (pace.spend(1)) yield;
    }
    for (let pair = 0; pair < this.#pairs.size; pair += 1) {
      const [one, other] = this.#pairs.members(pair);
      const both = this.#pairs.both(pair);
      if (both >= often * this.#with(one)) note(one, other);
      if (both >= often * this.#with(other)) note(other, one);
      if (pace.spend(PAIR_UNITS)) yield;
    }
    return found;
  }

  #with(number: number): number {
    return this.#having[number] as number;
  }

  /** −log10 of the share of sessions, one session added. */
  #rarity(sessions: number): number {
    return Math.log10((this.#sessions + 1) / (sessions + 1));
  }
}
