import { WatchkeeperError } from '../core/errors.ts';
import type { Batch } from './batch.ts';
import type { BufferContents, BufferFacts, BufferStore } from './buffer-store.ts';

export interface IndexedDbBufferOptions {
  /** Of the database: one for each watch. */
  readonly name: string;
  /** As in a file; what a browser makes of it is its own business. @default 'fsync' */
  readonly durability?: 'fsync' | 'os';
}

const BATCHES = 'batches';
const FACTS = 'facts';

/** The buffer of a watch in a browser. One page at a time has it, where the browser knows Web Locks. */
export class IndexedDbBuffer implements BufferStore {
  readonly survivesPowerLoss: boolean;
  readonly #name: string;
  #database: IDBDatabase | undefined;
  #unlock: (() => Promise<void>) | undefined;
  readonly #sizes = new Map<number, number>();
  #bytes = 0;

  constructor({ name, durability = 'fsync' }: IndexedDbBufferOptions) {
    this.#name = name;
    this.survivesPowerLoss = durability === 'fsync';
  }

  get count(): number {
    return this.#sizes.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async open(): Promise<BufferContents> {
    this.#unlock = await lock(this.#name);
    try {
      const database = await openDatabase(this.#name);
      this.#database = database;
      // Another page deletes the database: let it, and fail from then on.
      database.onversionchange = () => {
        database.close();
      };
      const reading = database.transaction([BATCHES, FACTS], 'readonly');
      const batches: IDBRequest<Batch[]> = reading.objectStore(BATCHES).getAll();
      const facts = reading.objectStore(FACTS).get(FACTS) as IDBRequest<BufferFacts | undefined>;
      await done(reading);
      for (const batch of batches.result) this.#hold(batch);
      return { batches: batches.result, facts: facts.result };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async commit({ added, removed, facts }: Parameters<BufferStore['commit']>[0]): Promise<void> {
    if (this.#database === undefined) throw new Error('It is not open.');
    const durability = this.survivesPowerLoss ? 'strict' : 'relaxed';
    const writing = this.#database.transaction([BATCHES, FACTS], 'readwrite', { durability });
    const batches = writing.objectStore(BATCHES);
    for (const batch of added) batches.put(batch);
    for (const id of removed) batches.delete(id);
    writing.objectStore(FACTS).put(facts, FACTS);
    await done(writing);
    for (const batch of added) this.#hold(batch);
    for (const id of removed) this.#forget(id);
  }

  async close(): Promise<void> {
    this.#database?.close();
    this.#database = undefined;
    const unlock = this.#unlock;
    this.#unlock = undefined;
    await unlock?.();
  }

  #hold(batch: Batch): void {
    this.#forget(batch.id);
    this.#sizes.set(batch.id, batch.payload.length);
    this.#bytes += batch.payload.length;
  }

  #forget(id: number): void {
    this.#bytes -= this.#sizes.get(id) ?? 0;
    this.#sizes.delete(id);
  }
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(BATCHES, { keyPath: 'id' });
      request.result.createObjectStore(FACTS);
    };
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(failed(request.error));
    };
  });
}

function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => {
      resolve();
    };
    transaction.onabort = () => {
      reject(failed(transaction.error));
    };
  });
}

function failed(cause: DOMException | null): WatchkeeperError {
  return new WatchkeeperError('STORE_FAILED', 'The browser could not write the watch buffer.', {
    fix: 'Free some space, and allow the page to keep data.',
    ...(cause === null ? {} : { cause }),
  });
}

/** Held until the returned function has resolved, or the page ends. */
async function lock(name: string): Promise<() => Promise<void>> {
  const locks = (navigator as Partial<Pick<Navigator, 'locks'>>).locks;
  if (locks === undefined) return () => Promise.resolve();
  return new Promise((resolve, reject) => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((release) => {
      letGo = release;
    });
    const options = { ifAvailable: true };
    const over: Promise<void> = locks.request(`watchkeeper buffer ${name}`, options, (granted) => {
      if (granted === null) return reject(taken(name));
      resolve(() => {
        letGo();
        return over;
      });
      return held;
    });
  });
}

function taken(name: string): WatchkeeperError {
  return new WatchkeeperError('DATA_DIR_LOCKED', `Another page has the watch buffer "${name}".`, {
    fix: 'Close the other page, or give this one a buffer of another name.',
  });
}
