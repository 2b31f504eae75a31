import type { Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import type { InputSession, InputStep } from '../../wire/inputs/input-session.ts';
import { TokenBucket } from '../http/token-bucket.ts';
import type { InputLimits } from './input-config.ts';
import { InFlight } from './in-flight.ts';
import type { InputCounter } from './input-counts.ts';
import type { RecordTaker } from './record-taker.ts';
import { pause } from './relief.ts';
import { SocketReader } from './socket-reader.ts';

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly session: InputSession;
  readonly taker: RecordTaker;
  readonly counter: InputCounter;
  readonly limits: InputLimits;
}

/** Bytes of answers that a sender may leave unread. */
const UNREAD_BYTES = 65_536;
/** How often a waiting sender hears that its records are still being taken in. */
const KEEP_ALIVE_MS = 3_000;
const LONGEST_PAUSE_MS = 1_000;

/**
 * One connection of an input: reads, does what the session says, step by step,
 * and reads on while a bounded number of batches becomes durable. So a sender
 * that is faster than the site is held back by TCP. Answers go out in order,
 * each when all that came before it is durable.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #reader: SocketReader;
  readonly #ended = new AbortController();
  readonly #bytes: TokenBucket;
  readonly #records: TokenBucket;
  readonly #openedAt: number;
  #heardAt: number;
  #repliedAt: number;
  /** Since when a message is incomplete. */
  #partialSince: number | undefined;
  #isWorking = false;
  readonly #inFlight: InFlight;
  #cut = 0;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#reader = new SocketReader(socket);
    this.#inFlight = new InFlight(() => {
      this.#reader.stop();
    });
    const { limits, clock } = options;
    const now = clock.monotonic();
    this.#openedAt = now;
    this.#heardAt = now;
    this.#repliedAt = now;
    this.#bytes = bucket(limits.bytesPerSecond, now);
    this.#records = bucket(limits.recordsPerSecond, now);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#ended.abort();
    });
  }

  /** Bytes of a message that is not whole. */
  get held(): number {
    return this.#options.session.held;
  }

  /** Resolves when the connection has ended, whatever ended it. */
  async run(): Promise<void> {
    const { session, counter } = this.#options;
    try {
      if (session.greeting !== undefined) this.#write(session.greeting);
      for (;;) {
        const chunk = await this.#reader.next();
        if (chunk === undefined) break;
        await this.#take(chunk);
      }
      if (!this.#reader.isStopped) await this.#steps(session.end());
      await this.#inFlight.settled();
      this.#socket.end();
    } catch (error) {
      await this.#failAfterAll(error);
    } finally {
      counter.add('cut', session.cut - this.#cut);
      this.#socket.destroySoon();
    }
  }

  /** Reads no more; what was read is finished first. */
  drain(): void {
    this.#reader.stop();
  }

  /** Ends the connection at once, and counts why. */
  cutOff(reason: string): void {
    if (this.#socket.destroyed) return;
    this.#options.counter.reject(reason);
    this.#socket.destroy();
    this.#ended.abort();
  }

  /** Looks whether the sender takes too long; called now and then. */
  check(now: number): void {
    const { limits, session } = this.#options;
    if (this.#socket.writableLength > UNREAD_BYTES) this.cutOff('slow_reader');
    else if (this.#isWorking || this.#inFlight.size > 0) this.#comfort(now);
    else if (!session.isAdmitted && now - this.#openedAt > limits.admission) {
      this.cutOff('slow_admission');
    } else if (now - (this.#partialSince ?? now) > limits.partial) this.cutOff('slow_sender');
    else if (now - this.#heardAt > limits.idle) this.cutOff('idle');
  }

  async #take(chunk: Uint8Array): Promise<void> {
    const { session, counter, clock } = this.#options;
    this.#isWorking = true;
    counter.add('bytes', chunk.length);
    const steps = await this.#steps(session.push(chunk));
    counter.add('cut', session.cut - this.#cut);
    this.#cut = session.cut;
    await this.#pace(this.#bytes, chunk.length);
    const now = clock.monotonic();
    this.#heardAt = now;
    // A message that was completed gives the next one its full time.
    if (session.held === 0) this.#partialSince = undefined;
    else if (steps > 0) this.#partialSince = now;
    else this.#partialSince ??= now;
    this.#isWorking = false;
  }

  async #steps(steps: Iterable<InputStep>): Promise<number> {
    let count = 0;
    for (const step of steps) {
      count += 1;
      await this.#do(step);
    }
    return count;
  }

  async #do(step: InputStep): Promise<void> {
    if (step.type === 'reply') this.#inFlight.after(() => this.#write(step.bytes));
    else if (step.type === 'refuse') {
      await this.#inFlight.settled();
      if (step.bytes !== undefined) this.#write(step.bytes);
      throw new Refusal(step.reason);
    } else {
      const { isAcked, service, items, onDurable } = step;
      const { signal } = this.#ended;
      const pace = (records: number): Promise<void> => this.#pace(this.#records, records);
      const context = { isAcked, service, signal, pace };
      await this.#options.taker.append(items, context, this.#inFlight);
      if (onDurable !== undefined) this.#inFlight.after(onDurable);
    }
  }

  async #pace(meter: TokenBucket, amount: number): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const wait = meter.take(amount, clock.monotonic());
      if (wait === 0 || this.#ended.signal.aborted || this.#reader.isStopped) return;
      await pause(clock, Math.min(wait, LONGEST_PAUSE_MS), this.#ended.signal);
    }
  }

  #comfort(now: number): void {
    if (now - this.#repliedAt < KEEP_ALIVE_MS) return;
    const bytes = this.#options.session.keepAlive?.();
    if (bytes !== undefined) this.#write(bytes);
  }

  #write(bytes: Uint8Array): void {
    this.#repliedAt = this.#options.clock.monotonic();
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** What came before a mistake is confirmed first; what failed before it is the mistake that counts. */
  async #failAfterAll(error: unknown): Promise<void> {
    let first = error;
    try {
      await this.#inFlight.settled();
    } catch (earlier) {
      first = earlier;
    }
    if (!this.#ended.signal.aborted) this.#fail(first);
  }

  #fail(error: unknown): void {
    const { counter, taker } = this.#options;
    if (error instanceof Refusal) {
      counter.reject(error.reason);
      return;
    }
    const code = error instanceof WatchkeeperError ? error.code : 'INTERNAL';
    counter.reject(REASONS[code] ?? 'failed');
    if (code !== 'FRAME_MALFORMED' && code !== 'PAYLOAD_INVALID') return;
    const reason = error instanceof WatchkeeperError ? error.message : '';
    taker.bury({ index: 0, pointer: '', reason, body: this.#reader.last });
  }
}

class Refusal extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super('The session refused its sender.');
    this.reason = reason;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  FRAME_MALFORMED: 'malformed',
  PAYLOAD_INVALID: 'malformed',
  FRAME_TOO_LARGE: 'too_large',
  UNAUTHENTICATED: 'unauthenticated',
};

function bucket(perSecond: number, now: number): TokenBucket {
  return new TokenBucket({ perSecond, burst: perSecond }, now);
}
