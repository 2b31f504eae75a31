import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { backoffMs } from '../core/backoff.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

export interface LinkOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** Read at each attempt: the address may change. */
  readonly target: () => NodeConnectionOptions;
  /** Runs on each new connection before it is given out; the link is down while it rejects. */
  readonly prepare: (connection: NatsConnection) => Promise<void>;
}

const BACKOFF = { firstMs: 100, maxMs: 10_000, jitter: 0.2 };

/**
 * A connection that is made again for as long as it takes. Each new one is
 * prepared from scratch (the server may have lost what it knew), and while
 * there is none nothing is buffered here: the outbox keeps what must not be lost.
 */
export class Link {
  readonly #options: LinkOptions;
  #connection: NatsConnection | undefined;
  #problem: unknown = 'It has not connected yet.';
  #failures = 0;
  #cancel: Cancel | undefined;
  #attempt: Promise<void> = Promise.resolve();
  #connections = 0;
  #isClosed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** The prepared connection; `undefined` while there is none. */
  get connection(): NatsConnection | undefined {
    return this.#connection;
  }

  /** Connections made after the first. */
  get reconnects(): number {
    return Math.max(0, this.#connections - 1);
  }

  /** What stands in the way; `undefined` when nothing does. */
  get problem(): unknown {
    return this.#connection === undefined ? this.#problem : undefined;
  }

  /** The first attempt. It resolves when that is over, also when it failed. */
  start(): Promise<void> {
    this.#attempt = this.#connect();
    return this.#attempt;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#attempt;
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  async #connect(): Promise<void> {
    let connection: NatsConnection | undefined;
    try {
      connection = await connect({ ...this.#options.target(), reconnect: false });
      await this.#options.prepare(connection);
      this.#use(connection);
    } catch (error) {
      await connection?.close();
      this.#lost(error);
    }
  }

  #use(connection: NatsConnection): void {
    this.#connection = connection;
    this.#connections += 1;
    this.#failures = 0;
    void connection.closed().then((error) => {
      this.#lost(error ?? 'The server closed the connection.');
    });
  }

  #lost(problem: unknown): void {
    this.#connection = undefined;
    if (this.#isClosed) return;
    const { clock, logger, random } = this.#options;
    this.#problem = problem;
    const delayMs = backoffMs(this.#failures, BACKOFF, random);
    if (this.#failures === 0) {
      logger.warn('There is no connection to NATS; alerts wait.', { error: messageOf(problem) });
    }
    this.#failures += 1;
    this.#cancel = clock.after(delayMs, () => {
      if (!this.#isClosed) void this.start();
    });
  }
}
