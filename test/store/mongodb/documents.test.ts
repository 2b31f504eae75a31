import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { MongoClient, type Db, type Document } from 'mongodb';
import { openMongoStore } from '../../../src/store/mongodb/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { findMongo, startMongo, type MongoServer } from '../../support/mongo-server.ts';
import { describe } from '../../support/suite.ts';
import { alert, block, DAY_MS, entry, NOON, record } from '../support/builders.ts';
import { decode } from '../support/codec.ts';
import { everyPage, expected } from '../support/model.ts';
import { save, text } from '../support/snapshot-contract.ts';

const source = findMongo();
const ALL = { from: 0, to: NOON * 2 };

describe('MongoDB documents', (it) => {
  it('fail to open with a typed error when there is no server or no valid URL', async () => {
    for (const url of ['mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200', 'http://nothing']) {
      await assert.rejects(openMongoStore({ url, site: 'test', decode }), { code: 'STORE_FAILED' });
    }
  });

  if (source.kind === 'none') {
    it.skip('can be read in a shell', source.reason);
    return;
  }
  let server: MongoServer;
  let client: MongoClient;
  let db: Db;
  let stores: Store[];
  const open = async (site: string): Promise<Store> => {
    const url = `${server.url}/${db.databaseName}`;
    const store = await openMongoStore({ url, site, decode });
    stores.push(store);
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
  it.beforeEach(() => {
    stores = [];
    db = client.db(`wk_${randomBytes(6).toString('hex')}`);
  });
  it.afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await db.dropDatabase();
  });

  it('hold a block with its metadata and its records in clear', async () => {
    const store = await open('home');
    const error = record({ level: 'ERROR', user_id: 'u1', timestamp: NOON - 5, duration_ms: 3 });
    await store.records.put([block([entry(4, [record()]), entry(6, [error])])]);
    const { _id, ...found } = (await db.collection('records_2026_01_10').findOne())!;
    const { records, ...metadata } = found as unknown as { records: Document[] };
    assert.equal(typeof _id, 'string');
    assert.deepEqual(metadata, {
      site: 'home',
      block: 'home/2026-01-10/4/28',
      piece: 0,
      partition: 28,
      first_lsn: 4,
      last_lsn: 6,
      min_timestamp: new Date(NOON - 5),
      max_timestamp: new Date(NOON),
      min_observed_at: new Date(NOON - 5),
      max_observed_at: new Date(NOON),
      count: 2,
      level_counts: { INFO: 1, ERROR: 1 },
      levels: ['INFO', 'ERROR'],
      subjects: ['device:watch-1'],
      services: ['api'],
      users: ['u1'],
    });
    assert.deepEqual(records[1], {
      timestamp: new Date(NOON - 5),
      level: 'ERROR',
      service: 'api',
      message: 'ok',
      user_id: 'u1',
      duration_ms: 3,
      subject: 'device:watch-1',
      observed_at: new Date(NOON - 5),
      lsn: 6,
      ordinal: 0,
    });
  });

  it('hold an alert with dates and names in snake case', async () => {
    const store = await open('home');
    const labelled = alert({
      site: 'home',
      label: 'useful',
      labelledAt: NOON + 1,
      labelledBy: 'ana',
    });
    await store.alerts.put([labelled]);
    assert.deepEqual(await store.alerts.get('a1'), labelled);
    const found = (await db.collection('alerts').findOne())!;
    assert.equal(String(found._id), 'a1');
    assert.deepEqual(found['opened_at'], new Date(NOON));
    assert.equal(found['action_required'], 'Investigate immediately');
    assert.equal(found['acknowledged_at'], null);
    assert.deepEqual(found['labelled_at'], new Date(NOON + 1));
    assert.equal(found['evidence'].window_ms, 300_000);
    assert.equal(found['evidence'].samples[0].request_id, 'r-1');
  });

  it(
    'divide a block that is too large for one, and drop pieces that it no longer has',
    async () => {
      const store = await open('home');
      const many = Array.from({ length: 50 }, (_, index) =>
        entry(
          index + 1,
          Array.from({ length: 100 }, (__, ordinal) =>
            record({ timestamp: NOON + index * 100 + ordinal }),
          ),
        ),
      );
      await store.records.put([block(many)]);
      const collection = db.collection('records_2026_01_10');
      assert.equal(await collection.countDocuments(), 3);
      assert.equal(await store.records.count(), 5000);
      const pages = await everyPage(store.records, { ...ALL, limit: 1999 });
      assert.deepEqual(pages.flat(), expected([block(many)], ALL));
      const large = Array.from({ length: 30 }, (_, index) =>
        entry(index + 1, [record({ message: 'x'.repeat(60_000), timestamp: NOON + index })]),
      );
      await store.records.put([block(large)]);
      assert.equal(await collection.countDocuments(), 3);
      assert.equal(await store.records.count(), 30);
      await store.records.put([block(large.slice(0, 1))]);
      assert.equal(await collection.countDocuments(), 1);
    },
    { deadlineMs: 60_000 },
  );

  it('of two sites in one database stay apart', async () => {
    const [home, away] = [await open('home'), await open('away')];
    const one = block([entry(1, [record()])]);
    const next = block([entry(2, [record({ timestamp: NOON + DAY_MS })])]);
    await home.records.put([one]);
    await away.records.put([one, next]);
    await save(home.snapshots, 5, { a: 'home' });
    await save(away.snapshots, 9, { a: 'away' });
    assert.deepEqual(await home.records.days(), ['2026-01-10']);
    await home.records.dropDay('2026-01-10');
    await home.records.dropDay('2026-01-11');
    assert.equal(await home.records.count(), 0);
    assert.equal(await away.records.count(), 2);
    assert.equal((await away.records.query(ALL)).records.length, 2);
    assert.equal(await text(home.snapshots, 'a'), 'home');
    assert.equal((await away.snapshots.latest())?.base, 9);
    await away.records.dropDay('2026-01-10');
    const names = (await db.listCollections().toArray()).map(({ name }) => name);
    assert.equal(names.includes('records_2026_01_10'), false);
  });

  it('of a damaged snapshot are refused for those of the one before', async () => {
    const damages: readonly ((parts: Document[]) => Promise<unknown>)[] = [
      async () => db.collection('snapshot_parts').deleteOne({ base: 20, part: 'b' }),
      async () => db.collection('snapshot_parts').deleteOne({ base: 20, part: '' }),
      async () =>
        db
          .collection('snapshot_parts')
          .updateOne({ base: 20, part: 'b' }, { $set: { data: Buffer.from('bad') } }),
    ];
    for (const [index, damage] of damages.entries()) {
      const site = `site-${index}`;
      const before = await open(site);
      await save(before.snapshots, 10, { a: 'a10', b: 'b10' });
      await save(before.snapshots, 20, { b: 'b20' });
      await damage([]);
      const after = await open(site);
      assert.deepEqual(await after.snapshots.latest(), { base: 10, previous: undefined });
      assert.equal(await text(after.snapshots, 'b'), 'b10');
      await save(after.snapshots, 30, { a: 'a30' });
      assert.equal(await text(after.snapshots, 'b'), 'b10');
      assert.equal(await text(after.snapshots, 'a'), 'a30');
      await db.collection('snapshot_parts').deleteMany({});
    }
  });
});
