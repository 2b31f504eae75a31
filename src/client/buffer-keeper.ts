import { WatchkeeperError } from '../core/errors.ts';
import type { Batch } from './batch.ts';
import type { BufferChange, BufferContents, BufferFacts, BufferStore } from './buffer-store.ts';

/** Removals that may wait for another change: what was acked and is sent again costs only its bytes. */
const LAZY_REMOVALS = 64;

/** Gathers what changes in a session and commits it in groups, in order; without a store it does nothing. */
export class BufferKeeper {
  readonly #store: BufferStore | undefined;
  readonly #facts: () => BufferFacts;
  #added = new Map<number, Batch>();
  #removed: number[] = [];
  /** Grows with every change that matters; `#written` follows it. */
  #version = 0;
  #written = 0;
  #running: Promise<void> | undefined;
  #isOpen = false;
  #isClosed = false;

  /** `facts` gives the session as it is now. */
  constructor(store: BufferStore | undefined, facts: () => BufferFacts) {
    this.#store = store;
    this.#facts = facts;
  }

  /** What is kept. Until `begin` nothing is gathered or written. */
  async open(): Promise<BufferContents | undefined> {
    return this.#store?.open();
  }

  /** From now on the facts are those of a session that has taken up what is kept. */
  begin(): void {
    this.#isOpen = true;
  }

  added(batch: Batch): void {
    if (!this.#isOpen) return;
    this.#added.set(batch.id, batch);
    this.#version += 1;
  }

  removed(batch: Batch): void {
    if (!this.#isOpen || this.#added.delete(batch.id)) return;
    this.#removed.push(batch.id);
    if (this.#removed.length >= LAZY_REMOVALS) this.#version += 1;
  }

  /** The facts changed in a way that must be written before anything of it leaves the watch. */
  touch(): void {
    this.#version += 1;
  }

  /** Resolves when all changes so far are written. Rejects when the store cannot write, which is tried again with the next, and after `close`. */
  async commit(): Promise<void> {
    if (this.#store === undefined || (!this.#isOpen && !this.#isClosed)) return;
    if (this.#isClosed) throw closed();
    const wanted = this.#version;
    while (this.#written < wanted) {
      this.#running ??= this.#write(this.#store).finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
  }

  /** Writes the lazy removals too and closes the store, even when it cannot write. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#removed.length > 0) this.touch();
    try {
      await this.commit();
    } finally {
      this.#isOpen = false;
      this.#isClosed = true;
      await this.#store?.close();
    }
  }

  async #write(store: BufferStore): Promise<void> {
    const version = this.#version;
    const [added, removed] = [this.#added, this.#removed];
    this.#added = new Map();
    this.#removed = [];
    const change: BufferChange = { added: [...added.values()], removed, facts: this.#facts() };
    try {
      await store.commit(change);
      this.#written = version;
    } catch (error) {
      this.#added = new Map([...added, ...this.#added]);
      this.#removed = [...removed, ...this.#removed];
      throw error;
    }
  }
}

function closed(): WatchkeeperError {
  return new WatchkeeperError('SHUTTING_DOWN', 'The client has stopped and its buffer is closed.', {
    fix: 'Connect a new one with the same buffer.',
  });
}
