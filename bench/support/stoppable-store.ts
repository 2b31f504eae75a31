import type { SnapshotStore, Store } from '../../src/store/store.ts';

const WRITES = ['put', 'dropDay', 'remove'];

/** A store whose writes get no answer while it is stopped, as those of a database whose process is held. */
export class StoppableStore {
  readonly store: Store;
  #isStopped = false;
  #waiting: (() => void)[] = [];

  constructor(inner: Store) {
    this.store = {
      kind: inner.kind,
      records: this.#gated(inner.records),
      alerts: this.#gated(inner.alerts),
      deadLetters: this.#gated(inner.deadLetters),
      snapshots: this.#snapshots(inner.snapshots),
      ping: () => inner.ping(),
      close: () => inner.close(),
    };
  }

  stop(): void {
    this.#isStopped = true;
  }

  go(): void {
    this.#isStopped = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** `part` with writes that wait while the store is stopped. */
  #gated<Part extends object>(part: Part, writes: readonly string[] = WRITES): Part {
    return new Proxy(part, {
      get: (target, name): unknown => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        const call = (given: unknown[]): unknown => Reflect.apply(member, target, given);
        if (!writes.includes(String(name))) return (...given: unknown[]) => call(given);
        return async (...given: unknown[]) => {
          if (this.#isStopped) await new Promise<void>((resolve) => this.#waiting.push(resolve));
          return call(given);
        };
      },
    });
  }

  #snapshots(inner: SnapshotStore): SnapshotStore {
    return {
      begin: (base) => this.#gated(inner.begin(base), ['commit']),
      latest: () => inner.latest(),
      get: (part) => inner.get(part),
      parts: (prefix) => inner.parts(prefix),
    };
  }
}
