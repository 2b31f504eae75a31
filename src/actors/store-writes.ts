import { backoffMs } from '../core/backoff.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Counter, Metrics } from '../core/metrics.ts';

export interface StoreWritesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random: () => number;
}

/** Short at its longest: a store that is back has a backlog to take. */
const BACKOFF = { firstMs: 100, maxMs: 5_000, jitter: 0.2 };
/** How long a write may go without an answer before it counts as failed, in real ms. */
const LATE_MS = 30_000;
/** Attempts without an answer at one time: what they hold stays in memory. */
const MOST_UNDER_WAY = 2;

/** One try of a write. `answered` never rejects; then `error` tells how it went. */
interface Attempt {
  answered: Promise<void>;
  error: unknown;
}

/**
 * Brings writes to a store that may refuse them, or never answer: each is
 * tried until one attempt succeeds, so a write must be one that can be
 * repeated. An attempt without an answer is tried a second time beside it;
 * whichever answers first counts.
 */
export class StoreWrites {
  readonly #options: StoreWritesOptions;
  readonly #refused: Counter;
  readonly #late: Counter;
  #underWay = 0;
  #failures = 0;
  #lastError: string | undefined;

  constructor(options: StoreWritesOptions) {
    this.#options = options;
    const help = 'Writes to the store that failed and were tried again, by reason.';
    const count = (reason: string): Counter =>
      options.metrics.counter('watchkeeper_store_write_failures_total', help, { reason });
    this.#refused = count('refused');
    this.#late = count('late');
  }

  /** Why the last attempt failed; `undefined` when it did not. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** Resolves when the store has taken the write. Never rejects. */
  async run(write: () => Promise<void>): Promise<void> {
    const attempts = new Set<Attempt>();
    for (;;) {
      if (this.#underWay < MOST_UNDER_WAY) attempts.add(this.#attempt(write));
      const attempt = await this.#firstAnswer(attempts);
      if (attempt === undefined) {
        this.#late.inc();
        this.#note(`The store has not answered a write for ${LATE_MS / 1000} s`);
        continue;
      }
      if (attempt.error === undefined) break;
      attempts.delete(attempt);
      this.#refused.inc();
      this.#note(messageOf(attempt.error));
      await this.#rest();
    }
    this.#failures = 0;
    this.#lastError = undefined;
  }

  #attempt(write: () => Promise<void>): Attempt {
    const attempt: Attempt = { answered: Promise.resolve(), error: undefined };
    this.#underWay += 1;
    attempt.answered = (async () => write())()
      .catch((error: unknown) => {
        attempt.error = error ?? new Error('Unknown error.');
      })
      .finally(() => {
        this.#underWay -= 1;
      });
    return attempt;
  }

  /** The first attempt that is answered; `undefined` when none is in time. */
  async #firstAnswer(attempts: ReadonlySet<Attempt>): Promise<Attempt | undefined> {
    let cancel: Cancel | undefined;
    const late = new Promise<undefined>((resolve) => {
      cancel = this.#options.clock.after(LATE_MS, () => {
        resolve(undefined);
      });
    });
    const answers = [...attempts].map((attempt) => attempt.answered.then(() => attempt));
    const first = await Promise.race([...answers, late]);
    cancel?.();
    return first;
  }

  #note(reason: string): void {
    this.#lastError = reason;
    this.#options.logger.warn('A write to the store failed; trying again.', { error: reason });
  }

  #rest(): Promise<void> {
    const delay = backoffMs(this.#failures, BACKOFF, this.#options.random);
    this.#failures += 1;
    return new Promise((resolve) => {
      this.#options.clock.after(delay, resolve);
    });
  }
}
