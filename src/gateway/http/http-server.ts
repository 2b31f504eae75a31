import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { clientIdentity } from '../tls/client-identity.ts';
import type { TlsMaterial } from '../tls/tls-material.ts';
import type { HttpLimits } from './limits.ts';

interface ServerSetup {
  readonly limits: HttpLimits;
  readonly tls: TlsMaterial | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

const MAX_HEADER_BYTES = 16_384;
/** How often requests that are too slow are looked for; Node's own default is 30 s. */
const SLOW_CHECK_MS = 1_000;
const RENEWAL_CHECK_MS = 6 * 3_600_000;

/** The node:http or, with TLS material, node:https server (TLS 1.3 only) with every limit set. */
export function createHttpServer(setup: ServerSetup, listener: RequestListener): Server {
  const { limits, tls } = setup;
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
