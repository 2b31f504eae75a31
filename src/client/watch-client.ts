import { WatchkeeperError } from '../core/errors.ts';
import type { FrameClass } from '../model/frame.ts';
import type { ChallengeBody, KeyBody } from '../wire/control-bodies.ts';
import { decodeControl, encodeControlFrame } from '../wire/control.ts';
import { bodyOf, FRAME, splitFrames, type Frame } from '../wire/frame.ts';
import { Backoff } from './backoff.ts';
import type { WatchRecord } from './batch.ts';
import { FlushList } from './flush-list.ts';
import { answerCommand, applyFrame, refusal } from './incoming.ts';
import { KeyTurn } from './key-turn.ts';
import type { Connection, SiteKeyInfo, Transport } from './ports.ts';
import { trustedKey } from './site-trust.ts';
import { Timers } from './timers.ts';
import {
  CLOSE,
  countersOf,
  sessionOptions,
  type Vital,
  type WatchCounters,
  type WatchOptions,
  type WatchState,
} from './watch-options.ts';
import { WatchSession } from './watch-session.ts';

// Above 300 lines: one state machine, whose transitions are safer to read in one place.
const KEY_SPREAD_MS = 60_000;
/** Frames that are numbered before the first of them leaves; an alarm waits for no more. */
const ROUND_BYTES = 64 * 1024;

/**
 * A watch's end of the protocol over WebSocket. Records given to `send` stay
 * in a bounded buffer until the site has them on disk; the client connects,
 * resumes and repeats by itself until `stop`.
 *
 * Longer than the house's measure: it is one state machine, and each event
 * may move it from any state.
 */
export class WatchClient {
  readonly #options: WatchOptions;
  readonly #transport: Transport;
  readonly #session: WatchSession;
  readonly #flushes = new FlushList();
  #state: WatchState = 'stopped';
  #connection: Connection | undefined;
  /** Grows with every connection; events of older ones are ignored. */
  #generation = 0;
  readonly #backoff: Backoff;
  #clockOffsetMs = 0;
  readonly #keyTurn: KeyTurn;
  #challenge: Uint8Array = new Uint8Array(0);
  #isPumping = false;
  #badMessages = 0;
  readonly #timers: Timers<'retry' | 'watchdog' | 'key' | 'pause'>;
  /** Everything that awaits runs in this chain, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #opened: Promise<void> | undefined;
  #refusal: Error | undefined;

  constructor(options: WatchOptions, transport: Transport) {
    this.#options = options;
    this.#transport = transport;
    this.#session = new WatchSession(sessionOptions(options));
    this.#keyTurn = new KeyTurn(this.#session);
    this.#backoff = new Backoff(options.random ?? Math.random);
    this.#timers = new Timers(options.clock);
  }

  get state(): WatchState {
    return this.#state;
  }

  get epoch(): number {
    return this.#session.epoch;
  }

  /** Site time minus this clock in ms, from the last challenge. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  get counters(): WatchCounters {
    const own = { connections: this.#generation, badMessages: this.#badMessages };
    return countersOf(this.#session, own);
  }

  /** Batches that are not acked. */
  get buffered(): number {
    return this.#session.outbox.size;
  }

