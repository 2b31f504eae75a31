import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { isWatchkeeperError } from '../../core/errors.ts';
import type { InputItem } from '../../wire/inputs/input-session.ts';
import type { RejectedRecord } from '../http/options.ts';
import type { RecordSink, Taken } from '../record-sink.ts';
import { TurnBudget } from '../turn-budget.ts';
import { InFlight } from './in-flight.ts';
import type { InputCounter } from './input-counts.ts';
import type { Relief } from './relief.ts';

export interface TakerOptions {
  readonly input: string;
  readonly clock: Clock;
  readonly sink: RecordSink;
  readonly relief: Relief;
  readonly counter: InputCounter;
  readonly onRejected: (record: RejectedRecord) => void;
}

export interface TakeContext {
  readonly isAcked: boolean;
  readonly service?: string | undefined;
  /** Aborted when nobody waits for the records any more. */
  readonly signal: AbortSignal;
  /** Waits until the sender may send so many more. */
  readonly pace?: (records: number) => Promise<void>;
}

interface Patience extends Pick<TakeContext, 'service' | 'signal'> {
  readonly onAppended: (bytes: number) => void;
}

/** Records that are checked and sealed in one turn of the event loop. */
const BATCH = 256;
const MAX_LETTER_BYTES = 65_536;
const FIRST_WAIT_MS = 50;
const MAX_WAIT_MS = 1_000;

/**
 * Takes the records of one input in, batch by batch. While the site is busy it
 * waits and tries again, so that the sender is held back and nothing is lost.
 */
export class RecordTaker {
  readonly #options: TakerOptions;
  /** Of all its connections: a sender may spread its lines over many small messages. */
  readonly #budget: TurnBudget;

  constructor(options: TakerOptions) {
    this.#options = options;
    this.#budget = new TurnBudget(options.clock);
  }

  /**
   * Resolves when every item is durable or a dead letter.
   * @throws WatchkeeperError JOURNAL_FAILED | JOURNAL_CLOSED | OVERLOADED | RATE_LIMITED (the signal was aborted)
   */
  async take(items: Iterable<InputItem>, context: TakeContext): Promise<void> {
    const inFlight = new InFlight();
    await this.append(items, context, inFlight);
    await inFlight.settled();
  }

  /**
   * Resolves when every item is in the journal, or a dead letter; `inFlight`
   * knows when they are durable, and holds back who has too many that are not.
   * @throws WatchkeeperError as `take`
   */
  async append(
    items: Iterable<InputItem>,
    context: TakeContext,
    inFlight: InFlight,
  ): Promise<void> {
    let batch: InputItem[] = [];
    for (const item of items) {
      batch.push(item);
      if (this.#budget.isSpent()) await this.#budget.renew();
      if (batch.length < BATCH) continue;
      await this.#batch(batch, context, inFlight);
      batch = [];
    }
    if (batch.length > 0) await this.#batch(batch, context, inFlight);
  }

  /** Keeps bytes that could not be read as a dead letter, and counts them. */
  bury(letter: Pick<RejectedRecord, 'index' | 'pointer' | 'reason' | 'body'>): void {
    const { input, clock, onRejected } = this.#options;
    const body = Uint8Array.from(letter.body.subarray(0, MAX_LETTER_BYTES));
    onRejected({ ...letter, body, at: clock.now(), token: `input:${input}` });
  }

  async #batch(
    batch: readonly InputItem[],
    context: TakeContext,
    inFlight: InFlight,
  ): Promise<void> {
    await inFlight.room();
    await context.pace?.(batch.length);
    const readable = batch.filter((item) => item.record !== undefined);
    this.#passDropped(batch);
    this.#refuseUnread(batch);
    if (readable.length > 0) await this.#appended(readable, context, inFlight);
    if (inFlight.isTurnOver(batch.length, BATCH)) await turn();
  }

  /** Resolves when the batch is in the journal, or has failed on its way there. */
  async #appended(
    batch: readonly InputItem[],
    { isAcked, ...context }: TakeContext,
    inFlight: InFlight,
  ): Promise<void> {
    const raw = batch.reduce((sum, { isRaw }) => sum + (isRaw === true ? 1 : 0), 0);
    let durable = Promise.resolve();
    const bytes = await new Promise<number>((resolve, reject) => {
      durable = this.#patiently(batch, { ...context, onAppended: resolve }).then((taken) => {
        this.#count(taken, { raw, isAcked });
      });
      durable.then(() => {
        resolve(0);
      }, reject);
    });
    inFlight.add(bytes, durable);
  }

  #count(
    { accepted, rejected }: Taken,
    { raw, isAcked }: { readonly raw: number; readonly isAcked: boolean },
  ): void {
    const { counter } = this.#options;
    if (rejected.length > 0) counter.reject('invalid', rejected.length);
    counter.add('accepted', accepted);
    counter.add('raw', raw);
    if (!isAcked) counter.add('unacked', accepted);
  }

  #passDropped(batch: readonly InputItem[]): void {
    const dropped = batch.reduce((sum, { isDropped }) => sum + (isDropped === true ? 1 : 0), 0);
    if (dropped > 0) this.#options.counter.reject('filtered', dropped);
  }

  #refuseUnread(batch: readonly InputItem[]): void {
    for (const [index, item] of batch.entries()) {
      if (item.record !== undefined || item.isDropped === true) continue;
      this.#options.counter.reject('unreadable');
      const reason = item.problem ?? 'The record cannot be read.';
      this.bury({ index, pointer: '', reason, body: item.raw() });
    }
  }

  async #patiently(batch: readonly InputItem[], context: Patience): Promise<Taken> {
    const { sink, relief, counter, clock } = this.#options;
    const { service, signal, onAppended } = context;
    const keepsRefused = this.#options.input;
    const items = batch.map(({ record }) => record);
    const receivedAt = clock.monotonic();
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, MAX_WAIT_MS)) {
      try {
        return await sink.take({ items, service, receivedAt, keepsRefused, onAppended });
      } catch (error) {
        const isBusy =
          isWatchkeeperError(error, 'RATE_LIMITED') || isWatchkeeperError(error, 'JOURNAL_FULL');
        if (!isBusy || signal.aborted) throw error;
        counter.add('waits', 1);
        await relief.wait(wait, signal);
        if (signal.aborted) throw error;
      }
    }
  }
}
