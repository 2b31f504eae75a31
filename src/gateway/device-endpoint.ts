import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** Where watches come in; the HTTP server hands it upgrades of `/v1/device` and bodies of `POST /v1/device/frames`. */
export interface DeviceEndpoint {
  /** Takes over the socket (WebSocket subprotocol `watchkeeper.v1`). */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** A sequence of frames that begins with hello; answers a sequence that begins with welcome, or one nack. `socket` is where it came from, for its certificate. */
  post(
    body: Uint8Array,
    socket?: Duplex,
  ): Promise<{ readonly status: number; readonly body: Uint8Array }>;
  /** Closes every socket with 1012 and a retry hint, after what they sent is durable and acked. */
  drain(): Promise<void>;
  /** Watches with a live socket. */
  readonly online: number;
  isOnline(device: string): boolean;
}
