import type { ModelKind, ModelSnapshot } from '../model.ts';
import { checkedOptions } from '../tabular/checked-options.ts';

import { AGGREGATES, aggregate } from './aggregate.ts';
import type { Aggregate } from './aggregate.ts';
import { EventSurprise } from './event-surprise.ts';
import { GramTree } from './gram-tree.ts';
import { SequenceModelBase } from './sequence-model.ts';
import type { SequenceModel, SequenceReason, Sequences } from './sequence-model.ts';
import { type Steps, atOnce } from '../../core/steps.ts';
import { Pace } from './pace.ts';
import { Strongest } from './strongest.ts';
import { State } from './state.ts';
import { Vocabulary } from './vocabulary.ts';

const KIND = 'event_grams';
const VERSION = 1;
/** Expected events named in a reason, and places named. */
const EXPECTED = 3;
const PLACES = 3;

export interface EventGramsOptions {
  /** Events looked back at, 1 to 32. @default 6 */
  readonly order: number;
  /** How the surprises of events make a score. @default 'mean' */
  readonly aggregate: Aggregate;
  /** Events that `top` and `window` average over, 1 to 10,000. @default 10 */
  readonly span: number;
  /** Different event ids kept, 1 to 1,000,000; what comes later is "never seen". @default 4096 */
  readonly events: number;
  /** Sequences kept, 1 to 50,000,000, about 50 bytes each. @default 500000 */
  readonly grams: number;
}

const DEFAULTS: EventGramsOptions = {
  order: 6,
  aggregate: 'mean',
  span: 10,
  events: 4096,
  grams: 500_000,
};
const LIMITS = {
  order: { min: 1, max: 32, isWhole: true },
  span: { min: 1, max: 10_000, isWhole: true },
  events: { min: 1, max: 1_000_000, isWhole: true },
  grams: { min: 1, max: 50_000_000, isWhole: true },
  aggregate: AGGREGATES,
};

/**
 * Back-off model of the next event: takes sessions of event ids (their time is
 * not looked at), gives the mean surprise (−log10 of the probability) of their
 * events and their end, or another aggregate. Witten and Bell, IEEE Trans.
 * Information Theory 37, 1991; for system calls Hofmeyr, Forrest and Somayaji,
 * J. Computer Security 6, 1998. Learning and scoring cost O(order) an event,
 * about 0.3 and 0.25 µs at order 6. `update` learns as `fit` does. When its tables are full
 * it goes on with what it knows (`refused` counts).
 */
export const eventGrams: ModelKind<Sequences, EventGramsOptions> = {
  kind: KIND,
  doc: 'Finds sessions whose events do not follow from those before them: back-off model of variable order, about 0.3 µs an event. Witten and Bell, 1991.',
  defaults: DEFAULTS,
  create: (options) => createEventGrams(options),
  restore: (snapshot) => restoreEventGrams(snapshot),
};

/** As `eventGrams.create`, with what it can do besides. */
export function createEventGrams(options: Partial<EventGramsOptions>): EventGrams {
  return new EventGrams(checkedOptions(DEFAULTS, options, LIMITS));
}

/** As `eventGrams.restore`, with what it can do besides. */
export function restoreEventGrams(snapshot: ModelSnapshot): EventGrams {
  const state = State.of(snapshot, KIND, VERSION);
  const options = state.options(DEFAULTS, LIMITS);
  return new EventGrams(options, {
    vocabulary: Vocabulary.from(options.events, state.child('vocabulary')),
    tree: GramTree.from(options.grams, state.child('tree')),
    sessions: state.count('sessions'),
  });
}

interface Learned {
  readonly vocabulary: Vocabulary;
  readonly tree: GramTree;
  readonly sessions: number;
}

export class EventGrams extends SequenceModelBase implements SequenceModel {
  readonly kind = KIND;
  readonly #options: EventGramsOptions;
  #vocabulary: Vocabulary;
  #tree: GramTree;
  #reader: EventSurprise;
  #sessions: number;

