import type { FrameClass } from '../model/frame.ts';
import { concatBytes, equalBytes } from '../security/bytes.ts';
import { decodeControl } from '../wire/control.ts';
import { bodyOf, FRAME, splitFrames, type Frame } from '../wire/frame.ts';
import { reconnectDelay } from './backoff.ts';
import type { WatchRecord } from './batch.ts';
import { applyFrame, refusal } from './incoming.ts';
import { KeyTurn } from './key-turn.ts';
import type { Exchange, PostAnswer, SiteKeyInfo } from './ports.ts';
import { siteKeyId, trustedKey } from './site-trust.ts';
import {
  countersOf,
  sessionOptions,
  type WatchCounters,
  type WatchOptions,
} from './watch-options.ts';
import { WatchSession, type NackAction } from './watch-session.ts';

/** By POST there is no challenge, so the site and its key must be known. */
export interface PostOptions extends WatchOptions {
  readonly site: string;
  /** Raw X25519 keys; the first one is used until the gateway names another of them. */
  readonly siteKeys: readonly [Uint8Array, ...Uint8Array[]];
}

/** Body bytes of one request; the gateway takes up to 1 MiB. */
const ROUND_BYTES = 256 * 1024;
const FIRST_CREDITS = [128, 128, 128, 128] as const;

/**
 * A watch's end of the protocol for those that may not hold a socket: the same
 * frames by `POST /v1/device/frames`. It sends only while `flush` runs.
 */
export class PostClient {
  readonly #options: PostOptions;
  readonly #exchange: Exchange;
  readonly #session: WatchSession;
  readonly #keyTurn: KeyTurn;
  #key: SiteKeyInfo | undefined;
  #offsetMs = 0;
  #signedAt = 0;
  #requests = 0;
  #badMessages = 0;
  #running: Promise<void> | undefined;
  #opened: Promise<void> | undefined;

  constructor(options: PostOptions, exchange: Exchange) {
    this.#options = options;
    this.#exchange = exchange;
    this.#session = new WatchSession(sessionOptions(options));
    this.#session.flow(FIRST_CREDITS);
    this.#keyTurn = new KeyTurn(this.#session);
  }

  get epoch(): number {
    return this.#session.epoch;
  }

  /** Batches that are not acked. */
  get buffered(): number {
    return this.#session.outbox.size;
  }

  get counters(): WatchCounters {
    const own = { connections: this.#requests, badMessages: this.#badMessages };
    return countersOf(this.#session, own);
  }

  /** Puts records in the buffer. @throws WatchkeeperError RECORD_INVALID */
  send(records: readonly WatchRecord[], frameClass: FrameClass): void {
    this.#session.add(records, frameClass);
  }

  /**
   * Posts until everything sent so far is acked, waiting as long as it takes
   * between requests that bring nothing forward.
   * @throws WatchkeeperError DEVICE_REVOKED | UNAUTHENTICATED when the site
   * refuses the watch; what the buffer store throws.
   */
  async flush(): Promise<void> {
    await this.#open();
    const id = this.#session.outbox.lastId;
    while (!this.#session.isDelivered(id)) {
      // Two callers share one exchange: its frames must not be sent twice at once.
      this.#running ??= this.#advance().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
  }

  /** Resolves when all that was sent so far is in the buffer store, if there is one. */
  async stored(): Promise<void> {
    await this.#open();
    await this.#session.commit();
  }

  /** Closes the buffer store; what is not acked stays in it. The client is of no use after. */
  async stop(): Promise<void> {
    await this.#opened?.catch(() => undefined);
    await this.#session.close();
  }

  #open(): Promise<void> {
    this.#opened ??= this.#session.open().then(async () => {
      // An epoch that gives no new numbers ends at once, or when all of it is acked.
      if (this.#session.repeatsOnly) this.#keyTurn.ask(await this.#firstKey());
      this.#keyTurn.due();
    });
    return this.#opened;
  }

  /** Posts until something was acked. */
  async #advance(): Promise<void> {
    const { random = Math.random } = this.#options;
    const before = this.#session.counters.ackedFrames;
    for (let attempt = 0; ; attempt += 1) {
      const hint = await this.#round();
      if (this.#session.counters.ackedFrames > before) return;
      // A new epoch is tried at once; what failed again waits.
      const delay = attempt === 0 && hint === 0 ? 0 : reconnectDelay(attempt, random);
      await this.#wait(Math.max(delay, hint ?? 0));
    }
  }

  /** One request; answers how long the gateway wants the next to wait, 0 for not at all. */
  async #round(): Promise<number | undefined> {
    const body = await this.#body();
    this.#requests += 1;
    const answer = await this.#exchange(body).catch(() => undefined);
    if (answer === undefined) return undefined;
    const action = await this.#apply(answer);
    if (action === 'refused') throw refusal(this.#options.device, answer.status);
    const key = this.#keyTurn.due();
    if (key !== undefined) this.#key = key;
    if (action === 'reconnect') return 0;
    return answer.retryAfterMs ?? this.#session.pausedFor;
  }

  async #body(): Promise<Uint8Array> {
    this.#session.restart();
    this.#key ??= await this.#firstKey();
    await this.#session.ensureEpoch(this.#key);
    const rest = concatBytes(...(await this.#session.take(ROUND_BYTES)));
    const bodyHash = await this.#options.crypto.sha256(rest);
    // Never behind an earlier request: the gateway takes older ones for replays.
    const now = Math.floor(this.#options.clock.now() + this.#offsetMs);
    this.#signedAt = Math.max(this.#signedAt, now);
    const hello = await this.#session.hello({ signedAt: this.#signedAt, bodyHash });
    return concatBytes(hello, rest);
  }

  async #firstKey(): Promise<SiteKeyInfo> {
    const { site, siteKeys, crypto } = this.#options;
    const kept = this.#session.siteKey;
    if (kept !== undefined && siteKeys.some((key) => equalBytes(key, kept.publicKey))) return kept;
    const [publicKey] = siteKeys;
    return { site, publicKey, keyId: await siteKeyId(publicKey, crypto) };
  }

  async #apply({ body }: PostAnswer): Promise<NackAction> {
    let action: NackAction = 'continue';
    try {
      for (const frame of body.length === 0 ? [] : splitFrames(body)) {
        const next = await this.#onFrame(frame);
        if (action === 'continue') action = next;
      }
    } catch {
      // Half an answer is as good as none: everything unacked is sent again.
      this.#badMessages += 1;
    }
    return action;
  }

  async #onFrame(frame: Frame): Promise<NackAction> {
    const body = bodyOf(frame.frame);
    switch (frame.header.kind) {
      case FRAME.welcome: {
        const welcome = decodeControl(FRAME.welcome, body);
        this.#offsetMs = welcome.server_time - this.#options.clock.now();
        if (this.#session.welcome(welcome)) return 'continue';
        this.#session.endEpoch();
        return 'reconnect';
      }
      case FRAME.key: {
        const named = { ...decodeControl(FRAME.key, body), site: this.#options.site };
        const key = await trustedKey(named, this.#options);
        if (key !== undefined) this.#keyTurn.ask(key);
        return 'continue';
      }
      case FRAME.bye:
        return 'continue';
      default:
        return applyFrame(this.#session, frame, this.#options);
    }
  }

  #wait(ms: number): Promise<void> | undefined {
    if (ms <= 0) return undefined;
    return new Promise((resolve) => {
      this.#options.clock.after(ms, resolve);
    });
  }
}
