import type { FastifyInstance } from 'fastify';
import type { Server } from 'node:http';
import { isIPv6, type AddressInfo } from 'node:net';
import { WatchkeeperError } from '../../core/errors.ts';
import { createFeedServer, type FeedServer } from '../feed/feed-server.ts';
import { PenaltyBox } from '../penalty-box.ts';
import { isLoopback } from '../tls/loopback.ts';
import { createApp } from './app.ts';
import { Guard } from './guard.ts';
import { HTTP_LIMITS, type HttpLimits } from './limits.ts';
import type { HttpGatewayOptions } from './options.ts';
import { Upgrades } from './upgrades.ts';

/** The site's HTTP server: API, dashboard and its feed, and the way in for watches. */
export interface HttpGateway {
  /**
   * Begins to listen; port 0 takes a free one.
   * @throws WatchkeeperError CONFIG_INVALID when the host is not loopback and there is no TLS; PORT_IN_USE
   */
  listen(at: { readonly host: string; readonly port: number }): Promise<{ readonly url: string }>;
  /** Refuses new work, lets requests end and watches drain, then cuts what is left. Idempotent. */
  close(): Promise<void>;
}

/** Builds the HTTP server; nothing is open before `listen`. */
export function createHttpGateway(options: HttpGatewayOptions): HttpGateway {
  return new FastifyGateway(options);
}

class FastifyGateway implements HttpGateway {
  readonly #options: HttpGatewayOptions;
  readonly #limits: HttpLimits;
  readonly #app: FastifyInstance;
  readonly #feed: FeedServer;
  readonly #upgrades: Upgrades;
  #closing: Promise<void> | undefined;

  constructor(options: HttpGatewayOptions) {
    const { api, tokens, metrics, logger } = options;
    this.#options = options;
    this.#limits = { ...HTTP_LIMITS, ...options.limits };
    const guard = new Guard({ clock: api.clock, tokens, limits: this.#limits });
    const isClosing = (): boolean => this.#closing !== undefined;
    this.#feed = createFeedServer({ api, tokens, metrics, logger, limits: options.feedLimits });
    const { penalties = new PenaltyBox(api.clock, { metrics }) } = options;
    this.#app = createApp(options, { limits: this.#limits, guard, penalties, isClosing });
    this.#upgrades = new Upgrades({ devices: options.devices, feed: this.#feed, guard });
  }

  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<{
    readonly url: string;
  }> {
    const { tls } = this.#options;
    if (tls === undefined && !isLoopback(host)) throw plainRefused(host);
    this.#upgrades.attach(this.#app.server);
    try {
      await this.#app.listen({ host, port });
    } catch (error) {
      throw listenError(error, { host, port });
    }
    return { url: urlOf(this.#app.server, host, tls !== undefined) };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { api, devices } = this.#options;
    const { server } = this.#app;
    const cut = api.clock.after(this.#limits.closeMs, () => {
      this.#upgrades.destroyAll();
      server.closeAllConnections();
    });
    try {
      const closed = this.#app.close();
      await Promise.allSettled([devices.drain(), this.#feed.close()]);
      await closed;
    } finally {
      cut();
    }
  }
}

function plainRefused(host: string): WatchkeeperError {
  return new WatchkeeperError(
    'CONFIG_INVALID',
    `Without TLS only this machine can be served, and "${host.slice(0, 100)}" can be reached from others.`,
    { fix: 'Listen on 127.0.0.1, or give a TLS certificate; the site can make its own.' },
  );
}

function listenError(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    return new WatchkeeperError('PORT_IN_USE', `Port ${port} of ${host} is in use.`, {
      fix: 'Stop what uses it, or choose another port.',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new WatchkeeperError('CONFIG_INVALID', `Cannot listen on ${host}:${port} (${code}).`, {
      fix: 'Choose an address of this machine and a port above 1023.',
      cause: error,
    });
  }
  return error;
}

function urlOf(server: Server, host: string, isTls: boolean): string {
  const { port } = server.address() as AddressInfo;
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const name = isEverywhere ? 'localhost' : isIPv6(host) ? `[${host}]` : host;
  return `${isTls ? 'https' : 'http'}://${name}:${port}`;
}
