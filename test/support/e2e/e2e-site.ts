import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startSite, type SiteHandle } from '../../../src/app.ts';
import type { SiteTuning } from '../../../src/app/parts.ts';
import type { StartSiteOptions } from '../../../src/cli/site-contract.ts';
import { SiteClient } from '../../../src/cli/http/site-client.ts';
import { connectWatch, fileStorage } from '../../../src/client/node.ts';
import type { ConnectOptions } from '../../../src/client/node.ts';
import type { WatchClient } from '../../../src/client/watch-client.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { projectRoot } from '../../../src/core/root.ts';
import { generateDeviceKey, type DeviceKey } from '../../../src/security/device-key.ts';
import { findNatsServer, until } from '../nats-server.ts';
import type { It, TestBody } from '../suite.ts';
import { CollectingTracer } from './collecting-tracer.ts';

const nats = findNatsServer();

/** Whether a site here has NATS. */
export const hasNats = nats.program !== undefined;

/** Declares tests that need a nats-server; without it they are skipped, and with CI=true the file fails. */
export function withNats(it: It): (behaviour: string, body: TestBody) => void {
  return (behaviour, body) => {
    if (nats.program === undefined) it.skip(behaviour, nats.reason);
    else it(behaviour, body, { deadlineMs: 60_000 });
  };
}

export interface E2eOptions {
  readonly options?: Partial<StartSiteOptions>;
  readonly tuning?: SiteTuning;
  /** Whether it has a NATS server. @default true */
  readonly withNats?: boolean;
}

/** A message of the site on NATS. */
export interface HeardAlert {
  readonly subject: string;
  readonly transition: string;
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly text: string;
  readonly [field: string]: unknown;
}

/** A whole site in this process with a data folder, a configuration and a token of its own; restarts on the same folder. */
export class E2eSite {
  readonly folder = mkdtempSync(join(tmpdir(), 'wk-e2e-'));
  readonly configFolder = join(this.folder, 'config');
  readonly tracer = new CollectingTracer();
  readonly #closers: (() => Promise<void> | void)[] = [];
  readonly #given: E2eOptions;
  readonly #keys = new Map<string, Uint8Array>();
  #handle: SiteHandle | undefined;
  #client: SiteClient | undefined;
  #token: string | undefined;

  private constructor(given: E2eOptions) {
    this.#given = given;
    cpSync(join(projectRoot(), 'config'), this.configFolder, { recursive: true });
  }

  static async start(given: E2eOptions = {}): Promise<E2eSite> {
    const site = new E2eSite(given);
    await site.up();
    return site;
  }

  /** A site that is not started yet, for editing its configuration first. */
  static prepare(given: E2eOptions = {}): E2eSite {
    return new E2eSite(given);
  }

  get handle(): SiteHandle {
    if (this.#handle === undefined) throw new Error('The site is not running.');
    return this.#handle;
  }

  get api(): SiteHandle['api'] {
    return this.handle.api;
  }

  get http(): SiteClient {
    if (this.#client === undefined) throw new Error('The site is not running.');
    return this.#client;
  }

  get token(): string {
    return this.#token ?? '';
  }

  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  async up(changes: E2eOptions = {}): Promise<void> {
    const { options, tuning, withNats: isWithNats = true } = { ...this.#given, ...changes };
    this.#handle = await startSite(
      {
        host: '127.0.0.1',
        port: 0,
        dataFolder: this.dataFolder,
        configFolder: this.configFolder,
        ...(isWithNats && nats.program !== undefined ? { natsServer: nats.program } : {}),
        siteName: 'local',
        clock: {},
        tls: {},
        consoleAlerts: false,
        logger: silentLogger,
        ...options,
      },
      { tracer: this.tracer, ...tuning },
    );
    this.#token = this.#handle.token ?? this.#token;
    const { url, caFile } = this.#handle;
    this.#client = new SiteClient({
      url,
      token: this.token,
      ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
    });
  }

