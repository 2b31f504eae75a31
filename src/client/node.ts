import type { KeyObject } from 'node:crypto';
import { WebSocket } from 'ws';
import type { Clock } from '../core/clock.ts';
import { MAX_FRAME_BYTES, SUBPROTOCOL } from '../wire/frame.ts';
import { liveClock } from './live-clock.ts';
import { nodeCrypto } from './node-crypto.ts';
import type { Exchange, Transport } from './ports.ts';
import { PostClient, type PostOptions } from './post-client.ts';
import { WatchClient } from './watch-client.ts';
import type { WatchOptions } from './watch-options.ts';

export { fileStorage } from './file-storage.ts';
export { nodeCrypto } from './node-crypto.ts';

type NodeOptions = Omit<WatchOptions, 'crypto' | 'clock'> & {
  /** Raw Ed25519 key of 32 bytes, or a key object. */
  readonly privateKey: Uint8Array | KeyObject;
  /** @default the system's */
  readonly clock?: Clock;
};

/** For sites with an authority of their own, and for those that ask watches for a certificate. PEM texts. */
export interface TlsTrust {
  /** Certificate of the site's authority; without it those that Node knows are trusted. */
  readonly ca?: string;
  /** The watch's own certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
}

export type ConnectOptions = NodeOptions & {
  /** For example `wss://watchkeeper.example/v1/device`. */
  readonly url: string;
  readonly tls?: TlsTrust;
};

/** A watch over WebSocket, already connecting. */
export function connectWatch({ url, privateKey, tls, ...options }: ConnectOptions): WatchClient {
  const crypto = nodeCrypto(privateKey);
  const client = new WatchClient({ clock: liveClock, ...options, crypto }, nodeTransport(url, tls));
  client.start();
  return client;
}

export type PostWatchOptions = NodeOptions &
  Pick<PostOptions, 'site' | 'siteKeys'> & {
    /** For example `https://watchkeeper.example/v1/device/frames`. */
    readonly url: string;
  };

/** A watch over HTTP POST. */
export function postWatch({ url, privateKey, ...options }: PostWatchOptions): PostClient {
  const crypto = nodeCrypto(privateKey);
  return new PostClient({ clock: liveClock, ...options, crypto }, fetchExchange(url));
}

/** WebSockets of the `ws` package, without compression. */
export function nodeTransport(url: string, tls: TlsTrust = {}): Transport {
  return {
    connect(events) {
      const socket = new WebSocket(url, SUBPROTOCOL, {
        ...tls,
        perMessageDeflate: false,
        maxPayload: MAX_FRAME_BYTES,
        handshakeTimeout: 10_000,
      });
      socket.binaryType = 'nodebuffer';
      socket.on('message', (data) => {
        if (data instanceof Buffer) events.message(data);
      });
      // `close` follows and is what the client acts on.
      socket.on('error', () => undefined);
      socket.on('close', (code, reason) => {
        events.closed(code, reason.toString());
      });
      return {
        send(message) {
          if (socket.readyState === WebSocket.OPEN) socket.send(message);
        },
        close(code, reason) {
          if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
          else socket.close(code, reason.slice(0, 100));
        },
      };
    },
  };
}

const FRAMES = 'application/octet-stream';

/** POST by `fetch`; gives up after 30 s. */
export function fetchExchange(url: string): Exchange {
  return async (body) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': FRAMES },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(30_000),
    });
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const bytes = new Uint8Array(await response.arrayBuffer());
    // Refusals of the HTTP server itself are text for people.
    const hasFrames = response.headers.get('content-type')?.startsWith(FRAMES) ?? false;
    return {
      status: response.status,
      body: hasFrames ? bytes : new Uint8Array(0),
      ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {}),
    };
  };
}
