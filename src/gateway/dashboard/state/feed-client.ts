import type { Cancel, Clock } from '../../../core/clock.ts';
import type { FeedMessage, FeedRequest } from '../../../model/feed.ts';
import { decodeFeed, encodeFeed } from '../../feed/codec.ts';
import { backoffMs, type LinkFacts } from '../logic/link-state.ts';

export type Subscription = Omit<Extract<FeedRequest, { type: 'sub' }>, 'type'>;

export interface FeedClientOptions {
  readonly url: string;
  readonly token: string;
  readonly clock: Clock;
  readonly openSocket: (url: string) => FeedSocket;
  /** 0 to 1, for the spread of reconnects. */
  readonly random: () => number;
  readonly onMessage: (message: FeedMessage) => void;
  readonly onLink: (facts: LinkFacts) => void;
  /** The site does not take this token. */
  readonly onRefused: () => void;
}

/** The part of a WebSocket that is used. */
export type FeedSocket = Pick<
  WebSocket,
  'binaryType' | 'send' | 'close' | 'onopen' | 'onmessage' | 'onclose'
>;

export interface FeedClient {
  /** Replaces what the server sends; repeated by itself after a reconnect. */
  subscribe(subscription: Subscription): void;
  /** Tries now instead of at the end of the wait. */
  retryNow(): void;
  close(): void;
}

/** A feed that is silent for this long although it is connected is dropped and opened again. */
const DEAD_AFTER_MS = 12_000;

/** Keeps one feed connection open, whatever happens to it, until `close`. */
export function createFeedClient(options: FeedClientOptions): FeedClient {
  const connection = new FeedConnection(options);
  connection.connect();
  return connection;
}

class FeedConnection implements FeedClient {
  readonly #options: FeedClientOptions;
  readonly #cancelWatch: Cancel;
  #socket: FeedSocket | undefined;
  #subscription: Subscription | undefined;
  #phase: LinkFacts['phase'] = 'connecting';
  #lastMessageAt: number | undefined;
  #openedAt = 0;
  #failures = 0;
  #cancelRetry: Cancel = () => {};
  #closed = false;

  constructor(options: FeedClientOptions) {
    this.#options = options;
    this.#cancelWatch = options.clock.every(1000, () => {
      this.#dropWhenDead();
    });
  }

  connect(): void {
    if (this.#closed) return;
    this.#cancelRetry();
    this.#setPhase('connecting');
    this.#openedAt = this.#options.clock.monotonic();
    const socket = this.#options.openSocket(this.#options.url);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.#send({ type: 'hello', proto: 1, token: this.#options.token });
    };
    socket.onmessage = (event) => {
      this.#receive(new Uint8Array(event.data as ArrayBuffer));
    };
    socket.onclose = (event) => {
      if (this.#socket === socket) this.#lost(event.code);
    };
  }

  subscribe(subscription: Subscription): void {
    this.#subscription = subscription;
    if (this.#phase === 'open') this.#send({ type: 'sub', ...subscription });
  }

  retryNow(): void {
    if (this.#phase === 'waiting') this.connect();
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    this.#cancelWatch();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #receive(bytes: Uint8Array): void {
    const message = decodeFeed(bytes) as FeedMessage;
    this.#lastMessageAt = this.#options.clock.monotonic();
    if (message.type === 'welcome') {
      this.#failures = 0;
      this.#setPhase('open');
      if (this.#subscription !== undefined) this.#send({ type: 'sub', ...this.#subscription });
    } else if (this.#phase === 'open') {
      this.#options.onLink({ phase: 'open', lastMessageAt: this.#lastMessageAt });
    }
    if (message.type === 'error' && isRefusal(message.code)) this.#refuse();
    else this.#options.onMessage(message);
  }

  #lost(code: number): void {
    this.#socket = undefined;
    if (this.#closed) return;
    if (code === 4401 || code === 4403) {
      this.#refuse();
      return;
    }
    this.#setPhase('waiting');
    const delay = backoffMs(this.#failures, this.#options.random());
    this.#failures += 1;
    this.#cancelRetry = this.#options.clock.after(delay, () => {
      this.connect();
    });
  }

  #refuse(): void {
    this.close();
    this.#options.onRefused();
  }

  #dropWhenDead(): void {
    const heard = Math.max(this.#lastMessageAt ?? 0, this.#openedAt);
    const socket = this.#socket;
    if (socket === undefined || this.#options.clock.monotonic() - heard < DEAD_AFTER_MS) return;
    this.#lost(1006);
    socket.close();
  }

  #setPhase(phase: LinkFacts['phase']): void {
    this.#phase = phase;
    this.#options.onLink({ phase, lastMessageAt: this.#lastMessageAt });
  }

  #send(request: FeedRequest): void {
    this.#socket?.send(encodeFeed(request) as Uint8Array<ArrayBuffer>);
  }
}

function isRefusal(code: string): boolean {
  return code === 'UNAUTHENTICATED' || code === 'FORBIDDEN';
}
