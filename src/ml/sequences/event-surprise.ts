import { Contexts, ROOT } from './gram-tree.ts';
import type { GramTree } from './gram-tree.ts';
import type { Expectation } from './sequence-model.ts';
import type { Steps } from '../../core/steps.ts';
import type { Pace } from './pace.ts';
import { Strongest } from './strongest.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The symbol before and after each session; events are numbered from 1. */
export const BOUNDARY = 0;

/**
 * How likely each event is after those before it: relative frequencies of all
 * context lengths, each interpolated with the next shorter one by how many
 * kinds of events followed it (Witten and Bell, IEEE Trans. Information Theory
 * 37, 1991, method C), down to all known events, the session's end and "an
 * event never seen", equally likely. The probabilities of these sum to one.
 */
export class EventSurprise {
  readonly #vocabulary: Vocabulary;
  readonly #tree: GramTree;
  readonly #contexts: Contexts;
  /** Look-ups that an event costs at most. */
  readonly cost: number;

  constructor(vocabulary: Vocabulary, tree: GramTree, order: number) {
    this.#vocabulary = vocabulary;
    this.#tree = tree;
    this.#contexts = new Contexts(tree, order);
    this.cost = 2 * order + 3;
  }

  /** Length of the longest known sequence that ends in the event just read. */
  get matched(): number {
    return this.#contexts.longest;
  }

  /** Goes to before the first event of a session. */
  begin(): void {
    this.#contexts.restart();
    this.#contexts.read(BOUNDARY);
  }

  learn(session: Uint32Array): void {
    this.#tree.touch(ROOT, BOUNDARY);
    this.begin();
    for (let index = 0; index < session.length; index += 1) {
      const number = this.#vocabulary.add(session[index] as number);
      if (number < 0) this.#contexts.restart();
      else this.#contexts.learn(number + 1);
    }
    this.#contexts.learn(BOUNDARY);
  }

  /** −log10 of the probability of the event, then reads it. `undefined` is the session's end. O(order). */
  read(event: number | undefined): number {
    const symbol = this.#symbolOf(event);
    const probability = this.#probability(symbol);
    this.#contexts.read(symbol);
    return -Math.log10(probability);
  }

  /** Probability of an event here; `undefined` is the session's end. O(order). */
  probability(event: number | undefined): number {
    return this.#probability(this.#symbolOf(event));
  }

  /** The likeliest events here, and how likely. O(known events × order): for explanations only. */
  *expected(limit: number, pace: Pace): Steps<readonly Expectation[]> {
    const likeliest = new Strongest<Expectation>(limit, ({ share }) => share);
    likeliest.offer({ event: undefined, share: this.#probability(BOUNDARY) });
    for (let number = 0; number < this.#vocabulary.size; number += 1) {
      const share = this.#probability(number + 1);
      likeliest.offer({ event: this.#vocabulary.id(number), share });
      if (pace.spend(this.cost)) yield;
    }
    return likeliest.items;
  }

  #symbolOf(event: number | undefined): number {
    if (event === undefined) return BOUNDARY;
    const number = this.#vocabulary.find(event);
    return number < 0 ? -1 : number + 1;
  }

  #probability(symbol: number): number {
    const contexts = this.#contexts;
    const tree = this.#tree;
    let isKnown = symbol >= 0;
    let probability = 1 / (this.#vocabulary.size + 2);
    for (let length = 0; length < contexts.known; length += 1) {
      const node = contexts.node(length);
      const total = tree.total(node);
      if (total === 0) break;
      let count = 0;
      if (isKnown) {
        const child = tree.child(node, symbol);
        isKnown = child > 0;
        if (isKnown) count = tree.count(child);
      }
      const kinds = tree.kinds(node);
      probability = (count + kinds * probability) / (total + kinds);
    }
    return probability;
  }
}
