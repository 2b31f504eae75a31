import { createServer, type Server, type Socket } from 'node:net';
import {
  createServer as createTlsServer,
  type Server as TlsServer,
  type TLSSocket,
} from 'node:tls';
import type { Clock } from '../../core/clock.ts';
import type { NewSession } from '../../wire/inputs/input-session.ts';
import type { TlsMaterial } from '../tls/tls-material.ts';
import { Connection } from './connection.ts';
import type { InputConfig } from './input-config.ts';
import type { InputCounter } from './input-counts.ts';
import { bind, type Address } from './listen.ts';
import { peerPolicy, plainAddress } from './peer-policy.ts';
import type { RecordTaker } from './record-taker.ts';

export interface StreamInputOptions {
  readonly config: InputConfig;
  readonly clock: Clock;
  readonly newSession: NewSession;
  readonly taker: RecordTaker;
  readonly counter: InputCounter;
  readonly tls: TlsMaterial | undefined;
}

const CHECK_MS = 1_000;
const RENEWAL_CHECK_MS = 6 * 3_600_000;
/** A peer that vanished is found out after this. */
const PROBE_MS = 60_000;
/** Syslog senders of ten years ago have TLS 1.2 (RFC 9662). */
const LEAST_TLS = 'TLSv1.2';

/** A TCP or TLS listener with its connections. */
export class StreamInput {
  readonly #options: StreamInputOptions;
  readonly #server: Server;
  readonly #connections = new Map<Connection, Promise<void>>();
  readonly #byAddress = new Map<string, number>();
  readonly #isAllowed: (address: string | undefined) => boolean;
  #open = 0;
  #stopChecks: () => void = () => undefined;

  constructor(options: StreamInputOptions) {
    this.#options = options;
    this.#isAllowed = peerPolicy(options.config.allow);
    this.#server = this.#createServer();
    this.#server.on('connection', (socket) => {
      this.#admit(socket);
    });
  }

  /** @throws WatchkeeperError PORT_IN_USE | CONFIG_INVALID */
  async listen(): Promise<Address> {
    const { config, clock } = this.#options;
    const server = this.#server;
    const address = await bind(config, {
      emitter: server,
      listen: () => server.listen({ host: config.host, port: config.port }),
      address: () => server.address(),
    });
    this.#stopChecks = clock.every(CHECK_MS, () => {
      this.#check();
    });
    return address;
  }

  /** Accepts no more, and lets every connection finish what was read. */
  async drain(): Promise<void> {
    this.#server.close();
    for (const connection of this.#connections.keys()) connection.drain();
    await Promise.all(this.#connections.values());
  }

  /** Ends what is still open. */
  close(): void {
    this.#stopChecks();
    this.#server.close();
    for (const connection of this.#connections.keys()) connection.cutOff('stopping');
  }

  #createServer(): Server {
    const { tls, config } = this.#options;
    if (tls === undefined) {
      return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
        this.#run(socket);
      });
    }
    const asks = config.tls?.clientCertificates !== 'none';
    const server = createTlsServer({
      ...contextOf(tls),
      allowHalfOpen: true,
      noDelay: true,
      requestCert: asks,
      rejectUnauthorized: false,
      handshakeTimeout: config.limits.admission,
    });
    server.on('secureConnection', (socket) => {
      if (this.#isCertified(socket)) this.#run(socket);
      else this.#refuse(socket, 'unauthenticated');
    });
    server.on('tlsClientError', (_error, socket) => {
      this.#refuse(socket, 'tls');
    });
    this.#renewal(server, tls);
    return server;
  }

  #renewal(server: TlsServer, tls: TlsMaterial): void {
    const { clock, counter } = this.#options;
    const cancel = clock.every(RENEWAL_CHECK_MS, () => {
      Promise.resolve(tls.renewed?.()).then(
        (next) => {
          if (next !== undefined) server.setSecureContext(contextOf({ ...tls, ...next }));
        },
        () => {
          counter.reject('renewal');
        },
      );
    });
    server.on('close', cancel);
  }

  /** Counts a connection before anything is read from it, TLS included. */
  #admit(socket: Socket): void {
    const { counter, config } = this.#options;
    const { limits } = config;
    socket.on('error', () => undefined);
    const address = plainAddress(socket.remoteAddress ?? '');
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (!this.#isAllowed(socket.remoteAddress)) this.#refuse(socket, 'not_allowed');
    else if (this.#open >= limits.connections) this.#refuse(socket, 'too_many_connections');
    else if (ofAddress >= limits.connectionsPerAddress) {
      this.#refuse(socket, 'too_many_of_address');
    }
    this.#open += 1;
    this.#byAddress.set(address, ofAddress + 1);
    counter.connected(1);
    socket.setKeepAlive(true, PROBE_MS);
    socket.once('close', () => {
      this.#open -= 1;
      const left = (this.#byAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#byAddress.delete(address);
      else this.#byAddress.set(address, left);
      counter.connected(-1);
    });
  }

  #refuse(socket: { destroy(): unknown }, reason: string): void {
    this.#options.counter.reject(reason);
    socket.destroy();
  }

  #isCertified(socket: TLSSocket): boolean {
    const asked = this.#options.config.tls?.clientCertificates;
    if (asked === 'none' || asked === undefined) return true;
    if (socket.authorized) return true;
    const hasNone = Object.keys(socket.getPeerCertificate() ?? {}).length === 0;
    return asked === 'optional' && hasNone;
  }

  #run(socket: Socket): void {
    if (socket.destroyed) return;
    const { clock, newSession, taker, counter, config } = this.#options;
    const { limits } = config;
    const connection = new Connection(socket, {
      ...{ clock, taker, counter, limits },
      session: newSession(),
    });
    const done = connection.run().finally(() => this.#connections.delete(connection));
    this.#connections.set(connection, done);
  }

  #check(): void {
    const now = this.#options.clock.monotonic();
    let held = 0;
    let largest: Connection | undefined;
    for (const connection of this.#connections.keys()) {
      connection.check(now);
      held += connection.held;
      if (connection.held > (largest?.held ?? 0)) largest = connection;
    }
    if (held > this.#options.config.limits.heldBytes) largest?.cutOff('memory');
  }
}

function contextOf({ cert, key, clientCa }: TlsMaterial): {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: typeof LEAST_TLS;
  readonly ca?: string;
} {
  const context = { cert, key, minVersion: LEAST_TLS } as const;
  return clientCa === undefined ? context : { ...context, ca: clientCa };
}
