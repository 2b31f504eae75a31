import type { WebSocket } from 'ws';
import type { Cancel } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { FeedMessage, FeedRequest } from '../../model/feed.ts';
import { parseSubjectId } from '../../model/subject.ts';
import type { Identity, TokenStore } from '../../security/tokens.ts';
import { TokenBucket } from '../http/token-bucket.ts';
import type { FeedInterest, SiteApi } from '../site-api.ts';
import { decodeFeedRequest } from './codec.ts';
import type { FeedLimits } from './limits.ts';
import { Outlet } from './outlet.ts';

/** Close codes of `/ui/ws` beyond those of RFC 6455. */
const FEED_CLOSE = Object.freeze({
  unauthenticated: 4401,
  forbidden: 4403,
  helloTimeout: 4408,
  tooManyRequests: 4429,
});

export interface FeedContext {
  readonly api: SiteApi;
  readonly tokens: Pick<TokenStore, 'verify' | 'isActive'>;
  readonly logger: Logger;
  readonly limits: FeedLimits;
  readonly mayRead: (identity: Identity) => boolean;
  readonly onDropped: (type: FeedMessage['type']) => void;
}

const NOTHING: FeedInterest = { page: 'none', subject: undefined, hz: 0 };
const REQUESTS = { perSecond: 20, burst: 40 };

type Subscription = Extract<FeedRequest, { readonly type: 'sub' }>;

/** One dashboard: greets, subscribes, and gets what it looks at and no more. */
export class FeedConnection {
  readonly #socket: WebSocket;
  readonly #context: FeedContext;
  readonly #outlet: Outlet;
  readonly #requests: TokenBucket;
  readonly #frames: TokenBucket;
  readonly #cancelHello: Cancel;
  #identity: Identity | undefined;
  #interest = NOTHING;
  #path: string | undefined;
  #cancelObserve: Cancel | undefined;
  #isAlive = true;

  constructor(socket: WebSocket, context: FeedContext) {
    const { api, limits, onDropped } = context;
    this.#socket = socket;
    this.#context = context;
    const now = api.clock.monotonic();
    this.#requests = new TokenBucket(REQUESTS, now);
    this.#frames = new TokenBucket({ perSecond: limits.hz, burst: 2 }, now);
    this.#outlet = new Outlet({
      socket,
      bufferedBytes: limits.bufferedBytes,
      pendingAlerts: limits.pendingAlerts,
      onDropped,
      requestSnapshot: () => {
        this.#sendSnapshot();
      },
    });
    this.#cancelHello = api.clock.after(limits.helloMs, () => {
      socket.close(FEED_CLOSE.helloTimeout, 'Expected hello.');
    });
    this.#listen();
  }

  /** Ten times a second: what a slow socket could not take before. */
  flush(): void {
    if (this.#identity !== undefined) this.#outlet.flush();
  }

  /** Once a second. The overview message is shared by all connections. */
  tick(overview: () => FeedMessage): void {
    if (this.#identity === undefined) return;
    if (!this.#context.tokens.isActive(this.#identity.id)) {
      this.#socket.close(FEED_CLOSE.unauthenticated, 'The token ended.');
      return;
    }
    if (this.#interest.page !== 'none') this.#outlet.send(overview());
    if (this.#path !== undefined) this.#sendState(this.#path);
  }

  /** Cuts a connection that did not answer the ping before, or sends the next. */
  ping(): void {
    if (!this.#isAlive) {
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#receive(data, isBinary);
    });
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('close', () => {
      this.#cancelHello();
      this.#cancelObserve?.();
      this.#identity = undefined;
    });
    // A protocol error closes the socket by itself; without a listener it would be an uncaught exception.
    socket.on('error', () => undefined);
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#requests.take(1, this.#context.api.clock.monotonic()) > 0) {
      this.#socket.close(FEED_CLOSE.tooManyRequests, 'Too many requests.');
      return;
    }
    const request = isBinary ? decodeFeedRequest(data) : undefined;
    if (request === undefined) this.#socket.close(1007, 'Expected a request.');
    else if (request.type === 'hello') this.#greet(request.token);
    else if (this.#identity === undefined) this.#socket.close(1008, 'Expected hello.');
    else this.#subscribe(request);
  }

  #greet(token: string): void {
    const { api, tokens, mayRead } = this.#context;
    const identity = tokens.verify(token);
    if (identity === undefined) {
      this.#socket.close(FEED_CLOSE.unauthenticated, 'The token is not valid.');
      return;
    }
    if (!mayRead(identity)) {
      this.#socket.close(FEED_CLOSE.forbidden, 'The role may not read.');
      return;
    }
    if (this.#identity !== undefined) return;
    this.#cancelHello();
    this.#identity = identity;
    const { rate } = api.overview();
    const { name: site, clock } = api;
    this.#outlet.send({
      type: 'welcome',
      proto: 1,
      site,
      now: clock.now(),
      rate,
      role: identity.role,
    });
    this.#observe(NOTHING);
    this.#sendSnapshot();
  }

  #subscribe({ page, subject: subjectText, path, hz }: Subscription): void {
    const { api, limits } = this.#context;
    const subject = subjectText === undefined ? undefined : parseSubjectId(subjectText);
    if (page === 'subject' && subject === undefined) {
      this.#outlet.send({
        type: 'error',
        code: 'BAD_REQUEST',
        message: 'Expected a subject as kind:id.',
      });
      return;
    }
    this.#path = path;
    this.#observe({ page, subject, hz: Math.min(limits.hz, hz ?? limits.hz) });
    if (page !== 'none') this.#outlet.send({ type: 'overview', overview: api.overview() });
    if (path !== undefined) this.#sendState(path);
  }

  #observe(interest: FeedInterest): void {
    this.#cancelObserve?.();
    this.#interest = interest;
    this.#cancelObserve = this.#context.api.observe(interest, (message) => {
      this.#forward(message);
    });
  }

  #forward(message: FeedMessage): void {
    const { api, onDropped } = this.#context;
    if (message.type === 'frame' && this.#frames.take(1, api.clock.monotonic()) > 0) {
      onDropped('frame');
      return;
    }
    this.#outlet.send(message);
  }

  #sendState(path: string): void {
    const detail = this.#context.api.actor(path);
    if (detail === undefined) {
      this.#path = undefined;
      this.#outlet.send({
        type: 'error',
        code: 'NOT_FOUND',
        message: 'There is no such actor now.',
      });
      return;
    }
    const { state, capturedAt } = detail;
    this.#outlet.send({ type: 'state', path, state, capturedAt });
  }

  #sendSnapshot(): void {
    const { api, logger } = this.#context;
    const open = api.alerts({ states: ['open', 'acknowledged'], limit: 500 });
    const resolved = api.alerts({ states: ['resolved'], limit: 100 });
    Promise.all([open, resolved]).then(
      ([first, second]) => {
        if (this.#identity === undefined) return;
        const alerts = [...first.alerts, ...second.alerts];
        this.#outlet.send({ type: 'alerts', snapshot: true, alerts });
      },
      (error: unknown) => {
        logger.warn('The feed could not read the alerts.', { reason: messageOf(error) });
        this.#socket.close(1011, 'The alerts cannot be read.');
      },
    );
  }
}
