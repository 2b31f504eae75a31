import type { Alert } from '../../model/alert.ts';
import type { FeedMessage } from '../../model/feed.ts';
import { encodeFeed } from './codec.ts';

/** The part of a WebSocket that the feed writes to. */
interface OutletSocket {
  readonly bufferedAmount: number;
  send(bytes: Uint8Array): void;
}

interface OutletOptions {
  readonly socket: OutletSocket;
  readonly bufferedBytes: number;
  readonly pendingAlerts: number;
  /** Counts a message that was not sent. */
  readonly onDropped: (type: FeedMessage['type']) => void;
  /** Asked for when so many alerts changed that only a new snapshot helps. */
  readonly requestSnapshot: () => void;
}

type Topo = Extract<FeedMessage, { readonly type: 'topo' }>;

/**
 * One connection's way out. While the socket holds more than its bound,
 * nothing is queued: alerts are kept as the newest of each id and the tree as
 * its newest version, everything else is dropped and counted.
 */
export class Outlet {
  readonly #options: OutletOptions;
  readonly #alerts = new Map<string, Alert>();
  #topo: Topo | undefined;
  #holdsAlerts = true;
  #needsSnapshot = false;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** Sends, keeps or drops a message. Live alerts wait until the first snapshot went out. */
  send(message: FeedMessage): void {
    if (message.type === 'alerts' && !message.snapshot && this.#holdsAlerts) {
      this.#keepAlerts(message.alerts);
    } else if (!this.isSlow) {
      this.#write(message);
    } else {
      this.#keep(message);
    }
  }

  /** Sends what was kept, when the socket has room again. */
  flush(): void {
    if (this.isSlow) return;
    const topo = this.#topo;
    this.#topo = undefined;
    if (topo !== undefined) this.#options.socket.send(encoded(topo));
    if (this.#needsSnapshot) {
      this.#needsSnapshot = false;
      this.#holdsAlerts = true;
      this.#options.requestSnapshot();
    }
    this.#flushAlerts();
  }

  get isSlow(): boolean {
    return this.#options.socket.bufferedAmount > this.#options.bufferedBytes;
  }

  #write(message: FeedMessage): void {
    this.flush();
    this.#options.socket.send(encoded(message));
    if (message.type === 'alerts' && message.snapshot) {
      this.#holdsAlerts = false;
      this.#flushAlerts();
    }
  }

  #keep(message: FeedMessage): void {
    switch (message.type) {
      case 'alerts':
        if (message.snapshot) this.#needsSnapshot = true;
        else this.#keepAlerts(message.alerts);
        return;
      case 'topo':
        if (this.#topo !== undefined) this.#options.onDropped('topo');
        this.#topo = message;
        return;
      default:
        this.#options.onDropped(message.type);
    }
  }

  #keepAlerts(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      const known = this.#alerts.get(alert.id);
      if (known === undefined || known.revision <= alert.revision)
        this.#alerts.set(alert.id, alert);
    }
    if (this.#alerts.size <= this.#options.pendingAlerts) return;
    this.#alerts.clear();
    this.#needsSnapshot = true;
    this.#options.onDropped('alerts');
  }

  #flushAlerts(): void {
    if (this.#holdsAlerts || this.#alerts.size === 0) return;
    const alerts = [...this.#alerts.values()];
    this.#alerts.clear();
    this.#options.socket.send(encodeFeed({ type: 'alerts', snapshot: false, alerts }));
  }
}

/** Bytes of messages that several connections get, made once. */
const cache = new WeakMap<FeedMessage, Uint8Array>();

function encoded(message: FeedMessage): Uint8Array {
  let bytes = cache.get(message);
  if (bytes === undefined) {
    bytes = encodeFeed(message);
    cache.set(message, bytes);
  }
  return bytes;
}
