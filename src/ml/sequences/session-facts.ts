import type { ModelKind, ModelSnapshot } from '../model.ts';
import { checkedOptions } from '../tabular/checked-options.ts';

import { FactBook } from './fact-book.ts';
import type { Fact } from './fact-book.ts';
import { SequenceModelBase } from './sequence-model.ts';
import type { SequenceModel, SequenceReason, Sequences } from './sequence-model.ts';
import { State } from './state.ts';
import type { Steps } from '../../core/steps.ts';
import type { Pace } from './pace.ts';
import { Strongest } from './strongest.ts';

const KIND = 'session_facts';
const VERSION = 1;

export interface SessionFactsOptions {
  /** Different event ids kept, 1 to 65,536; what comes later is "never seen". @default 4096 */
  readonly events: number;
  /** Pairs of events kept, 1 to 10,000,000, about 40 bytes each. @default 16384 */
  readonly pairs: number;
  /** Different events of a session whose pairs are looked at, 2 to 1,000. @default 64 */
  readonly width: number;
}

const DEFAULTS: SessionFactsOptions = { events: 4096, pairs: 16_384, width: 64 };
const LIMITS = {
  events: { min: 1, max: 65_536, isWhole: true },
  pairs: { min: 1, max: 10_000_000, isWhole: true },
  width: { min: 2, max: 1000, isWhole: true },
};

/**
 * Facts that hold in normal sessions, whatever the order of their events:
 * which events there are, which always come, which never come together or
 * never without another, how often each comes, which come equally often. Takes
 * sessions of event ids; a score is −log10 of how rare the session's rarest
 * fact is (4.0: one in 10,000 normal sessions, shrunk towards what is not
 * surprising where few sessions can tell). After the invariants of Lou et al.,
 * "Mining Invariants from Console Logs", USENIX ATC 2010, here with
 * probabilities in place of hard rules. Learning costs O(events + width²) a
 * session, scoring O(events + width² + width × 73): about 4 µs for a session
 * of 20 events of 8 kinds. `update` learns as `fit` does.
 */
export const sessionFacts: ModelKind<Sequences, SessionFactsOptions> = {
  kind: KIND,
  doc: 'Finds sessions that break what holds in normal ones: events that are new, rare, missing, not together, or not as often as always; about 4 µs a session. Lou et al., USENIX ATC 2010.',
  defaults: DEFAULTS,
  create: (options) => createSessionFacts(options),
  restore: (snapshot) => restoreSessionFacts(snapshot),
};

/** As `sessionFacts.create`, with what it can do besides. */
export function createSessionFacts(options: Partial<SessionFactsOptions>): SequenceModel {
  return new SessionFacts(checkedOptions(DEFAULTS, options, LIMITS));
}

/** As `sessionFacts.restore`, with what it can do besides. */
export function restoreSessionFacts(snapshot: ModelSnapshot): SequenceModel {
  const state = State.of(snapshot, KIND, VERSION);
  const options = state.options(DEFAULTS, LIMITS);
  return new SessionFacts(options, FactBook.from(options, state.child('book')));
}

class SessionFacts extends SequenceModelBase implements SequenceModel {
  readonly kind = KIND;
  readonly #options: SessionFactsOptions;
  #book: FactBook;

  constructor(options: SessionFactsOptions, book = new FactBook(options)) {
    super();
    this.#options = options;
    this.#book = book;
  }

  get bytes(): number {
    return this.#book.bytes;
  }

  snapshot(): ModelSnapshot {
    const state = { options: { ...this.#options }, book: this.#book.state() };
    return { kind: KIND, version: VERSION, state };
  }

  protected get isFitted(): boolean {
    return this.#book.sessions > 0;
  }

  protected forget(): void {
    this.#book = new FactBook(this.#options);
  }

  protected learn(session: Uint32Array): void {
    this.#book.learn(session);
  }

  protected *scoreOne(session: Uint32Array, pace: Pace): Steps<number> {
    let highest = 0;
    const tell = ({ surprise }: Fact): void => {
      if (surprise > highest) highest = surprise;
    };
    yield* this.#book.judge(session, tell, pace);
    return highest;
  }

  protected *reasons(
    session: Uint32Array,
    found: Strongest<SequenceReason>,
    pace: Pace,
  ): Steps<void> {
    const strongest = new Strongest<Fact>(found.limit, ({ surprise }) => surprise);
    const tell = (fact: Fact): void => {
      if (fact.surprise > 0) strongest.offer(fact);
    };
    yield* this.#book.judge(session, tell, pace);
    for (const { reason, event, other, surprise } of strongest.items) {
      const place = session.indexOf(event);
      found.offer({
        reason,
        event,
        surprise,
        expected: [],
        ...(other === undefined ? {} : { other }),
        ...(place < 0 ? {} : { position: place }),
      });
      if (pace.spend(session.length / 8)) yield;
    }
  }
}
