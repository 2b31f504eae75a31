import type { KeyObject } from 'node:crypto';
import { WebSocket } from 'ws';
import type { Clock } from '../core/clock.ts';
import { MAX_FRAME_BYTES, SUBPROTOCOL } from '../wire/frame.ts';
import { FileBuffer } from './file-buffer.ts';
import { liveClock } from './live-clock.ts';
import { nodeCrypto } from './node-crypto.ts';
import type { Transport } from './ports.ts';
import { postExchange, type TlsTrust } from './post-exchange.ts';
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
  /**
   * Keeps buffer and epoch in this folder, one watch's own, so that they
   * outlive the process. It holds records in the clear and keys: mode 0700.
   */
  readonly bufferFolder?: string;
  /** With `bufferFolder`: whether what is stored survives a loss of power too. @default 'fsync' */
  readonly durability?: 'fsync' | 'os';
};

export type ConnectOptions = NodeOptions & {
  /** For example `wss://watchkeeper.example/v1/device`. */
  readonly url: string;
  readonly tls?: TlsTrust;
};

/** A watch over WebSocket, already connecting. */
export function connectWatch({ url, tls, ...options }: ConnectOptions): WatchClient {
  const client = new WatchClient(watchOptions(options), nodeTransport(url, tls));
  client.start();
  return client;
}

export type PostWatchOptions = NodeOptions &
  Pick<PostOptions, 'site' | 'siteKeys'> & {
    /** For example `https://watchkeeper.example/v1/device/frames`. */
    readonly url: string;
    readonly tls?: TlsTrust;
  };

/** A watch over HTTP POST. */
export function postWatch({ url, tls, ...options }: PostWatchOptions): PostClient {
  const { site, siteKeys } = options;
  return new PostClient({ ...watchOptions(options), site, siteKeys }, postExchange(url, tls));
}

function watchOptions({
  privateKey,
  bufferFolder: folder,
  durability = 'fsync',
  ...options
}: NodeOptions): WatchOptions {
  const crypto = nodeCrypto(privateKey);
  const store = folder === undefined ? {} : { bufferStore: new FileBuffer({ folder, durability }) };
  return { clock: liveClock, ...store, ...options, crypto };
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
