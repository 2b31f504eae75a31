import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { MAX_FRAME_BYTES, SUBPROTOCOL } from '../../wire/frame.ts';
import { addressKey } from '../http/rate-limiter.ts';
import type { PenaltyBox } from '../penalty-box.ts';
import { identify } from './certified-device.ts';
import { CLOSE } from './close-codes.ts';
import type { Connection } from './connection.ts';
import type { DeviceCore } from './core.ts';
import type { Link } from './link.ts';
import { SocketLink } from './socket-link.ts';
import type { Switchboard } from './switchboard.ts';

const NONCE_BYTES = 32;

/** Where a socket comes from. */
interface Origin {
  readonly address: string;
  readonly certified: string | undefined;
}

/** The WebSocket side of the device endpoint: caps, limits of the transport, one {@link Connection} for each socket. */
export class SocketServer {
  readonly #board: Switchboard;
  readonly #core: DeviceCore;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #server: WebSocketServer;
  readonly #open = new Map<Connection, { readonly socket: WebSocket; readonly link: Link }>();
  readonly #byAddress = new Map<string, number>();
  readonly #penalties: PenaltyBox;

  constructor(
    board: Switchboard,
    {
      random,
      penalties,
    }: { readonly random: (bytes: number) => Uint8Array; readonly penalties: PenaltyBox },
  ) {
    this.#board = board;
    this.#core = board.core;
    this.#random = random;
    this.#penalties = penalties;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: MAX_FRAME_BYTES,
      maxFragments: 64,
      maxBufferedChunks: 64,
      handleProtocols: () => SUBPROTOCOL,
      ...{ closeTimeout: board.core.limits.closeMs },
    });
  }

  /** Opens a socket: at once, or later for an address whose sockets had to be closed too often. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#penalties.hold(addressKey(request.socket.remoteAddress), () => {
      if (!socket.destroyed) this.#greet(request, socket, head);
    });
  }

  #greet(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      this.#core.tally.count(
        'watchkeeper_upgrades_refused_total',
        'Sockets refused before the handshake.',
        {
          status: refusal.slice(0, 3),
        },
      );
      refuse(socket, refusal);
      return;
    }
    const address = request.socket.remoteAddress ?? '';
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#accept(webSocket, { address, certified: identify(request.socket).device });
    });
  }

  /** Enforces the limits on waiting of all connections. */
  sweep(): void {
    for (const connection of this.#open.keys()) connection.check();
  }

  /** Stops reading for good. */
  quiet(): void {
    for (const { link } of this.#open.values()) link.pause();
  }

  /** Says bye to all with a spread retry hint; resolves when they are gone, at the latest after `closeMs`. */
  async close(): Promise<void> {
    const sockets = [...this.#open].map(
      ([connection, { socket }]) => [connection, socket] as const,
    );
    const gone = sockets.map(
      ([, socket]) => new Promise((resolve) => socket.once('close', resolve)),
    );
    for (const [index, [connection]] of sockets.entries()) {
      connection.end(CLOSE.restart, 'The site restarts.', RESUME_MS + ((index * 37) % SPREAD_MS));
    }
    const cancel = this.#core.clock.after(this.#core.limits.closeMs, () => {
      for (const [, socket] of sockets) socket.terminate();
    });
    await Promise.all(gone);
    cancel();
  }

  #refusal(request: IncomingMessage): string | undefined {
    const { limits, isDraining } = this.#core;
    if (!identify(request.socket).isAllowed(this.#core)) return '401 Unauthorized';
    const offered = request.headers['sec-websocket-protocol'] ?? '';
    if (!offered.split(',').some((each) => each.trim() === SUBPROTOCOL)) return '400 Bad Request';
    if (isDraining || this.#open.size >= limits.connections) return '503 Service Unavailable';
    const count = this.#byAddress.get(request.socket.remoteAddress ?? '') ?? 0;
    return count >= limits.connectionsPerAddress ? '429 Too Many Requests' : undefined;
  }

  #accept(socket: WebSocket, { address, certified }: Origin): void {
    const { sendBufferBytes } = this.#core.limits;
    let brokenBy: number | undefined;
    const link = new SocketLink(socket, {
      sendBufferBytes,
      onSlowReader: () => {
        connection.closed();
      },
    });
    const connection = this.#board.connect(link, this.#random(NONCE_BYTES), certified);
    this.#open.set(connection, { socket, link });
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) connection.receive(data);
      else connection.end(CLOSE.text, 'Expected binary messages.');
    });
    socket.on('pong', () => {
      connection.pong();
    });
    socket.on('error', (error) => {
      brokenBy = protocolError(error);
    });
    socket.on('close', (code) => {
      this.#open.delete(connection);
      this.#release(address);
      connection.closed();
      const reason = link.closeCode ?? brokenBy ?? code;
      if (UNREADABLE.has(reason)) this.#penalties.count(addressKey(address));
      this.#core.tally.closed(reason);
    });
  }

  #release(address: string): void {
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  }
}

/** Codes of sockets that sent what cannot be read, or more than they may at once. */
const UNREADABLE: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, CLOSE.protocol]);
const RESUME_MS = 500;
const SPREAD_MS = 2_000;

/** The close code that `ws` answers a violation of RFC 6455 or of its own limits with. */
function protocolError(error: Error): number | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return 1009;
  if (code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return 1008;
  return code?.startsWith('WS_ERR_') === true ? 1002 : undefined;
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => {
    socket.destroy();
  });
  // A peer that never closes its side must not keep the socket.
  socket.once('finish', () => {
    socket.destroy();
  });
  const retry = status.startsWith('4') && !status.startsWith('429') ? '' : 'Retry-After: 5\r\n';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`);
}
