import type { Clock } from '../core/clock.ts';
import { noMetrics, type Counter, type Metrics } from '../core/metrics.ts';

export interface PenaltyLimits {
  /** Refusals of one sender that are answered at once, when they are small. */
  readonly burst: number;
  /** Refusals of one sender that are answered in a second, in the long run. */
  readonly perSecond: number;
  /** Bytes read in vain that count as one refusal more. */
  readonly bytesPerRefusal: number;
  /** Longest that an answer is held back, ms. */
  readonly maxMs: number;
  /** Answers held back at a time, over all senders; further ones leave at once. */
  readonly held: number;
}

export const PENALTY_LIMITS: PenaltyLimits = Object.freeze({
  burst: 8,
  perSecond: 2,
  bytesPerRefusal: 256 * 1024,
  maxMs: 2_000,
  held: 1_024,
});

interface Debt {
  level: number;
  at: number;
}

/** Senders remembered; the one seen longest ago is forgotten first. */
const MAX_SENDERS = 10_000;

/**
 * Slows down who keeps sending what has to be refused: reading it costs the
 * site time that others wait for. Only refusals are held back, never what is
 * taken in, so that a sender behind the same address or token loses nothing.
 */
export class PenaltyBox {
  readonly #clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly #limits: PenaltyLimits;
  readonly #debts = new Map<string, Debt>();
  readonly #counter: Counter;
  #held = 0;

  constructor(
    clock: Pick<Clock, 'monotonic' | 'after'>,
    {
      metrics = noMetrics,
      limits = PENALTY_LIMITS,
    }: { metrics?: Metrics; limits?: PenaltyLimits } = {},
  ) {
    this.#clock = clock;
    this.#limits = limits;
    const help = 'Answers held back because their sender was refused too often.';
    this.#counter = metrics.counter('watchkeeper_refusals_delayed_total', help);
  }

  /**
   * Counts a refusal of `sender` and calls `answer`: now, or when the sender has waited for it.
   * @param bytes that had to be read to find that it is one, also after decompression
   */
  refuse(sender: string, answer: () => void, bytes = 0): void {
    this.count(sender, bytes);
    this.hold(sender, answer);
  }

  /** Counts a refusal whose answer cannot be held back. */
  count(sender: string, bytes = 0): void {
    const debt = this.#settle(sender);
    const { burst, perSecond, maxMs, bytesPerRefusal } = this.#limits;
    // Nobody waits for a first refusal, however large.
    const cost = Math.min(1 + Math.floor(bytes / bytesPerRefusal), burst);
    debt.level = Math.min(debt.level + cost, burst + (perSecond * maxMs) / 1_000);
  }

  /** Calls `action` now, or, for a sender that was refused too often, later. */
  hold(sender: string, action: () => void): void {
    const { burst, perSecond, held } = this.#limits;
    const known = this.#debts.has(sender) ? this.#settle(sender).level : 0;
    const waitMs = Math.ceil(((known - burst) / perSecond) * 1_000);
    if (waitMs <= 0 || this.#held >= held) {
      action();
      return;
    }
    this.#held += 1;
    this.#counter.inc();
    this.#clock.after(waitMs, () => {
      this.#held -= 1;
      action();
    });
  }

  /** What a sender still owes; it becomes less with time. */
  #settle(sender: string): Debt {
    const now = this.#clock.monotonic();
    const debt = this.#debts.get(sender) ?? { level: 0, at: now };
    debt.level = Math.max(0, debt.level - ((now - debt.at) / 1_000) * this.#limits.perSecond);
    debt.at = now;
    this.#debts.delete(sender);
    if (this.#debts.size >= MAX_SENDERS) this.#forgetOldest();
    this.#debts.set(sender, debt);
    return debt;
  }

  #forgetOldest(): void {
    for (const oldest of this.#debts.keys()) {
      this.#debts.delete(oldest);
      return;
    }
  }
}
