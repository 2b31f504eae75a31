import type { Clock } from '../core/clock.ts';
import { SUBPROTOCOL } from '../wire/frame.ts';
import { liveClock } from './live-clock.ts';
import type { EpochStorage, Transport } from './ports.ts';
import { WatchClient } from './watch-client.ts';
import type { WatchOptions } from './watch-options.ts';
import { webCrypto } from './web-crypto.ts';

export { generateWebDeviceKey, webCrypto } from './web-crypto.ts';

export type BrowserOptions = Omit<WatchOptions, 'crypto' | 'clock'> & {
  /** For example `wss://watchkeeper.example/v1/device`. */
  readonly url: string;
  /** Ed25519, usage `sign`. */
  readonly privateKey: CryptoKey;
  /** @default the system's */
  readonly clock?: Clock;
};

/** A watch in a browser, already connecting. */
export function connectWatch({ url, privateKey, ...options }: BrowserOptions): WatchClient {
  const crypto = webCrypto(privateKey);
  const client = new WatchClient({ clock: liveClock, ...options, crypto }, browserTransport(url));
  client.start();
  return client;
}

/** Keeps the epoch in `localStorage` under `name`. */
export function localEpochStorage(name: string): EpochStorage {
  return {
    load() {
      const epoch = Number(localStorage.getItem(name) ?? 0);
      return Number.isSafeInteger(epoch) && epoch > 0 ? { epoch } : undefined;
    },
    save({ epoch }) {
      localStorage.setItem(name, String(epoch));
    },
  };
}

/** The browser's own WebSocket. */
export function browserTransport(url: string): Transport {
  return {
    connect(events) {
      const socket = new WebSocket(url, SUBPROTOCOL);
      socket.binaryType = 'arraybuffer';
      socket.addEventListener('message', ({ data }) => {
        if (data instanceof ArrayBuffer) events.message(new Uint8Array(data));
      });
      socket.addEventListener('close', ({ code, reason }) => {
        events.closed(code, reason);
      });
      return {
        send(message) {
          if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array(message));
        },
        close(code, reason) {
          socket.close(code, reason.slice(0, 100));
        },
      };
    },
  };
}
