import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { clientIdentity } from '../tls/client-identity.ts';
import type { TlsMaterial } from '../tls/tls-material.ts';
import type { PenaltyBox } from '../penalty-box.ts';
import type { HttpLimits } from './limits.ts';
import { addressKey } from './rate-limiter.ts';

interface ServerSetup {
  readonly limits: HttpLimits;
  readonly penalties: PenaltyBox;
  readonly tls: TlsMaterial | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

const MAX_HEADER_BYTES = 16_384;
/** Requests of one connection that are under way at a time. */
const MAX_PIPELINED = 16;
/** How often requests that are too slow are looked for; Node's own default is 30 s. */
const SLOW_CHECK_MS = 1_000;
const RENEWAL_CHECK_MS = 6 * 3_600_000;

/** The node:http or, with TLS material, node:https server (TLS 1.3 only) with every limit set. */
export function createHttpServer(setup: ServerSetup, handle: RequestListener): Server {
  const { limits, penalties, tls } = setup;
  const listener = limitPipelines(handle, penalties);
  const options: ServerOptions = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: SLOW_CHECK_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const server =
    tls === undefined
      ? createServer(options, listener)
      : secure(createTlsServer({ ...options, ...tlsOptions(tls) }, listener), tls, setup);
  server.maxConnections = limits.connections;
  return server;
}

/**
 * Cuts connections that send further requests before the first ones are
 * answered. HTTP/1.1 allows it (RFC 9112, section 9.3.2) and hardly a client
 * does it, but Node starts all requests of one piece of data in one turn.
 */
function limitPipelines(handle: RequestListener, penalties: PenaltyBox): RequestListener {
  const open = new WeakMap<Socket, number>();
  const cut = new WeakSet<Socket>();
  const closed = (socket: Socket): void => {
    const left = (open.get(socket) ?? 1) - 1;
    open.set(socket, left);
    if (left > 0 || !cut.has(socket)) return;
    penalties.refuse(addressKey(socket.remoteAddress), () => {
      socket.destroy();
    });
  };
  return (request, response) => {
    const { socket } = request;
    if (cut.has(socket)) return;
    const before = open.get(socket) ?? 0;
    if (before === MAX_PIPELINED) {
      // Those under way are still answered.
      socket.pause();
      cut.add(socket);
      return;
    }
    open.set(socket, before + 1);
    response.once('close', () => {
      closed(socket);
    });
    handle(request, response);
  };
}

function tlsOptions({ cert, key, clientCa }: TlsMaterial): Readonly<Record<string, unknown>> {
  return {
    cert,
    key,
    minVersion: 'TLSv1.3',
    // A client certificate is welcome, not required: browsers and programs have tokens instead.
    ...(clientCa === undefined
      ? {}
      : { ca: clientCa, requestCert: true, rejectUnauthorized: false }),
  };
}

function secure(server: TlsServer, tls: TlsMaterial, { clock, logger }: ServerSetup): TlsServer {
  server.on('secureConnection', (socket) => {
    const identity = clientIdentity(socket);
    if (identity.type !== 'refused') return;
    logger.warn('Refused a client certificate.', { reason: identity.reason });
    socket.destroy();
  });
  const cancel = clock.every(RENEWAL_CHECK_MS, () => {
    renew(server, tls).catch(() => {
      logger.error('The TLS certificate could not be renewed; it is tried again in 6 hours.');
    });
  });
  server.on('close', cancel);
  return server;
}

async function renew(server: TlsServer, tls: TlsMaterial): Promise<void> {
  const next = await tls.renewed?.();
  if (next === undefined) return;
  const { clientCa } = tls;
  server.setSecureContext({
    cert: next.cert,
    key: next.key,
    minVersion: 'TLSv1.3',
    ...(clientCa === undefined ? {} : { ca: clientCa }),
  });
}