  /** Connects, and from now on stays connected. Idempotent. With a buffer store it cannot be done again after `stop`. */
  start(): void {
    if (this.#state !== 'stopped') return;
    if (this.#options.bufferStore === undefined) return this.#connect();
    this.#setState('waiting', 'The buffer opens.');
    this.#turn = this.#turn.then(async () => {
      try {
        await this.#open();
      } catch (error) {
        return this.#refuse(error instanceof Error ? error : new Error('Unknown error.'));
      }
      if (this.#state === 'waiting') this.#connect();
    });
  }

  /**
   * Resolves when all that was sent so far is in the buffer store, from where
   * it will be delivered whatever becomes of this process. Without a store at once.
   * @throws WatchkeeperError and what the system throws, when it cannot be written.
   */
  async stored(): Promise<void> {
    await this.#open();
    await this.#session.commit();
  }

  /**
   * Takes records to deliver; never blocks. A full buffer drops the lowest class first and tells the site.
   * @throws WatchkeeperError RECORD_INVALID when a record is above 48 KiB.
   */
  send(records: readonly WatchRecord[], frameClass: FrameClass): void {
    this.#session.add(records, frameClass);
    if (this.#state === 'ready') this.#pump();
    // What cannot be written is tried again with the next; `stored` tells of it.
    else this.#session.commit().catch(() => undefined);
  }

  /** Tells the site how the watch is; `false` when it is not connected. */
  beat(vital: Vital): boolean {
    if (this.#state !== 'ready') return false;
    const { size, oldest } = this.#session.outbox;
    const body = { ...vital, buffered: size, oldest: Math.max(0, Math.floor(oldest)) };
    this.#connection?.send(encodeControlFrame(FRAME.beat, body));
    return true;
  }

  /** Resolves when everything sent so far is acked or reported as dropped; rejects when the client stops first. */
  async flush(): Promise<void> {
    await this.#open();
    const id = this.#session.outbox.lastId;
    if (this.#session.isDelivered(id)) return;
    if (this.#refusal !== undefined) throw this.#refusal;
    await this.#flushes.wait(id);
  }

  /** Says goodbye and closes; what is not acked is lost with this object, but for what is in the buffer store. Idempotent. */
  async stop(): Promise<void> {
    if (this.#state !== 'stopped') {
      const bye = { code: CLOSE.normal, resume_after_ms: 0, reason: 'The watch stops.' };
      this.#connection?.send(encodeControlFrame(FRAME.bye, bye));
      this.#disconnect(CLOSE.normal, bye.reason);
      this.#timers.cancelAll();
      this.#setState('stopped', 'stop');
      this.#flushes.fail(
        new WatchkeeperError('SHUTTING_DOWN', 'The client stopped before everything was acked.'),
      );
    }
    await this.#turn;
    await this.#opened?.catch(() => undefined);
    await this.#session.close();
  }

  #open(): Promise<void> {
    this.#opened ??= this.#session.open();
    return this.#opened;
  }

  #refuse(error: Error, reason = error.message): void {
    this.#refusal = error;
    this.#setState('refused', reason);
    this.#flushes.fail(error);
  }

  #connect(): void {
    this.#timers.cancelAll();
    this.#generation += 1;
    const generation = this.#generation;
    this.#setState('connecting', '');
    this.#enqueue(generation, () => {
      this.#session.restart();
    });
    this.#armWatchdog();
    this.#connection = this.#transport.connect({
      message: (bytes) => {
        this.#enqueue(generation, () => this.#onMessage(bytes));
      },
      closed: (code, reason) => {
        this.#enqueue(generation, () => {
          this.#onClosed(code, reason);
        });
      },
    });
  }

  /** Runs `task` after all before it, unless its connection is over by then. */
  #enqueue(generation: number, task: () => Promise<void> | void): void {
    this.#turn = this.#turn.then(async () => {
      if (generation !== this.#generation || !this.#isOn()) return;
      try {
        await task();
      } catch (error) {
        this.#badMessages += 1;
        this.#retry(CLOSE.badFrame, error instanceof Error ? error.message : 'Unknown error.');
      }
    });
  }

  async #onMessage(bytes: Uint8Array): Promise<void> {
    for (const frame of splitFrames(bytes)) await this.#onFrame(frame);
    this.#flushes.settle((id) => this.#session.isDelivered(id));
    await this.#turnKey();
    this.#pump();
  }

  async #onFrame(frame: Frame): Promise<void> {
    const { kind } = frame.header;
    const body = bodyOf(frame.frame);
    // What follows a goodbye in the same message has no connection any more.
    if (!this.#isOn()) return;
    if (kind === FRAME.challenge) return this.#onChallenge(decodeControl(kind, body));
    if (kind === FRAME.bye) {
      const { code, resume_after_ms: resumeAfterMs, reason } = decodeControl(kind, body);
      this.#backoff.hint(resumeAfterMs);
      return this.#onClosed(code, reason);
    }
    if (kind === FRAME.welcome && this.#state === 'greeting') {
      if (!this.#session.welcome(decodeControl(kind, body))) return this.#newEpoch();
      this.#backoff.succeeded();
      this.#setState('ready', '');
      return this.#armWatchdog();
    }
    if (this.#state === 'ready') {
      if (kind === FRAME.key) return this.#onKey(decodeControl(kind, body));
      if (kind === FRAME.cmd) {
        const { onCommand } = this.#options;
        return this.#connection?.send(await answerCommand(decodeControl(kind, body), onCommand));
      }
    }
    // After a refusal for good the gateway says bye, which tells how long to wait.
    if (applyFrame(this.#session, frame, this.#options) === 'reconnect') this.#newEpoch();
    else if (kind === FRAME.ack) this.#armWatchdog();
  }

  async #onChallenge(challenge: ChallengeBody): Promise<void> {
    if (this.#state !== 'connecting') throw new Error('Challenge at the wrong time.');
    this.#clockOffsetMs = challenge.server_time - this.#options.clock.now();
    this.#challenge = challenge.nonce;
    const key = await trustedKey(challenge, this.#options);
    if (key === undefined) {
      return this.#retry(CLOSE.badFrame, 'The site or its key is not the expected one.');
    }
    // An epoch with unacked frames goes on under its key: sealing them again would deliver some twice.
    if (this.#session.keyId !== key.keyId || this.#session.repeatsOnly) {
      if (this.#session.unacked > 0) this.#keyTurn.ask(key);
      else this.#session.endEpoch();
    }
    await this.#greet(key);
  }

  async #greet(key: SiteKeyInfo): Promise<void> {
    if (!this.#isOn()) return;
    this.#setState('greeting', '');
    this.#armWatchdog();
    await this.#session.ensureEpoch(key);
    this.#connection?.send(await this.#session.hello({ challenge: this.#challenge }));
  }

  async #onKey(body: KeyBody): Promise<void> {
    const { clock, random = Math.random } = this.#options;
    const key = await trustedKey({ ...body, site: this.#session.site ?? '' }, this.#options);
    if (key === undefined) return;
    const wait = Math.max(0, body.not_before - (clock.now() + this.#clockOffsetMs));
    const generation = this.#generation;
    // All watches of a site get this frame at once and must not greet at once.
    this.#timers.set('key', wait + random() * KEY_SPREAD_MS, () => {
      this.#enqueue(generation, () => {
        this.#keyTurn.ask(key);
        return this.#turnKey();
      });
    });
  }

  /** Greets with the next key, on the same connection, once it is due. */
  async #turnKey(): Promise<void> {
    const key = this.#state === 'ready' ? this.#keyTurn.due() : undefined;
    if (key !== undefined) await this.#greet(key);
  }

  #onClosed(code: number, reason: string): void {
    if (code !== CLOSE.revoked) return this.#retry(CLOSE.normal, reason || `closed with ${code}`);
    this.#disconnect(CLOSE.normal, '');
    this.#timers.cancelAll();
    this.#refuse(refusal(this.#options.device, 403), reason);
  }

  /** Connects again at once for the next epoch; waits only when that did not help. */
  #newEpoch(): void {
    this.#keyTurn.ask(undefined);
    this.#session.endEpoch();
    this.#retry(CLOSE.normal, 'new epoch', true);
  }

  /** Closes and connects again after a wait. */
  #retry(code: number, reason: string, isUrgent = false): void {
    // What was awaited may have failed after `stop`.
    if (!this.#isOn()) return;
    this.#disconnect(code, reason);
    this.#timers.cancelAll();
    this.#setState('waiting', reason);
    this.#timers.set('retry', this.#backoff.next(isUrgent), () => {
      this.#connect();
    });
  }

  #disconnect(code: number, reason: string): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close(code, reason);
  }

  #pump(): void {
    if (this.#isPumping || this.#state !== 'ready') return;
    this.#isPumping = true;
    const generation = this.#generation;
    this.#turn = this.#turn.then(() => {
      this.#isPumping = false;
    });
    this.#enqueue(generation, () => this.#sendAll(generation));
  }

  /** Frames to send now; none, and another connection later, when the buffer store cannot write. */
  async #take(): Promise<readonly Uint8Array[]> {
    try {
      return await this.#session.take(ROUND_BYTES);
    } catch (error) {
      this.#retry(CLOSE.normal, error instanceof Error ? error.message : 'Unknown error.');
      return [];
    }
  }

  async #sendAll(generation: number): Promise<void> {
    const wasIdle = this.#session.inFlight === 0;
    while (generation === this.#generation && this.#state === 'ready') {
      const frames = await this.#take();
      if (frames.length === 0) break;
      // Writing takes time: what was taken for a connection that is over goes out on the next.
      if (generation !== this.#generation || this.#state !== 'ready') return;
      for (const frame of frames) this.#connection?.send(frame);
    }
    if (generation !== this.#generation || this.#state !== 'ready') return;
    if (wasIdle) this.#armWatchdog();
    const wait = this.#session.pausedFor;
    if (wait === undefined) return this.#timers.cancel('pause');
    this.#timers.set('pause', wait, () => {
      this.#pump();
    });
  }

  /** Gives the connection up when nothing is answered in time; while nothing is unanswered, it sleeps. */
  #armWatchdog(): void {
    this.#timers.cancel('watchdog');
    if (this.#state === 'ready' && this.#session.inFlight === 0) return;
    this.#timers.set('watchdog', this.#options.timeoutMs ?? 30_000, () => {
      if (this.#isOn()) this.#retry(CLOSE.idle, 'The gateway did not answer in time.');
    });
  }

  #isOn(): boolean {
    return this.#state !== 'stopped' && this.#state !== 'refused' && this.#state !== 'waiting';
  }

  #setState(state: WatchState, reason: string): void {
    this.#state = state;
    // Later, so that a listener that calls `stop` does not do so in the middle of a change.
    queueMicrotask(() => this.#options.onState?.(state, reason));
  }
}
