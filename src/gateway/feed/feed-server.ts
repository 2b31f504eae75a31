import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Cancel } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Counter, Metrics } from '../../core/metrics.ts';
import type { FeedMessage, Overview } from '../../model/feed.ts';
import type { TokenStore } from '../../security/tokens.ts';
import { isAllowed } from '../http/policy.ts';
import { SiteViews } from '../scope/site-view.ts';
import type { SiteApi } from '../site-api.ts';
import { FeedConnection, type FeedContext } from './feed-connection.ts';
import { FEED_LIMITS, type FeedLimits } from './limits.ts';

/** The dashboard's live feed at `/ui/ws`. */
export interface FeedServer {
  /** Takes over the socket; the caller has checked its origin. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes every connection with 1012 (service restart), and cuts those that do not answer. */
  close(): Promise<void>;
  readonly connections: number;
}

export interface FeedServerOptions {
  readonly api: SiteApi;
  readonly tokens: Pick<TokenStore, 'verify' | 'isActive'>;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly limits?: Partial<FeedLimits> | undefined;
}

/** Builds the feed; its timers run only while somebody is connected. */
export function createFeedServer(options: FeedServerOptions): FeedServer {
  return new WsFeedServer(options);
}

const MAX_REQUEST_BYTES = 16_384;
/**
 * RFC 7692, for large messages only. Each stands for itself, so that little
 * is kept between two of them; what browsers send is bounded after it is
 * decompressed. Two messages at once leave threads for the journal's syncs.
 */
const COMPRESSION = {
  threshold: 1_024,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  concurrencyLimit: 2,
  zlibDeflateOptions: { level: 1, memLevel: 7 },
};
const FLUSH_MS = 100;
const TICK_MS = 1_000;
const CLOSE_MS = 1_000;

class WsFeedServer implements FeedServer {
  readonly #context: FeedContext;
  readonly #overview: () => Overview;
  readonly #sockets = new Map<WebSocket, FeedConnection>();
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_REQUEST_BYTES,
    perMessageDeflate: COMPRESSION,
  });
  #timers: readonly Cancel[] = [];
  #isClosed = false;

  constructor({ api, tokens, metrics, logger, limits }: FeedServerOptions) {
    const dropped = new Map<string, Counter>();
    this.#overview = () => api.overview();
    this.#context = {
      api,
      views: new SiteViews(api),
      tokens,
      logger,
      limits: { ...FEED_LIMITS, ...limits },
      mayRead: ({ role }) => isAllowed('read', role),
      onDropped: (type) => {
        countDropped(metrics, dropped, type);
      },
    };
    metrics.observed(
      'watchkeeper_feed_connections',
      'Dashboards connected.',
      () => this.connections,
    );
  }

  get connections(): number {
    return this.#sockets.size;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#isClosed || this.#sockets.size >= this.#context.limits.connections) {
      socket.end(BUSY);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (client) => {
      this.#add(client);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const sockets = [...this.#sockets.keys()];
    await Promise.all(sockets.map((socket) => this.#closeSocket(socket)));
  }

  #add(client: WebSocket): void {
    this.#sockets.set(client, new FeedConnection(client, this.#context));
    if (this.#timers.length === 0) this.#start();
    client.on('close', () => {
      this.#sockets.delete(client);
      if (this.#sockets.size === 0) this.#stop();
    });
  }

  #start(): void {
    const { clock } = this.#context.api;
    const connections = (): Iterable<FeedConnection> => this.#sockets.values();
    this.#timers = [
      clock.every(FLUSH_MS, () => {
        for (const connection of connections()) connection.flush();
      }),
      clock.every(TICK_MS, () => {
        const overview = once(() => ({ type: 'overview', overview: this.#overview() }));
        for (const connection of connections()) connection.tick(overview);
      }),
      clock.every(this.#context.limits.pingMs, () => {
        for (const connection of connections()) connection.ping();
      }),
    ];
  }

  #stop(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
  }

  #closeSocket(socket: WebSocket): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#context.api.clock.after(CLOSE_MS, () => {
        socket.terminate();
      });
      socket.once('close', () => {
        cancel();
        resolve();
      });
      socket.close(1012, 'The site restarts.');
    });
  }
}

const BUSY =
  'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n';

/** One message for all, so that it is also encoded once. */
function once(make: () => FeedMessage): () => FeedMessage {
  let made: FeedMessage | undefined;
  return () => (made ??= make());
}

function countDropped(
  metrics: Metrics,
  counters: Map<string, Counter>,
  type: FeedMessage['type'],
): void {
  let counter = counters.get(type);
  if (counter === undefined) {
    counter = metrics.counter(
      'watchkeeper_feed_dropped_total',
      'Feed messages not sent, because the dashboard reads too slowly.',
      { type },
    );
    counters.set(type, counter);
  }
  counter.inc();
}
