import type { Expectation } from '../sequences/sequence-model.ts';
import type { Steps } from '../../core/steps.ts';
import type { Pace } from '../sequences/pace.ts';
import { LstmCell } from './lstm-cell.ts';
import type { LstmOptions } from './lstm-options.ts';
import { lstmWeights, type LstmState } from './lstm-state.ts';
import { END, START, Vocabulary } from './vocabulary.ts';

/** Windows whose outcome is remembered; then all are forgotten. */
const REMEMBERED = 4_096;
/** How many expectations explain a surprise. */
const EXPECTED = 3;
/** Units of work of what is remembered; and multiplications to a unit. */
const KNOWN_UNITS = 8;
const MULTIPLICATIONS = 10;

export interface Visit {
  /** Index of the event; the session's length at its end. */
  readonly at: number;
  /** Of the event. */
  readonly column: number;
  /** Of every column, in nats; not to be changed. */
  readonly surprisals: Float64Array;
}

/** What follows a window, by the trained network. */
export class NextEvent {
  readonly #cell: LstmCell;
  readonly #vocabulary: Vocabulary;
  readonly #window: number;
  readonly #knowsEnd: boolean;
  /** Units of work of a window that is not remembered. */
  readonly #units: number;
  readonly #memory = new Map<string, Float64Array>();

  constructor(state: LstmState, { window, hidden, end }: LstmOptions) {
    this.#cell = new LstmCell(lstmWeights(hidden, state));
    this.#vocabulary = new Vocabulary(state.ids);
    this.#window = window;
    this.#knowsEnd = end === 1;
    this.#units = (window * 4 * hidden ** 2) / MULTIPLICATIONS;
  }

  /** Calls back for each event with what was to be expected there, and for the end. */
  *walk(session: Uint32Array, visit: (one: Visit) => void, pace: Pace): Steps<void> {
    let window = String.fromCharCode(START).repeat(this.#window);
    for (let at = 0; at < session.length; at += 1) {
      if (pace.spend(this.#memory.has(window) ? KNOWN_UNITS : this.#units)) yield;
      const column = this.#vocabulary.columnOf(session[at] as number);
      visit({ at, column, surprisals: this.#after(window) });
      window = window.slice(1) + String.fromCharCode(column);
    }
    if (!this.#knowsEnd) return;
    if (pace.spend(this.#units)) yield;
    visit({ at: session.length, column: END, surprisals: this.#after(window) });
  }

  /** The likeliest ids, the end as `undefined`. */
  expected(surprisals: Float64Array): readonly Expectation[] {
    return Array.from(surprisals, (surprisal, column) => ({ surprisal, column }))
      .filter(({ column }) => column >= END)
      .sort((one, other) => one.surprisal - other.surprisal)
      .slice(0, EXPECTED)
      .map(({ surprisal, column }) => ({
        event: this.#vocabulary.idAt(column),
        share: Math.exp(-surprisal),
      }));
  }

  #after(window: string): Float64Array {
    const known = this.#memory.get(window);
    if (known !== undefined) return known;
    this.#cell.reset();
    for (let at = 0; at < window.length; at += 1) this.#cell.step(window.charCodeAt(at));
    const surprisals = this.#cell.surprisals();
    if (this.#memory.size >= REMEMBERED) this.#memory.clear();
    this.#memory.set(window, surprisals);
    return surprisals;
  }
}
