/** Wait before attempt `attempt` (0 = first retry): 1 s doubling to 60 s, the upper half of it by chance. `random` gives 0 to 1. */
export function reconnectDelay(attempt: number, random: () => number): number {
  const ceiling = Math.min(60_000, 2_000 * 2 ** Math.min(attempt, 10));
  return Math.max(1_000, Math.round(ceiling * (0.5 + 0.5 * random())));
}

/** How long to wait before the next connection. */
export class Backoff {
  readonly #random: () => number;
  #attempt = 0;
  #hintMs = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The gateway asks for at least this wait. */
  hint(ms: number): void {
    this.#hintMs = ms;
  }

  /** A connection came as far as the welcome. */
  succeeded(): void {
    this.#attempt = 0;
  }

  /** Ms to wait now. `isUrgent` skips the first wait, for trying another epoch at once. */
  next(isUrgent: boolean): number {
    const own = isUrgent && this.#attempt === 0 ? 0 : reconnectDelay(this.#attempt, this.#random);
    // A gateway that restarts tells all its watches the same wait.
    const hinted = this.#hintMs * (1 + 0.5 * this.#random());
    this.#attempt += 1;
    this.#hintMs = 0;
    return Math.max(own, hinted);
  }
}
