import type { Random } from '../../core/random.ts';
import type { ModelSnapshot } from '../model.ts';
import { requireSequences, SequenceModelBase } from '../sequences/sequence-model.ts';
import type { SequenceReason, Sequences } from '../sequences/sequence-model.ts';
import { type Steps, atOnce } from '../../core/steps.ts';
import { Pace } from '../sequences/pace.ts';
import { Strongest } from '../sequences/strongest.ts';
import { checkedOptions } from '../tabular/checked-options.ts';
import { fitRefusal } from './fit-refusal.ts';
import { LSTM_DEFAULTS, LSTM_LIMITS, type LstmOptions } from './lstm-options.ts';
import { LSTM_KIND, readLstm, writeLstm, type LstmState } from './lstm-state.ts';
import type { NeuralKind } from './neural-kind.ts';
import { NextEvent, type Visit } from './next-event.ts';
import { flatSessions } from './session-input.ts';
import { END } from './vocabulary.ts';

/**
 * Tells the next event of a log session from those before it.
 *
 * Use: `const model = await lstmNextEvent.train(sessions, { trainer, random })`
 * where `trainer` is `createTrainer({ backend: 'wasm', clock })`, then
 * `model.score(sessions)`, or `restoreLstmNextEvent(model.snapshot())` for
 * `events(session)`, which gives surprisal and rank of each event.
 */
export const lstmNextEvent: NeuralKind<Sequences, LstmOptions> = {
  kind: LSTM_KIND,
  doc:
    'An LSTM that tells the next log template from the last ones, after DeepLog (Du, Li, Zheng ' +
    'and Srikumar, CCS 2017). Finds sessions with an event, or an end, that does not follow; ' +
    'unknown templates share one column. Trained on distinct windows with weights.',
  defaults: LSTM_DEFAULTS,
  create: (options) => new LstmNextEvent(checked(options)),
  restore: (snapshot) => restoreLstmNextEvent(snapshot),
  async train(samples, { trainer, random, options, signal, onProgress }) {
    const all = checked(options ?? {});
    const job = jobOf(samples, all, random);
    const state = await trainer.run(job, { signal, onProgress });
    return new LstmNextEvent(all, state as LstmState);
  },
};

function jobOf(samples: Sequences, options: LstmOptions, random: Random) {
  const sessions = flatSessions(samples, options.maxEvents, random);
  return { kind: LSTM_KIND, ...sessions, options, random: random.state() } as const;
}

/** As `lstmNextEvent.restore`, with `events` and `explain`. */
export function restoreLstmNextEvent(snapshot: ModelSnapshot): LstmNextEvent {
  const { options, state } = readLstm(snapshot);
  return new LstmNextEvent(options, state);
}

function checked(options: Partial<LstmOptions>): LstmOptions {
  return checkedOptions(LSTM_DEFAULTS, options, LSTM_LIMITS);
}

/** What a session's events were worth, the end included where the model knows ends. */
export interface EventSurprisals {
  /** −ln p of each event, in nats. */
  readonly surprisal: Float64Array;
  /** How many events were likelier there; 0 is the likeliest. */
  readonly rank: Uint32Array;
}

/**
 * Sessions of template ids. Score: by `options.score` the largest surprisal of
 * an event in nats, or how many events were not among the likeliest `top`; 0
 * for an empty session of a model without ends. An event costs `window` LSTM
 * steps of 4 × hidden² multiplications, about 60 µs; what followed a window
 * that came lately is remembered, which costs 0.1 µs.
 */
export class LstmNextEvent extends SequenceModelBase {
  override readonly kind = LSTM_KIND;
  readonly #options: LstmOptions;
  readonly #state: LstmState | undefined;
  readonly #next: NextEvent | undefined;

  constructor(options: LstmOptions, state?: LstmState) {
    super();
    this.#options = options;
    this.#state = state;
    this.#next = state && new NextEvent(state, options);
  }

  override get bytes(): number {
    if (this.#state === undefined) return 0;
    return this.#state.weights.byteLength + this.#state.ids.byteLength;
  }

  /** @throws MODEL_FAILED always: training is `lstmNextEvent.train`. */
  override fit(): void {
    throw fitRefusal(LSTM_KIND);
  }

  /** Learns nothing: the model is trained again. */
  override update(samples: Sequences): void {
    requireSequences(samples);
    this.requireFitted();
  }

  /** Surprisal and rank of each event. Learns nothing. @throws MODEL_UNFITTED, MODEL_INPUT */
  events(session: Uint32Array): EventSurprisals {
    requireSequences([session]);
    const next = this.#fitted();
    const count = session.length + this.#options.end;
    const surprisal = new Float64Array(count);
    const rank = new Uint32Array(count);
    const visit = ({ at, column, surprisals }: Visit): void => {
      surprisal[at] = surprisals[column] as number;
      rank[at] = rankOf(surprisals, column);
    };
    atOnce(next.walk(session, visit, new Pace()));
    return { surprisal, rank };
  }

  override snapshot(): ModelSnapshot {
    return writeLstm(this.#options, this.#state);
  }

  protected override get isFitted(): boolean {
    return this.#next !== undefined;
  }

  protected override forget(): void {
    throw fitRefusal(LSTM_KIND);
  }

  protected override learn(): void {
    throw fitRefusal(LSTM_KIND);
  }

  protected override *scoreOne(session: Uint32Array, pace: Pace): Steps<number> {
    const { score, top } = this.#options;
    let misses = 0;
    let largest = 0;
    const visit = ({ column, surprisals }: Visit): void => {
      if (score === 'misses') misses += rankOf(surprisals, column) >= top ? 1 : 0;
      else largest = Math.max(largest, surprisals[column] as number);
    };
    yield* this.#fitted().walk(session, visit, pace);
    return score === 'misses' ? misses : largest;
  }

  protected override *reasons(
    session: Uint32Array,
    found: Strongest<SequenceReason>,
    pace: Pace,
  ): Steps<void> {
    const next = this.#fitted();
    const places = new Strongest<Visit>(
      found.limit,
      ({ column, surprisals }) => surprisals[column] as number,
    );
    yield* next.walk(
      session,
      (visit) => {
        places.offer(visit);
      },
      pace,
    );
    for (const { at, column, surprisals } of places.items) {
      found.offer({
        reason: 'unexpected_next',
        event: column === END ? undefined : session[at],
        position: at,
        surprise: (surprisals[column] as number) / Math.LN10,
        expected: next.expected(surprisals),
      });
      if (pace.spend(surprisals.length)) yield;
    }
  }

  #fitted(): NextEvent {
    this.requireFitted();
    return this.#next as NextEvent;
  }
}

/** How many columns were likelier. */
function rankOf(surprisals: Float64Array, column: number): number {
  const own = surprisals[column] as number;
  let likelier = 0;
  for (const other of surprisals) if (other < own) likelier += 1;
  return likelier;
}
