import assert from 'node:assert/strict';
import { MongoClient } from 'mongodb';
import type { QueryPage } from '../../src/store/store.ts';
import { findMongo, startMongo, type MongoServer } from '../support/mongo-server.ts';
import { describe } from '../support/suite.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line, lines } from '../support/e2e/records.ts';

const source = findMongo();

describe('a site that stores in MongoDB', (it) => {
  if (source.kind === 'none') {
    it.skip('normal flow, restart and documents', source.reason);
    return;
  }
  let server: MongoServer;
  it.before(async () => {
    server = await startMongo(source);
  });
  it.after(() => server.stop());

  it(
    'stores, finds and alerts as any other, over a restart, in documents that a driver can read',
    async () => {
      const database = `wk_e2e_${process.pid}`;
      const storeUrl = `${server.url}/${database}`;
      const site = await E2eSite.start({ options: { storeUrl }, withNats: false });
      const driver = await MongoClient.connect(server.url);
      try {
        assert.equal(site.handle.parts.store.kind, 'mongodb');
        const watch = await site.watch('watch-1');
        watch.send(lines(60, { service: 'app' }), 1);
        await watch.flush();
        await site.logs([line({ user_id: 'u-7', level: 'WARNING', message: 'mistyped' })]);
        await site.settled();
        await site.down();
        await site.up();
        assert.equal(site.api.ledger().storedRecords, 61);
        const found = await site.http.get<QueryPage>('/v1/records/query', {
          ...{ from: '-15m', user: 'u-7', explain: true },
        });
        assert.deepEqual(
          found.records.map(({ message }) => message),
          ['mistyped'],
        );
        assert.ok(found.plan.indexes.includes('user_id'), found.plan.indexes.join());
        // The window was kept over the restart: 60 before and 41 now.
        await site.logs([line()]);
        const again = site.watchAgain('watch-1');
        again.send(lines(41, { service: 'app' }), 1);
        await again.flush();
        await site.settled();
        const { alerts } = await site.api.alerts({});
        assert.deepEqual(
          alerts.map(({ subject, summary }) => [subject, summary]),
          [['device:watch-1', '101 errors in 5 minutes']],
        );
        const db = driver.db(database);
        const names = (await db.listCollections().toArray()).map(({ name }) => name).sort();
        assert.ok(names.includes('alerts'), names.join());
        const stored = await db.collection('alerts').findOne({ type: 'error_spike' });
        assert.equal(stored?.['severity'], 'high');
        const messages: unknown[] = [];
        for (const name of names.filter((each) => each.startsWith('records'))) {
          for await (const block of db.collection(name).find()) {
            messages.push(
              ...(block['records'] as { message: unknown }[]).map((each) => each.message),
            );
          }
        }
        assert.equal(messages.length, 103);
        assert.equal(messages.filter((message) => message === 'mistyped').length, 1);
      } finally {
        await driver.db(database).dropDatabase();
        await driver.close();
        await site.close();
      }
    },
    { deadlineMs: 90_000 },
  );

  if (source.kind !== 'program') return;
  it(
    'acknowledges while the server stands still, says so, and stores everything once it goes on',
    async () => {
      const storeUrl = `${server.url}/wk_held_${process.pid}`;
      const site = await E2eSite.start({ options: { storeUrl }, withNats: false });
      try {
        server.hold(true);
        const watch = await site.watch('watch-1');
        for (let round = 0; round < 20; round += 1) watch.send(lines(50, { service: 'app' }), 1);
        await watch.flush();
        const held = (await site.api.health()).parts.find(({ name }) => name.startsWith('store'));
        assert.equal(held?.state, 'degraded');
        assert.match(held.evidence, /did not answer within 2 s/);
        server.hold(false);
        await site.settled();
        const { accepted, stored, storedRecords } = site.api.ledger();
        assert.deepEqual([accepted, stored, storedRecords], [20, 20, 1000]);
        assert.equal(await site.handle.parts.store.records.count(), 1000);
      } finally {
        server.hold(false);
        await site.close();
      }
    },
    { deadlineMs: 90_000 },
  );
});
