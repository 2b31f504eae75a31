import type { SiteKeyInfo } from './ports.ts';
import type { WatchSession } from './watch-session.ts';

/** Changes to another site key without sealing anything twice: new frames wait until the epoch has nothing unacked. */
export class KeyTurn {
  readonly #session: WatchSession;
  #next: SiteKeyInfo | undefined;

  constructor(session: WatchSession) {
    this.#session = session;
  }

  /** Asks for a change to `key`, or with `undefined` takes the wish back. */
  ask(key: SiteKeyInfo | undefined): void {
    this.#next = key;
  }

  /** The key for the next hello, once the old epoch is over; ends that epoch. */
  due(): SiteKeyInfo | undefined {
    const key = this.#next;
    if (key === undefined) return undefined;
    const isTurning = key.keyId !== this.#session.keyId || this.#session.repeatsOnly;
    this.#session.isDraining = isTurning;
    if (isTurning && this.#session.unacked > 0) return undefined;
    this.#next = undefined;
    if (isTurning) this.#session.endEpoch();
    return isTurning ? key : undefined;
  }
}
