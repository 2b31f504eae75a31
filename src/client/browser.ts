import type { Clock } from '../core/clock.ts';
import { SUBPROTOCOL } from '../wire/frame.ts';
import { IndexedDbBuffer } from './indexed-db-buffer.ts';
import { liveClock } from './live-clock.ts';
import type { EpochStorage, Transport } from './ports.ts';
import { WatchClient } from './watch-client.ts';
import type { WatchOptions } from './watch-options.ts';
import { webCrypto } from './web-crypto.ts';

export { webDeviceKey } from './web-device-key.ts';
export { generateWebDeviceKey, webCrypto } from './web-crypto.ts';

export type BrowserOptions = Omit<WatchOptions, 'crypto' | 'clock'> & {
  /** For example `wss://watchkeeper.example/v1/device`. */
  readonly url: string;
  /** Ed25519, usage `sign`. */
  readonly privateKey: CryptoKey;
  /** @default the system's */
  readonly clock?: Clock;
  /**
   * Keeps buffer and epoch in an IndexedDB of this name, one watch's own, so
   * that they outlive the page. It holds records in the clear and keys.
   */
  readonly bufferName?: string;
};

/** A watch in a browser, already connecting. */
export function connectWatch({
  url,
  privateKey,
  bufferName: name,
  ...options
}: BrowserOptions): WatchClient {
  const crypto = webCrypto(privateKey);
  const store = name === undefined ? {} : { bufferStore: new IndexedDbBuffer({ name }) };
  const all = { clock: liveClock, ...store, ...options, crypto };
  const client = new WatchClient(all, browserTransport(url));
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
