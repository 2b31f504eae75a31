import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { openMongoStore } from '../../../src/store/mongodb/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { findMongo, startMongo, type MongoServer } from '../../support/mongo-server.ts';
import { describe } from '../../support/suite.ts';
import { declareStoreContract } from '../store-contract.ts';
import { decode } from '../support/codec.ts';

const source = findMongo();

describe('MongoDB store', (it) => {
  if (source.kind === 'none') {
    it.skip('keeps the contract of the store', source.reason);
    return;
  }
  let server: MongoServer;
  let client: MongoClient;
  const databases = new Map<Store, string>();
  const openIn = async (database: string): Promise<Store> => {
    const store = await openMongoStore({ url: `${server.url}/${database}`, site: 'test', decode });
    databases.set(store, database);
    return store;
  };
  it.before(async () => {
    server = await startMongo(source);
    client = await MongoClient.connect(server.url);
  });
  it.after(async () => {
    await client.close();
    await server.stop();
  });

  declareStoreContract(it, {
    runs: 8,
    fresh: () => openIn(`wk_${randomBytes(6).toString('hex')}`),
    reopen: async (store) => {
      await store.close();
      return openIn(databases.get(store)!);
    },
    end: async (store) => {
      await store.close();
      await client.db(databases.get(store)).dropDatabase();
    },
  });
});
