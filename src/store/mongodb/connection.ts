import {
  MongoClient,
  type Collection,
  type Db,
  type Document,
  type WriteConcernSettings,
} from 'mongodb';
import { isWatchkeeperError, messageOf, WatchkeeperError } from '../../core/errors.ts';

const DEFAULT_DATABASE = 'watchkeeper';

/** A document with a text `_id`. */
export interface Stored extends Document {
  readonly _id: string;
}

/** Fields of an index, in order: ascending or descending. */
export type IndexKey = Readonly<Record<string, 1 | -1>>;

/** The driver with typed errors. It reconnects by itself; an operation fails after 5 s without a server. */
export class Connection {
  readonly #client: MongoClient;
  readonly #db: Db;
  #closing: Promise<void> | undefined;

  private constructor(client: MongoClient, db: Db) {
    this.#client = client;
    this.#db = db;
  }

  /** @throws WatchkeeperError STORE_FAILED when the URL is not valid or no server answers. */
  static async open(url: string): Promise<Connection> {
    let client: MongoClient | undefined;
    try {
      client = new MongoClient(url, {
        serverSelectionTimeoutMS: 5_000,
        // A server that stopped in the middle must not hold an operation for ever; writes are repeated.
        socketTimeoutMS: 60_000,
        ignoreUndefined: true,
        promoteBuffers: true,
        appName: 'watchkeeper',
      });
      await client.connect();
      const db = client.db(databaseOf(url));
      const writeConcern = durableConcern(await db.command({ hello: 1 }));
      return new Connection(client, client.db(databaseOf(url), { writeConcern }));
    } catch (error) {
      await client?.close();
      throw storeFailed(error);
    }
  }

  /** Runs an operation of the driver. @throws WatchkeeperError STORE_FAILED */
  async run<Type>(operation: (db: Db) => Promise<Type>): Promise<Type> {
    if (this.#closing !== undefined)
      throw new WatchkeeperError('STORE_FAILED', 'The store is closed.');
    try {
      return await operation(this.#db);
    } catch (error) {
      throw storeFailed(error);
    }
  }

  collection(name: string): Collection<Stored> {
    return this.#db.collection<Stored>(name);
  }

  /** Makes indexes that are not there; one by one, since FerretDB 1.24 fails on a list of which some exist. */
  async ensureIndexes(collection: string, keys: readonly IndexKey[]): Promise<void> {
    for (const key of keys) {
      await this.run(() => this.collection(collection).createIndex(key));
    }
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#client.close();
    return this.#closing;
  }
}

/** The path of the URL; a list of hosts is not a URL to Node's parser. */
function databaseOf(url: string): string {
  const path = /^[a-z+]+:\/\/[^/?]+\/([^?]+)/.exec(url)?.[1];
  return path === undefined ? DEFAULT_DATABASE : decodeURIComponent(path);
}

/** Majority where there is more than one server to ask, and always the server's journal. */
function durableConcern(hello: Document): WriteConcernSettings {
  const replicated = hello['setName'] !== undefined || hello['msg'] === 'isdbgrid';
  return replicated ? { w: 'majority', journal: true } : { w: 1, journal: true };
}

function storeFailed(error: unknown): WatchkeeperError {
  if (isWatchkeeperError(error)) return error;
  return new WatchkeeperError('STORE_FAILED', `MongoDB failed: ${messageOf(error)}`, {
    fix: 'Check that the server runs and that the URL, the user and the password are right.',
    cause: error,
  });
}
