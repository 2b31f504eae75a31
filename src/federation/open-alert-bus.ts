import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { NodeConnectionOptions } from '@nats-io/transport-node';
import type { Clock } from '../core/clock.ts';
import { WatchkeeperError, isWatchkeeperError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { toToken } from '../model/subject.ts';
import { AckDesk, type AckListener } from './ack-desk.ts';
import type { AlertBus, BusCounts } from './alert-bus.ts';
import { KvBuckets } from './kv-buckets.ts';
import { Link } from './link.ts';
import { NatsShelf } from './model-shelf.ts';
import { natsAddress } from './nats-address.ts';
import { NatsChannel } from './nats-channel.ts';
import { OwnServer } from './own-server.ts';
import { loadInstanceId } from './server-secrets.ts';

export interface OpenAlertBusOptions {
  readonly site: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Below the locked data folder: passwords, the identity on NATS, the own server's files. */
  readonly folder: string;
  /** A NATS to use; it may hold credentials. */
  readonly url: string | undefined;
  /** nats-server to start when there is no `url`. */
  readonly program: string | undefined;
  /** For the jitter of retries. @default Math.random */
  readonly random?: () => number;
}

/** How long one attempt to connect may take, in ms; a start waits that long for a NATS that does not answer. */
const CONNECT_MS = 3_000;

/** A NATS, ours or another. */
interface Server {
  readonly url: () => string;
  readonly login: () => NodeConnectionOptions;
  readonly own: OwnServer | undefined;
}

/**
 * Connects the site to the NATS at `url`, or starts a nats-server of its own.
 * A NATS that cannot be reached does not keep the site from starting: it is
 * tried again in the background, `problem()` says so and deliveries reject.
 * @throws PREREQUISITE_MISSING when there is neither; CONFLICT when another
 * site of this name is on that NATS; CONFIG_INVALID for a bad `url`.
 */
export async function openAlertBus(options: OpenAlertBusOptions): Promise<AlertBus> {
  const { folder, random = Math.random } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const instance = await loadInstanceId(folder);
  const server = await openServer(options, random);
  const bus = new NatsBus({ ...options, random, instance, server });
  await bus.start();
  return bus;
}

class NatsBus implements AlertBus {
  readonly channel: NatsChannel;
  readonly subscriber: AlertBus['subscriber'];
  readonly buckets: KvBuckets;
  readonly models: NatsShelf;
  readonly #server: Server;
  readonly #desk: AckDesk;
  readonly #link: Link;

  constructor(
    options: Required<OpenAlertBusOptions> & { readonly instance: string; readonly server: Server },
  ) {
    const { site, instance, clock, logger, random, server } = options;
    this.#server = server;
    this.subscriber = server.own?.subscriber;
    this.#desk = new AckDesk(site, logger);
    this.channel = new NatsChannel({
      site,
      instance,
      connection: () => this.#link.connection,
      problem: () => this.problem(),
    });
    this.buckets = new KvBuckets(() => this.#link.connection);
    this.models = new NatsShelf({ connection: () => this.#link.connection, clock });
    this.#link = new Link({
      clock,
      logger,
      random,
      target: () => ({ ...server.login(), ...connectOptions(site) }),
      prepare: async (connection) => {
        await this.channel.claim(connection);
        this.#desk.attach(connection);
      },
    });
  }

  get url(): string {
    return this.#server.url();
  }

  get counts(): BusCounts {
    const { accepted, refused } = this.#desk.counts;
    const { reconnects } = this.#link;
    return { ...this.channel.counts, reconnects, acksAccepted: accepted, acksRefused: refused };
  }

  /** @throws CONFLICT */
  async start(): Promise<void> {
    await this.#link.start();
    const { problem } = this.#link;
    if (!isWatchkeeperError(problem, 'CONFLICT')) return;
    await this.close();
    throw problem;
  }

  onAck(listener: AckListener): void {
    this.#desk.listen(listener);
  }

  problem(): string | undefined {
    return this.#server.own?.problem() ?? linkProblem(this.url, this.#link.problem);
  }

  async close(): Promise<void> {
    await this.#link.close();
    await this.#server.own?.close();
  }
}

async function openServer(options: OpenAlertBusOptions, random: () => number): Promise<Server> {
  const { site, clock, logger, folder, url, program } = options;
  if (url !== undefined) {
    const address = natsAddress(url);
    return { url: () => address.url, login: () => address.options, own: undefined };
  }
  if (program === undefined) {
    throw new WatchkeeperError(
      'PREREQUISITE_MISSING',
      'There is no NATS to use and none to start.',
      {
        fix: 'Give --nats <url>, or install nats-server.',
      },
    );
  }
  const own = await OwnServer.open({ site, clock, logger, folder, program, random });
  return { url: () => own.url, login: () => ({ servers: own.url, ...own.internal }), own };
}

/**
 * The prefix of our inboxes is random and not `_INBOX`, which subscribers may
 * listen to: replies to the site are its own.
 */
function connectOptions(site: string): NodeConnectionOptions {
  return {
    name: `watchkeeper ${site}`,
    timeout: CONNECT_MS,
    pingInterval: 10_000,
    maxPingOut: 2,
    inboxPrefix: `_WK.${toToken(site)}.${randomBytes(8).toString('hex')}`,
  };
}

function linkProblem(url: string, problem: unknown): string | undefined {
  if (problem === undefined) return undefined;
  return isWatchkeeperError(problem)
    ? problem.message
    : `NATS at ${url} cannot be used: ${messageOf(problem)}`;
}
