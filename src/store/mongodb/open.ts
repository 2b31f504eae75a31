import type { DecodePayload, Store } from '../store.ts';
import { SnapshotArchive } from '../snapshots/snapshot-archive.ts';
import { ALERTS, MongoAlertStore } from './alert-store.ts';
import { Connection } from './connection.ts';
import { DEAD_LETTERS, MongoDeadLetterStore } from './dead-letter-store.ts';
import { MongoRecordStore } from './record-store.ts';
import { MongoShelf, SNAPSHOT_PARTS, SNAPSHOTS } from './snapshot-shelf.ts';

export interface MongoStoreOptions {
  /** `mongodb://…`; its path names the database, `watchkeeper` when it has none. Sites may share one. */
  readonly url: string;
  readonly site: string;
  readonly decode: DecodePayload;
}

/**
 * Opens the store in MongoDB, or a server that speaks its protocol (FerretDB
 * 1.24). Writes ask for the journal, and for a majority where there is a
 * replica set; FerretDB ignores both.
 * @throws WatchkeeperError STORE_FAILED when no server answers within 5 s.
 */
export async function openMongoStore({ url, site, decode }: MongoStoreOptions): Promise<Store> {
  const connection = await Connection.open(url);
  try {
    await makeIndexes(connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return {
    kind: 'mongodb',
    records: new MongoRecordStore(connection, { site, decode }),
    alerts: new MongoAlertStore(connection, site),
    deadLetters: new MongoDeadLetterStore(connection, site),
    snapshots: new SnapshotArchive(new MongoShelf(connection, site)),
    ping: async () => {
      await connection.run((db) => db.command({ ping: 1 }));
    },
    close: () => connection.close(),
  };
}

async function makeIndexes(connection: Connection): Promise<void> {
  const newest = { opened_at: -1, _id: 1 } as const;
  await connection.ensureIndexes(ALERTS, [
    { site: 1, ...newest },
    { site: 1, state: 1, ...newest },
    { site: 1, severity: 1, ...newest },
    { site: 1, subject: 1, ...newest },
  ]);
  await connection.ensureIndexes(DEAD_LETTERS, [{ site: 1, lsn: -1, ordinal: -1, id: 1 }]);
  await connection.ensureIndexes(SNAPSHOT_PARTS, [
    { site: 1, part: 1, base: -1 },
    { site: 1, base: 1, part: 1, piece: 1 },
  ]);
  await connection.ensureIndexes(SNAPSHOTS, [{ site: 1, base: -1 }]);
}
