import type { ModelKind, ModelSnapshot } from '../model.ts';
import { checkedOptions } from '../tabular/checked-options.ts';

import { BagBook } from './bag-book.ts';
import { COUNTINGS, SIMILARITIES, WEIGHTINGS } from './bag-options.ts';
import type { BagOptions } from './bag-options.ts';
import { SequenceModelBase, requireSequences } from './sequence-model.ts';
import type { SequenceModel, SequenceReason, Sequences } from './sequence-model.ts';
import { State } from './state.ts';
import type { Steps } from '../../core/steps.ts';
import type { Pace } from './pace.ts';
import type { Strongest } from './strongest.ts';

const KIND = 'gram_bag';
const VERSION = 1;

const DEFAULTS: BagOptions = {
  order: 1,
  counting: 'log',
  weighting: 'idf',
  similarity: 'cosine',
  neighbours: 1,
  references: 2000,
  grams: 200_000,
};
const LIMITS = {
  order: { min: 1, max: 32, isWhole: true },
  neighbours: { min: 1, max: 1000, isWhole: true },
  references: { min: 1, max: 100_000, isWhole: true },
  grams: { min: 1, max: 50_000_000, isWhole: true },
  counting: COUNTINGS,
  weighting: WEIGHTINGS,
  similarity: SIMILARITIES,
};

/**
 * Count vectors: a session as the bag of its runs of `order` events, each
 * weighing by how few sessions have it (idf, Spärck Jones, J. Documentation
 * 28, 1972), and how unlike it is to the nearest normal sessions: 0 like one
 * seen, 1 nothing in common. With order 1 the count-vector model of log
 * sessions; with longer runs the k-nearest-neighbour classifier of system-call
 * traces of Liao and Vemuri, Computers & Security 21, 2002. Exact on up to
 * `references` distinct bags. Learning costs O(events × order) a session,
 * scoring that and O(all runs of all references): about 5 µs for log sessions
 * with 60 distinct bags, 0.9 ms for traces with 800. `update` learns as `fit`
 * does; bags beyond the limits are counted (`refused`) and not kept.
 */
export const gramBag: ModelKind<Sequences, BagOptions> = {
  kind: KIND,
  doc: 'Finds sessions whose event counts, or counts of short runs of events, are unlike those of the nearest normal sessions; 5 µs to 0.9 ms a session. Liao and Vemuri, 2002.',
  defaults: DEFAULTS,
  create: (options) => createGramBag(options),
  restore: (snapshot) => restoreGramBag(snapshot),
};

/** As `gramBag.create`, with what it can do besides. */
export function createGramBag(options: Partial<BagOptions>): GramBag {
  return new GramBag(checkedOptions(DEFAULTS, options, LIMITS));
}

/** As `gramBag.restore`, with what it can do besides. */
export function restoreGramBag(snapshot: ModelSnapshot): GramBag {
  const state = State.of(snapshot, KIND, VERSION);
  const options = state.options(DEFAULTS, LIMITS);
  return new GramBag(options, BagBook.from(options, state.child('book')));
}

export class GramBag extends SequenceModelBase implements SequenceModel {
  readonly kind = KIND;
  readonly #options: BagOptions;
  #book: BagBook;

  constructor(options: BagOptions, book = new BagBook(options)) {
    super();
    this.#options = options;
    this.#book = book;
  }

  get bytes(): number {
    return this.#book.bytes;
  }

  /** Runs and bags that found no room, since `fit`. */
  get refused(): number {
    return this.#book.refused;
  }

  override fit(samples: Sequences): void {
    this.forget();
    for (const session of requireSequences(samples)) this.#book.learn(session);
  }

  snapshot(): ModelSnapshot {
    const state = { options: { ...this.#options }, book: this.#book.state() };
    return { kind: KIND, version: VERSION, state };
  }

  protected get isFitted(): boolean {
    return this.#book.sessions > 0;
  }

  protected forget(): void {
    this.#book = new BagBook(this.#options);
  }

  protected learn(session: Uint32Array): void {
    this.#book.learn(session);
  }

  protected *scoreOne(session: Uint32Array, pace: Pace): Steps<number> {
    return (yield* this.#book.unlike(session, pace)).distance;
  }

  /** Runs that the nearest normal session does not have, the rarest first. */
  protected *reasons(
    session: Uint32Array,
    found: Strongest<SequenceReason>,
    pace: Pace,
  ): Steps<void> {
    const tell = (position: number, surprise: number): void => {
      const event = session[position];
      found.offer({ reason: 'unexpected_next', event, position, surprise, expected: [] });
    };
    yield* this.#book.strangers(session, tell, pace);
  }
}
