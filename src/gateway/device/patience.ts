import type { DeviceLimits } from '../limits.ts';

interface Situation {
  readonly isGreeting: boolean;
  /** The gateway itself stopped reading. */
  readonly isPaused: boolean;
  readonly isMidMessage: boolean;
}

/** How long a connection is waited for: its hello, a sign of life, the rest of a message. Times are real ms. */
export class Patience {
  readonly #limits: DeviceLimits;
  readonly #openedAt: number;
  #heardAt: number;
  #pingedAt: number | undefined;
  #partialSince: number | undefined;

  constructor(limits: DeviceLimits, now: number) {
    this.#limits = limits;
    this.#openedAt = now;
    this.#heardAt = now;
  }

  /** A whole message came in. */
  heard(now: number): void {
    this.alive(now);
    this.#partialSince = undefined;
  }

  /** A pong came in; it may stand between the parts of a message, so it does not excuse an incomplete one. */
  alive(now: number): void {
    this.#heardAt = now;
    this.#pingedAt = undefined;
  }

  /** `ping` when it is time for one, the reason when the connection has to end. */
  check(now: number, { isGreeting, isPaused, isMidMessage }: Situation): string | undefined {
    if (isPaused) {
      this.heard(now);
      return undefined;
    }
    const { helloMs, idleMs, pongMs, incompleteMessageMs } = this.#limits;
    if (isGreeting && now - this.#openedAt >= helloMs) return `No hello within ${helloMs} ms.`;
    this.#partialSince = isMidMessage ? (this.#partialSince ?? now) : undefined;
    if (this.#partialSince !== undefined && now - this.#partialSince >= incompleteMessageMs) {
      return `A message was left incomplete for ${incompleteMessageMs} ms.`;
    }
    if (this.#pingedAt !== undefined) {
      return now - this.#pingedAt >= pongMs
        ? `Nothing heard for ${idleMs + pongMs} ms.`
        : undefined;
    }
    if (now - this.#heardAt < idleMs) return undefined;
    this.#pingedAt = now;
    return 'ping';
  }
}
