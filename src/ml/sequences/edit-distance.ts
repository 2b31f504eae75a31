import type { ModelKind, ModelSnapshot } from '../model.ts';
import { checkedOptions } from '../tabular/checked-options.ts';

import { EditPattern } from './edit-pattern.ts';
import { References, heaviest, runKey } from './references.ts';
import { SequenceModelBase, requireSequences } from './sequence-model.ts';
import type { SequenceModel, SequenceReason, Sequences } from './sequence-model.ts';
import { State } from './state.ts';
import type { Steps } from '../../core/steps.ts';
import type { Pace } from './pace.ts';
import type { Strongest } from './strongest.ts';

const KIND = 'edit_distance';
const VERSION = 1;

export interface EditDistanceOptions {
  /** Distinct normal sessions kept, 1 to 10,000; of more the most frequent. @default 256 */
  readonly references: number;
  /** Events of a session compared, 8 to 4096; of what is beyond, the length. @default 128 */
  readonly events: number;
}

const DEFAULTS: EditDistanceOptions = { references: 256, events: 128 };
const LIMITS = {
  references: { min: 1, max: 10_000, isWhole: true },
  events: { min: 8, max: 4096, isWhole: true },
};

/**
 * How many events must be put in, left out or changed to make a normal session
 * (Levenshtein, 1966), as a share of the longer one: 0 for a session like one
 * seen, 1 for one with nothing in common. Takes sessions of event ids. Scoring
 * costs at most O(references × events² / 32), given up early: about 40 µs for
 * 20 events and 256 references, 1.5 ms for 128 events. `fit` keeps the most
 * frequent sessions, `update` adds new ones while there is room.
 */
export const editDistance: ModelKind<Sequences, EditDistanceOptions> = {
  kind: KIND,
  doc: 'Finds sessions that are far from the nearest of up to 256 normal ones, in events put in, left out or changed; 40 µs to 1.5 ms a session. Levenshtein, 1966.',
  defaults: DEFAULTS,
  create: (options) => new EditDistance(checkedOptions(DEFAULTS, options, LIMITS)),
  restore: (snapshot) => restoreEditDistance(snapshot),
};

export function restoreEditDistance(snapshot: ModelSnapshot): SequenceModel {
  const state = State.of(snapshot, KIND, VERSION);
  const options = state.options(DEFAULTS, LIMITS);
  const lengths = state.words('lengths');
  const events = state.words('events');
  const kept: Uint32Array[] = [];
  let start = 0;
  for (const length of lengths) {
    kept.push(events.slice(start, start + length));
    start += length;
  }
  state.require(start === events.length, 'its references do not fit');
  const references = References.from(options.references, state.child('references'), kept);
  return new EditDistance(options, references);
}

export class EditDistance extends SequenceModelBase implements SequenceModel {
  readonly kind = KIND;
  readonly #options: EditDistanceOptions;
  #references: References<Uint32Array>;

  constructor(
    options: EditDistanceOptions,
    references = new References<Uint32Array>(options.references),
  ) {
    super();
    this.#options = options;
    this.#references = references;
  }

  get bytes(): number {
    const events = this.#references.all.reduce((sum, { length }) => sum + length, 0);
    return this.#references.bytes + events * 4;
  }

  /** Sessions that found no room, since `fit`. */
  get refused(): number {
    return this.#references.refused;
  }

  override fit(samples: Sequences): void {
    this.forget();
    for (const { session, weight } of heaviest(
      requireSequences(samples),
      this.#options.references,
    )) {
      this.#keep(session, weight);
    }
  }

  snapshot(): ModelSnapshot {
    const kept = this.#references.all;
    const events = new Uint32Array(kept.reduce((sum, { length }) => sum + length, 0));
    let start = 0;
    for (const session of kept) {
      events.set(session, start);
      start += session.length;
    }
    const state = {
      options: { ...this.#options },
      references: this.#references.state(),
      lengths: Uint32Array.from(kept, ({ length }) => length),
      events,
    };
    return { kind: KIND, version: VERSION, state };
  }

  protected get isFitted(): boolean {
    return this.#references.all.length > 0;
  }

  protected forget(): void {
    this.#references = new References(this.#options.references);
  }

  protected learn(session: Uint32Array): void {
    this.#keep(session, 1);
  }

  protected *scoreOne(session: Uint32Array, pace: Pace): Steps<number> {
    return (yield* this.#nearest(session, pace)).distance;
  }

  /** Where the session leaves the nearest normal one, and what comes there. */
  protected *reasons(
    session: Uint32Array,
    found: Strongest<SequenceReason>,
    pace: Pace,
  ): Steps<void> {
    const { nearest, distance, weight } = yield* this.#nearest(session, pace);
    if (distance === 0) return;
    let position = 0;
    while (position < session.length && session[position] === nearest[position]) position += 1;
    const expected = [{ event: nearest[position], share: 1 }];
    const surprise = Math.log10(1 + distance * weight);
    const event = session[position];
    found.offer({ reason: 'unexpected_next', event, position, surprise, expected });
  }

  #keep(session: Uint32Array, weight: number): void {
    this.#references.add(
      runKey(session, 0, session.length),
      () => session.slice(0, this.#options.events),
      weight,
    );
  }

  *#nearest(session: Uint32Array, pace: Pace): Steps<Nearest> {
    const cut = session.subarray(0, this.#options.events);
    const beyond = session.length - cut.length;
    const pattern = new EditPattern(cut);
    let best: Nearest = { nearest: new Uint32Array(), distance: Infinity, weight: 0 };
    for (const [index, nearest] of this.#references.all.entries()) {
      if (pace.spend(1)) yield;
      const longer = Math.max(session.length, nearest.length, 1);
      const allowed = best.distance * longer - beyond;
      if (Math.abs(cut.length - nearest.length) >= allowed) continue;
      const edits = yield* pattern.distance(nearest, allowed, pace);
      const distance = (edits + beyond) / longer;
      if (distance < best.distance) {
        best = { nearest, distance, weight: this.#references.weight(index) };
      }
      if (distance === 0) break;
    }
    return best;
  }
}

interface Nearest {
  readonly nearest: Uint32Array;
  readonly distance: number;
  readonly weight: number;
}
