import type { AlertStore, RecordStore, Store } from '../../../src/store/store.ts';

/** A store that does not finish to write while it is shut. */
export class GatedStore {
  readonly store: Store;
  /** Resolves when the first write waits at the shut gate. */
  readonly knocked: Promise<void>;
  #isShut = true;
  #waiting: (() => void)[] = [];
  #knock: () => void = () => undefined;

  constructor(inner: Store, what: 'records' | 'alerts') {
    this.knocked = new Promise((resolve) => (this.#knock = resolve));
    const records = what === 'records' ? this.#records(inner.records) : inner.records;
    const alerts = what === 'alerts' ? this.#alerts(inner.alerts) : inner.alerts;
    const { kind, deadLetters, snapshots } = inner;
    const rest = { kind, deadLetters, snapshots, ping: () => inner.ping() };
    this.store = { ...rest, records, alerts, close: () => inner.close() };
  }

  shut(): void {
    this.#isShut = true;
  }

  open(): void {
    this.#isShut = false;
    for (const go of this.#waiting.splice(0)) go();
  }

  #pass(): Promise<void> {
    if (!this.#isShut) return Promise.resolve();
    this.#knock();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #records(inner: RecordStore): RecordStore {
    return {
      put: async (blocks) => {
        await this.#pass();
        await inner.put(blocks);
      },
      query: (query) => inner.query(query),
      days: () => inner.days(),
      dropDay: (day) => inner.dropDay(day),
      count: () => inner.count(),
    };
  }

  #alerts(inner: AlertStore): AlertStore {
    return {
      put: async (alerts) => {
        await this.#pass();
        await inner.put(alerts);
      },
      get: (id) => inner.get(id),
      list: (query) => inner.list(query),
    };
  }
}
