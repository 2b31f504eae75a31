import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DeviceEndpoint } from '../device-endpoint.ts';
import type { FeedServer } from '../feed/feed-server.ts';
import type { Guard } from './guard.ts';
import { isSameOrigin } from './origin.ts';

interface UpgradeTargets {
  readonly devices: DeviceEndpoint;
  readonly feed: FeedServer;
  readonly guard: Guard;
}

/** Hands WebSocket upgrades to whom they are for, and refuses the others. */
export class Upgrades {
  readonly #targets: UpgradeTargets;
  readonly #sockets = new Set<Duplex>();
  #isAttached = false;

  constructor(targets: UpgradeTargets) {
    this.#targets = targets;
  }

  attach(server: Server): void {
    if (this.#isAttached) return;
    this.#isAttached = true;
    server.on('upgrade', (request, socket, head) => {
      this.#take(request, socket, head);
    });
  }

  /** Cuts every upgraded socket that is still open. */
  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { devices, feed, guard } = this.#targets;
    // Without a listener a reset during the handshake would be an uncaught exception.
    socket.on('error', () => {
      socket.destroy();
    });
    // A refused client certificate destroys the socket, yet what it sent may already have been read.
    if (socket.destroyed) return;
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
    });
    if (!guard.admitsUpgrade(request.socket.remoteAddress)) return refuseUpgrade(socket, 429);
    switch (request.url?.split('?', 1)[0]) {
      case '/v1/device':
        return devices.upgrade(request, socket, head);
      case '/ui/ws':
        return isSameOrigin(request)
          ? feed.upgrade(request, socket, head)
          : refuseUpgrade(socket, 403);
      default:
        return refuseUpgrade(socket, 404);
    }
  }
}

function refuseUpgrade(socket: Duplex, status: 403 | 404 | 429): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Length: 0',
    ...(status === 429 ? ['Retry-After: 1'] : []),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n`);
}
