import type { Chance } from './random.ts';

export interface PosterTally {
  readonly service: string;
  /** Messages answered with 200, or among the accepted of a 207. */
  readonly acked: string[];
  /** Messages that were posted without an answer: stored once or not at all. */
  readonly unknown: string[];
  /** Messages that the site said it does not take. */
  readonly refused: string[];
  posts: number;
}

export interface PosterOptions {
  readonly service: string;
  readonly url: () => string;
  readonly token: string;
  readonly random: Chance;
  readonly pauseMs: number;
}

/** A service that posts records and remembers what the site answered. It never posts a record twice. */
export class FaultPoster {
  readonly tally: PosterTally;
  readonly #options: PosterOptions;
  #count = 0;
  #isStopped = false;

  constructor(options: PosterOptions) {
    this.#options = options;
    this.tally = { service: options.service, acked: [], unknown: [], refused: [], posts: 0 };
  }

  async run(): Promise<PosterTally> {
    while (!this.#isStopped) {
      await this.#post();
      await new Promise((resolve) => setTimeout(resolve, this.#options.pauseMs));
    }
    return this.tally;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #post(): Promise<void> {
    const { random, url, token } = this.#options;
    const records = Array.from({ length: random.between(1, 20) }, () => this.#record());
    const messages = records.map(({ message }) => message);
    this.tally.posts += 1;
    try {
      const response = await fetch(`${url()}/v1/logs`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(records),
        signal: AbortSignal.timeout(5000),
      });
      const answer = (await response.json()) as { rejected?: { index: number }[] };
      this.#note(response.status, messages, new Set(answer.rejected?.map(({ index }) => index)));
    } catch {
      this.tally.unknown.push(...messages);
    }
  }

  #note(status: number, messages: readonly string[], rejected: ReadonlySet<number>): void {
    const { acked, refused, unknown } = this.tally;
    for (const [index, message] of messages.entries()) {
      if (rejected.has(index)) refused.push(message);
      else if (status === 200 || status === 207) acked.push(message);
      else unknown.push(message);
    }
  }

  #record(): { message: string; [field: string]: unknown } {
    const { service, random } = this.#options;
    this.#count += 1;
    const isBroken = random.next() < 0.02;
    return {
      timestamp: Date.now(),
      level: isBroken ? 'LOUD' : random.pick(['DEBUG', 'INFO', 'INFO', 'INFO', 'ERROR']),
      service,
      message: `${service}#${this.#count}`,
      user_id: `user-${random.between(1, 30)}`,
    };
  }
}
