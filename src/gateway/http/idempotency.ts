import { createHash } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { WatchkeeperError } from '../../core/errors.ts';

interface Remembered<T> {
  readonly digest: string;
  readonly answer: Promise<T>;
  readonly until: number;
}

/** A request that may be a repetition. */
export interface Repeatable {
  /** The sender and its key together. */
  readonly key: string;
  readonly body: Uint8Array;
}

const KEPT_MS = 600_000;
const MAX_KEYS = 10_000;

/**
 * Gives a repeated request (same sender, same key) the answer of the first for
 * 10 minutes, and while the first still runs, makes it wait for that. What
 * failed is forgotten, so that a retry runs. Bounded; the oldest go first.
 */
export class IdempotencyCache<T> {
  readonly #clock: Clock;
  readonly #answers = new Map<string, Remembered<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws WatchkeeperError CONFLICT when the key came before with another body. */
  run({ key, body }: Repeatable, work: () => Promise<T>): Promise<T> {
    const now = this.#clock.monotonic();
    const digest = createHash('sha256').update(body).digest('base64');
    const known = this.#answers.get(key);
    if (known !== undefined && now < known.until) {
      if (known.digest === digest) return known.answer;
      throw new WatchkeeperError(
        'CONFLICT',
        'This Idempotency-Key came with another body before.',
        {
          fix: 'Use a new key for each request, and the same one only to repeat it.',
        },
      );
    }
    return this.#remember(key, { digest, answer: work(), until: now + KEPT_MS });
  }

  #remember(key: string, remembered: Remembered<T>): Promise<T> {
    this.#answers.delete(key);
    this.#answers.set(key, remembered);
    remembered.answer.catch(() => {
      if (this.#answers.get(key) === remembered) this.#answers.delete(key);
    });
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= MAX_KEYS) break;
      this.#answers.delete(oldest);
    }
    return remembered.answer;
  }
}