  constructor(options: EventGramsOptions, learned: Learned = empty(options)) {
    super();
    this.#options = options;
    this.#vocabulary = learned.vocabulary;
    this.#tree = learned.tree;
    this.#sessions = learned.sessions;
    this.#reader = new EventSurprise(this.#vocabulary, this.#tree, options.order);
  }

  get bytes(): number {
    return this.#vocabulary.bytes + this.#tree.bytes;
  }

  /** Additions that found a table full, since `fit`. */
  get refused(): number {
    return this.#vocabulary.refused + this.#tree.refused;
  }

  /** −log10 of the probability of each event, and of the end as the last number. @throws MODEL_UNFITTED */
  surprises(session: Uint32Array): Float64Array {
    this.requireFitted();
    return atOnce(this.#surprises(session, new Pace()));
  }

  /** Probability of `next` after `before`; `undefined` is the session's end. An id never seen gets what all of them share. @throws MODEL_UNFITTED */
  probability(before: Uint32Array, next: number | undefined): number {
    this.requireFitted();
    this.#reader.begin();
    for (const event of before) this.#reader.read(event);
    return this.#reader.probability(next);
  }

  snapshot(): ModelSnapshot {
    const state = {
      options: { ...this.#options },
      vocabulary: this.#vocabulary.state(),
      tree: this.#tree.state(),
      sessions: this.#sessions,
    };
    return { kind: KIND, version: VERSION, state };
  }

  protected get isFitted(): boolean {
    return this.#sessions > 0;
  }

  protected forget(): void {
    const { vocabulary, tree } = empty(this.#options);
    this.#vocabulary = vocabulary;
    this.#tree = tree;
    this.#sessions = 0;
    this.#reader = new EventSurprise(vocabulary, tree, this.#options.order);
  }

  protected learn(session: Uint32Array): void {
    this.#reader.learn(session);
    this.#sessions += 1;
  }

  protected *scoreOne(session: Uint32Array, pace: Pace): Steps<number> {
    const surprises = yield* this.#surprises(session, pace);
    const { aggregate: how, span } = this.#options;
    return yield* aggregate({ how, span }, surprises, pace);
  }

  /** The most surprising places, with what was likelier there. */
  protected *reasons(
    session: Uint32Array,
    found: Strongest<SequenceReason>,
    pace: Pace,
  ): Steps<void> {
    const surprises = yield* this.#surprises(session, pace);
    const worst = new Strongest<number>(PLACES, (index) => surprises[index] as number);
    for (let index = 0; index < surprises.length; index += 1) {
      worst.offer(index);
      if (pace.spend(1)) yield;
    }
    const places = worst.items.toSorted((one, other) => one - other);
    const reader = this.#newReader();
    reader.begin();
    for (let index = 0; index <= (places.at(-1) ?? -1); index += 1) {
      if (places.includes(index)) {
        found.offer({
          reason: 'unexpected_next',
          event: session[index],
          position: index,
          surprise: surprises[index] as number,
          expected: yield* reader.expected(EXPECTED, pace),
        });
      }
      reader.read(session[index]);
      if (pace.spend(reader.cost)) yield;
    }
  }

  *#surprises(session: Uint32Array, pace: Pace): Steps<Float64Array> {
    const surprises = new Float64Array(session.length + 1);
    const reader = this.#newReader();
    reader.begin();
    for (let index = 0; index < session.length; index += 1) {
      surprises[index] = reader.read(session[index]);
      if (pace.spend(reader.cost)) yield;
    }
    surprises[session.length] = reader.read(undefined);
    return surprises;
  }

  /** Of its own, since several sessions may be read by turns. */
  #newReader(): EventSurprise {
    return new EventSurprise(this.#vocabulary, this.#tree, this.#options.order);
  }
}

function empty(options: EventGramsOptions): Learned {
  return {
    vocabulary: new Vocabulary(options.events),
    tree: new GramTree(options.grams),
    sessions: 0,
  };
}
