import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { backoffMs } from '../core/backoff.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import { WatchkeeperError, isWatchkeeperError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { endLeftover } from './leftover.ts';
import { readText, writePrivate } from './private-file.ts';
import { SERVER_USERS, serverConfig } from './server-config.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { loadServerSecrets, type ServerSecrets } from './server-secrets.ts';

export interface OwnServerOptions {
  readonly site: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Everything of the server lies here; made with mode 0700. */
  readonly folder: string;
  readonly program: string;
  readonly random: () => number;
}

const START_MS = 30_000;
const STOP_MS = 5_000;
const BACKOFF = { firstMs: 100, maxMs: 15_000, jitter: 0.2 };
/** A server that ran this long was not failing: the next restart is quick again. */
const STEADY_MS = 60_000;

/**
 * The site's own nats-server: started here, restarted when it dies, stopped
 * with the site. It keeps its port and passwords over restarts, so that
 * subscribers find it again; the port changes only when another process took it.
 */
export class OwnServer {
  readonly #options: OwnServerOptions;
  readonly #secrets: ServerSecrets;
  readonly #version: readonly [number, number];
  #port: number;
  #process: ServerProcess | undefined;
  #problem: string | undefined;
  #failures = 0;
  #cancel: Cancel | undefined;
  #starting: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(
    options: OwnServerOptions,
    secrets: ServerSecrets,
    start: { readonly port: number; readonly version: readonly [number, number] },
  ) {
    this.#options = options;
    this.#secrets = secrets;
    this.#port = start.port;
    this.#version = start.version;
  }

  /**
   * Starts the server. One that does not come up is tried again in the
   * background; `problem()` says why.
   * @throws PREREQUISITE_MISSING when the program cannot be run.
   */
  static async open(options: OwnServerOptions): Promise<OwnServer> {
    const version = await versionOf(options.program);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const secrets = await loadServerSecrets(options.folder);
    const port = await firstPort(options.folder);
    const server = new OwnServer(options, secrets, { port, version });
    await server.#start();
    return server;
  }

  /** Where it listens, without credentials. */
  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  get internal(): { readonly user: string; readonly pass: string } {
    return { user: SERVER_USERS.internal, pass: this.#secrets.internal };
  }

  get subscriber(): { readonly user: string; readonly pass: string } {
    return { user: SERVER_USERS.subscriber, pass: this.#secrets.subscriber };
  }

  problem(): string | undefined {
    return this.#problem;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel?.();
    await this.#starting;
    await this.#process?.stop(STOP_MS);
  }

  #start(): Promise<void> {
    this.#starting = this.#tryStart();
    return this.#starting;
  }

  async #tryStart(): Promise<void> {
    const { clock } = this.#options;
    try {
      const running = await this.#runOnFreePort();
      const since = clock.monotonic();
      this.#process = running;
      this.#problem = undefined;
      void running.ended.then(() => {
        if (clock.monotonic() - since > STEADY_MS) this.#failures = 0;
        this.#lost(`The site's nats-server ended: ${running.lastError() ?? 'it gave no reason'}.`);
      });
    } catch (error) {
      this.#lost(messageOf(error));
    }
  }

  /** On the port it had; on another one when that was taken. */
  async #runOnFreePort(): Promise<ServerProcess> {
    try {
      return await this.#run();
    } catch (error) {
      if (!isWatchkeeperError(error, 'PORT_IN_USE')) throw error;
      const taken = this.#port;
      this.#port = await freePort();
      this.#options.logger.warn('Another process has the port of nats-server; taking another.', {
        taken,
        port: this.#port,
      });
      return this.#run();
    }
  }

  async #run(): Promise<ServerProcess> {
    const { site, clock, folder, program } = this.#options;
    const pidFile = join(folder, 'nats-server.pid');
    const configFile = join(folder, 'nats.conf');
    await endLeftover({ pidFile, configFile, clock, patienceMs: STOP_MS });
    const config = serverConfig({
      site,
      pidFile,
      port: this.#port,
      storeFolder: join(folder, 'jetstream'),
      secrets: this.#secrets,
      version: this.#version,
    });
    await writePrivate(configFile, config);
    const running = await startServer({ program, configFile, clock, patienceMs: START_MS });
    await writePrivate(join(folder, 'port'), `${running.port}\n`);
    return running;
  }

  #lost(problem: string): void {
    const { clock, logger, random } = this.#options;
    this.#process = undefined;
    if (this.#isClosed) return;
    this.#problem = problem;
    const delayMs = backoffMs(this.#failures, BACKOFF, random);
    this.#failures += 1;
    logger.warn('nats-server is not running; starting it again.', { problem, delayMs });
    this.#cancel = clock.after(delayMs, () => {
      if (!this.#isClosed) void this.#start();
    });
  }
}

/** `nats-server: v2.9.10` as [2, 9]. @throws PREREQUISITE_MISSING */
async function versionOf(program: string): Promise<readonly [number, number]> {
  const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: 10_000 }).catch(
    (cause: unknown) => {
      throw unusable(program, cause);
    },
  );
  const [, major, minor] = /^nats-server:? v?(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (major === undefined || minor === undefined) throw unusable(program, undefined);
  return [Number(major), Number(minor)];
}

function unusable(program: string, cause: unknown): WatchkeeperError {
  return new WatchkeeperError(
    'PREREQUISITE_MISSING',
    `"${program}" is not a nats-server that can be run.`,
    {
      fix: 'Install nats-server (Debian: apt-get install nats-server) or set WATCHKEEPER_NATS_SERVER to its path.',
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

async function firstPort(folder: string): Promise<number> {
  const kept = Number((await readText(join(folder, 'port')))?.trim() ?? 0);
  return Number.isSafeInteger(kept) && kept > 0 && kept < 65_536 ? kept : freePort();
}

/** A port nobody listens on now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => {
        resolve(port);
      });
    });
  });
}
