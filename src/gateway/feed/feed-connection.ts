import type { WebSocket } from 'ws';
import type { Cancel } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { FeedMessage, FeedRequest } from '../../model/feed.ts';
import { parseSubjectId } from '../../model/subject.ts';
import type { Identity, TokenStore } from '../../security/tokens.ts';
import { TokenBucket } from '../http/token-bucket.ts';
import type { SiteView, SiteViews } from '../scope/site-view.ts';
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
  readonly api: Pick<SiteApi, 'clock'>;
  /** All that is sent is read through the view of its token. */
  readonly views: Pick<SiteViews, 'of'>;
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
  #view: SiteView | undefined;
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
    const view = this.#view;
    if (this.#identity === undefined || view === undefined) return;
    if (!this.#context.tokens.isActive(this.#identity.id)) {
      this.#socket.close(FEED_CLOSE.unauthenticated, 'The token ended.');
      return;
    }
    if (this.#interest.page !== 'none') {
      const isWhole = this.#identity.filter === undefined;
      this.#outlet.send(isWhole ? overview() : { type: 'overview', overview: view.overview() });
    }
    if (this.#path !== undefined) this.#sendState(view, this.#path);
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
      this.#view = undefined;
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
    else if (this.#view === undefined) this.#socket.close(1008, 'Expected hello.');
    else this.#subscribe(this.#view, request);
  }

  #greet(token: string): void {
    const { views, tokens, mayRead } = this.#context;
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
    const view = views.of(identity);
    this.#identity = identity;
    this.#view = view;
    const { rate } = view.overview();
    const { name: site, clock } = view;
    this.#outlet.send({
      type: 'welcome',
      proto: 1,
      site,
      now: clock.now(),
      rate,
      role: identity.role,
    });
    this.#observe(view, NOTHING);
    this.#sendSnapshot();
  }

  #subscribe(view: SiteView, { page, subject: subjectText, path, hz }: Subscription): void {
    const { limits } = this.#context;
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
    this.#observe(view, { page, subject, hz: Math.min(limits.hz, hz ?? limits.hz) });
    if (page !== 'none') this.#outlet.send({ type: 'overview', overview: view.overview() });
    if (path !== undefined) this.#sendState(view, path);
  }

  #observe(view: SiteView, interest: FeedInterest): void {
    this.#cancelObserve?.();
    this.#interest = interest;
    this.#cancelObserve = view.observe(interest, (message) => {
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

  #sendState(view: SiteView, path: string): void {
    const detail = view.actor(path);
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
    const { logger } = this.#context;
    const view = this.#view;
    if (view === undefined) return;
    const open = view.alerts({ states: ['open', 'acknowledged'], limit: 500 });
    const resolved = view.alerts({ states: ['resolved'], limit: 100 });
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
