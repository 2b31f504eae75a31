import type { Socket } from 'node:net';
import type { Server } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import type { Metrics } from '../../core/metrics.ts';
import type { PenaltyBox } from '../penalty-box.ts';
import { addressKey } from './rate-limiter.ts';

type Reason = 'timeout' | 'headers_overflow' | 'malformed' | 'connections';

/** How long a refused sender may take to read its answer. */
const LINGER_MS = 1_000;

/**
 * Answers with a bare status what is not HTTP, came too slowly, or has too
 * many headers, ends the connection, and counts it. Who does it often waits.
 */
export function createMalformedHandler(
  clock: Pick<Clock, 'after'>,
  { metrics, penalties }: { readonly metrics: Metrics; readonly penalties: PenaltyBox },
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const reason = REASON_BY_CODE[error.code ?? ''] ?? 'malformed';
    countRefused(metrics, reason);
    const answer = (): void => {
      socket.resume();
      socket.end(`HTTP/1.1 ${STATUS[reason]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      // A sender that never closes its side must not keep the socket.
      const cancel = clock.after(LINGER_MS, () => {
        socket.destroy();
      });
      socket.once('close', cancel);
    };
    // Who is slow costs nothing, and has waited already.
    if (reason === 'timeout') answer();
    else {
      // What else it sends is not even read.
      socket.pause();
      penalties.refuse(addressKey(socket.remoteAddress), answer);
    }
  };
}

/** Counts the connections that the server drops because it has as many as it may. */
export function countDropped(server: Server, metrics: Metrics): void {
  server.on('drop', () => {
    countRefused(metrics, 'connections');
  });
}

function countRefused(metrics: Metrics, reason: Reason): void {
  const help = 'Connections ended before a request was read.';
  metrics.counter('watchkeeper_http_connections_refused_total', help, { reason }).inc();
}

const REASON_BY_CODE: Readonly<Record<string, Exclude<Reason, 'connections'>>> = Object.freeze({
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
  HPE_HEADER_OVERFLOW: 'headers_overflow',
});

const STATUS = Object.freeze({
  timeout: '408 Request Timeout',
  headers_overflow: '431 Request Header Fields Too Large',
  malformed: '400 Bad Request',
});
