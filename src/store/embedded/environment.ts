import { mkdirSync } from 'node:fs';
import { open, type Database, type Key, type RootDatabase } from 'lmdb';
import { isWatchkeeperError, messageOf, WatchkeeperError } from '../../core/errors.ts';
import type { StoreKey } from './checked.ts';
import { DiskRoom } from './disk-room.ts';

export type Table = Database<Buffer, Key>;

/** The tables of the embedded store. Every value starts with a CRC-32 over its key and body. */
const TABLES = [
  /** [day, first lsn, partition] → summary of a block. */
  'blocks',
  /** [side, bound, other bound, day, first lsn, partition]: blocks by least ('<') and greatest ('>') event time, and by least ('[') and greatest (']') observed time. */
  'times',
  /** [day, first lsn, partition] → columns that describe the block's entries. */
  'entries',
  /** [day, first lsn, partition, chunk] → payloads as received, about 64 KiB together. */
  'payloads',
  /** ['records'] → totals over all blocks. */
  'totals',
  'alerts',
  /** [index, value, -openedAt, id]. */
  'alertIndex',
  /** [-lsn, -ordinal, id] → dead letter. */
  'deadLetters',
  /** [part, base] → state. */
  'parts',
  /** [base] → names of the parts that the snapshot wrote. */
  'manifests',
] as const;

export type TableName = (typeof TABLES)[number];

/** What a write that does not say takes at most. */
const SMALL_BYTES = 256 * 1024;

/** One LMDB environment with its tables. Writes are atomic per call and durable when their promise resolves. */
export class Environment {
  readonly tables: Readonly<Record<TableName, Table>>;
  readonly #root: RootDatabase<Buffer, Key>;
  readonly #room: DiskRoom;
  readonly #pending = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  /**
   * @param readOnly leaves all as it is but the lock file, in which readers register: beside another process too
   * @throws WatchkeeperError STORE_FAILED when the folder cannot be opened.
   */
  constructor(folder: string, { room = new DiskRoom(folder), readOnly = false } = {}) {
    this.#room = room;
    try {
      if (!readOnly) mkdirSync(folder, { recursive: true, mode: 0o700 });
      // Without overlapping sync a commit ends after its own fsync: a resolved write is durable.
      // Batching by turn is off: when its commit fails, lmdb leaves a rejection that nobody can handle.
      this.#root = open<Buffer, Key>({
        path: folder,
        noSubdir: false,
        readOnly,
        maxDbs: TABLES.length + 2,
        encoding: 'binary',
        overlappingSync: false,
        eventTurnBatching: false,
      });
      const root = this.#root;
      this.tables = Object.fromEntries(
        TABLES.map((name) => [name, root.openDB<Buffer, Key>({ name, encoding: 'binary' })]),
      ) as Record<TableName, Table>;
    } catch (error) {
      throw failed(`The store in "${folder}" cannot be opened: ${messageOf(error)}.`, error);
    }
  }

  /** Runs `action`, whose puts and removes become one transaction; its values have about `bytes` together. */
  batch(
    action: (tables: Readonly<Record<TableName, Table>>) => void,
    bytes = SMALL_BYTES,
  ): Promise<void> {
    return this.#write(bytes, () =>
      this.#root.batch(() => {
        action(this.tables);
      }),
    );
  }

  /** As `batch`, but what `action` reads is what it writes over. Costs more than a batch. */
  transaction(action: (tables: Readonly<Record<TableName, Table>>) => void): Promise<void> {
    return this.#write(SMALL_BYTES, () =>
      this.#root.transaction(() => {
        action(this.tables);
      }),
    );
  }

  /** Runs a synchronous read. @throws WatchkeeperError STORE_FAILED */
  read<Type>(action: (tables: Readonly<Record<TableName, Table>>) => Type): Type {
    this.#assertOpen();
    try {
      return action(this.tables);
    } catch (error) {
      throw wrapped(error);
    }
  }

  /** One value as stored, safe to keep. */
  get(table: TableName, key: StoreKey): Buffer | undefined {
    return this.read((tables) => tables[table].get(key as Key));
  }

  /** Waits for writes that were begun, then closes. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    await Promise.allSettled(this.#pending);
    await this.#root.close();
  }

  async #write(bytes: number, begin: () => Promise<unknown>): Promise<void> {
    this.#assertOpen();
    const giveBack = this.#room.take(bytes);
    let commit: Promise<unknown> | undefined;
    try {
      commit = begin();
      this.#pending.add(commit);
      await commit;
    } catch (error) {
      throw wrapped(await commitCause(error));
    } finally {
      giveBack();
      if (commit !== undefined) this.#pending.delete(commit);
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw failed('The store is closed.');
  }
}

/** lmdb rejects with a general error whose `commitError` is a promise that rejects with the reason. */
async function commitCause(error: unknown): Promise<unknown> {
  const reason = (error as { readonly commitError?: unknown }).commitError;
  if (!(reason instanceof Promise)) return error;
  return reason.then(
    () => error,
    (cause: unknown) => cause,
  );
}

function wrapped(error: unknown): WatchkeeperError {
  if (isWatchkeeperError(error)) return error;
  return failed(`The store failed: ${messageOf(error)}.`, error);
}

function failed(message: string, cause?: unknown): WatchkeeperError {
  return new WatchkeeperError('STORE_FAILED', message, {
    fix: 'Check free space and rights of the data folder, then start again.',
    cause,
  });
}