  /** Stops the site; its data stay. */
  async down(): Promise<void> {
    this.#client?.close();
    await this.#handle?.stop();
    this.#handle = undefined;
  }

  /** Stops all and removes what was written. */
  async close(): Promise<void> {
    for (let next = this.#closers.pop(); next !== undefined; next = this.#closers.pop()) {
      await next();
    }
    await this.down();
    rmSync(this.folder, { recursive: true, force: true });
  }

  onClose(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  /** Rewrites `anomaly_schema.yaml`. */
  editDetectors(edit: (text: string) => string): void {
    const file = join(this.configFolder, 'anomaly_schema.yaml');
    const before = readFileSync(file, 'utf8');
    const after = edit(before);
    if (after === before) throw new Error('The edit changed nothing.');
    writeFileSync(file, after);
  }

  /** Enrols a watch by HTTP. */
  async enroll(device: string): Promise<DeviceKey> {
    const key = generateDeviceKey();
    this.#keys.set(device, key.privateKey);
    const publicKey = Buffer.from(key.publicKey).toString('base64url');
    await this.http.post('/v1/devices', { id: device, publicKey });
    return key;
  }

  /** Enrols a watch and connects it. */
  async watch(device: string, changes: Partial<ConnectOptions> = {}): Promise<WatchClient> {
    await this.enroll(device);
    return this.watchAgain(device, changes);
  }

  /** Connects a watch that is enrolled already, with an empty buffer and the next epoch, as after its restart. */
  watchAgain(device: string, changes: Partial<ConnectOptions> = {}): WatchClient {
    const client = connectWatch({
      url: this.deviceUrl,
      device,
      privateKey: this.#keys.get(device) ?? new Uint8Array(),
      storage: fileStorage(join(this.folder, `${device}.epoch.json`)),
      ...(this.http.ca === undefined ? {} : { tls: { ca: this.http.ca } }),
      ...changes,
    });
    this.onClose(() => client.stop());
    return client;
  }

  get deviceUrl(): string {
    return `${this.handle.url.replace(/^http/, 'ws')}/v1/device`;
  }

  /** Posts records of services, as a service does. */
  async logs(records: readonly Readonly<Record<string, unknown>>[]): Promise<unknown> {
    return this.http.post('/v1/logs', records);
  }

  /** A connection of a subscriber, with what the site tells subscribers. */
  async subscriber(): Promise<NatsConnection> {
    const { natsUrl, natsSubscriber } = this.handle;
    if (natsUrl === undefined) throw new Error('The site has no NATS.');
    const connection = await connect({ servers: natsUrl, ...natsSubscriber, reconnect: false });
    this.onClose(() => connection.close());
    return connection;
  }

  /** Everything said on `alerts.v1.>` from now on, growing. */
  async listen(pattern = 'alerts.v1.>'): Promise<HeardAlert[]> {
    const connection = await this.subscriber();
    const heard: HeardAlert[] = [];
    connection.subscribe(pattern, {
      callback: (_, message) => {
        const body = message.json<Omit<HeardAlert, 'subject'>>();
        heard.push({ ...body, subject: message.subject } as HeardAlert);
      },
    });
    await connection.flush();
    return heard;
  }

  /** What the stream holds, as who comes late reads it. */
  async replay(count: number): Promise<HeardAlert[]> {
    const connection = await this.subscriber();
    const consumer = await jetstream(connection).consumers.get('WK_ALERTS_LOCAL', {
      deliver_policy: 'all',
    });
    const heard: HeardAlert[] = [];
    for await (const message of await consumer.fetch({ max_messages: count, expires: 5_000 })) {
      heard.push({ ...message.json<HeardAlert>(), subject: message.subject });
    }
    return heard;
  }

  /** Resolves when everything acked so far is folded and in the store. */
  async settled(): Promise<void> {
    const { engine } = this.handle;
    await engine.drained();
    await until('everything stored', () => this.api.ledger().pending === 0);
    await engine.archivist.flushed();
  }
}
