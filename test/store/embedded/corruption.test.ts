import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database, Key } from 'lmdb';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { describe } from '../../support/suite.ts';
import { alert, block, entry, letter, NOON, record } from '../support/builders.ts';
import { decode } from '../support/codec.ts';
import { flipAll, tamper } from '../support/raw-lmdb.ts';
import { save, text } from '../support/snapshot-contract.ts';

const ALL = { from: 0, to: NOON * 2 };

describe('embedded store, damaged', (it) => {
  let folder: string;
  let store: Store;
  const open = async (): Promise<void> => {
    store = await openEmbeddedStore({ folder, site: 'test', decode });
  };
  /** Closes, changes a table and opens again. */
  const damage = async (
    table: string,
    change: (database: Database<Buffer, Key>) => Promise<unknown>,
  ): Promise<void> => {
    await store.close();
    await tamper(folder, table, change);
    await open();
  };

  it.beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wk-damaged-'));
    await open();
  });
  it.afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  for (const table of ['blocks', 'times', 'entries', 'payloads']) {
    for (const at of [0, -1]) {
      it(`finds a flipped byte in ${table} at ${at}`, async () => {
        await store.records.put([block([entry(1, [record()])])]);
        await damage(table, flipAll(at));
        await assert.rejects(store.records.query(ALL), { code: 'STORE_CORRUPT' });
      });
    }
  }

  it('finds each flipped byte of a payload, one by one', async () => {
    await store.records.put([block([entry(1, [record({ message: 'm' })])])]);
    let size = 0;
    await damage('payloads', (payloads) => {
      size = [...payloads.getRange()][0]!.value.length;
      return Promise.resolve();
    });
    assert.equal(size > 40, true);
    for (let at = 0; at < size; at += 1) {
      await damage('payloads', flipAll(at));
      await assert.rejects(store.records.query(ALL), { code: 'STORE_CORRUPT' }, `byte ${at}`);
      await damage('payloads', flipAll(at));
    }
    assert.equal((await store.records.query(ALL)).records.length, 1);
  });

  it('finds a value that was moved to another key', async () => {
    await store.records.put([
      block([entry(1, [record()])]),
      block([entry(2, [record({ message: 'other' })])]),
    ]);
    await damage('payloads', async (payloads) => {
      const [first, second] = [...payloads.getRange()];
      await payloads.put(first!.key, Buffer.from(second!.value));
    });
    await assert.rejects(store.records.query(ALL), { code: 'STORE_CORRUPT' });
  });

  it('finds a payload that is gone', async () => {
    await store.records.put([block([entry(1, [record()])])]);
    await damage('payloads', (payloads) => payloads.clearAsync());
    await assert.rejects(store.records.query(ALL), { code: 'STORE_CORRUPT' });
  });

  it('heals a damaged block that is put again, and drops one that is not', async () => {
    const one = block([entry(1, [record()])]);
    await store.records.put([one]);
    for (const table of ['blocks', 'entries', 'payloads']) {
      await damage(table, flipAll(-1));
      await store.records.put([one]);
      assert.equal((await store.records.query(ALL)).records.length, 1, table);
    }
    await damage('blocks', flipAll(-1));
    await store.records.dropDay(one.day);
    assert.deepEqual(await store.records.days(), []);
    assert.deepEqual((await store.records.query(ALL)).records, []);
  });

  it('counts anew when its totals are damaged', async () => {
    await store.records.put([block([entry(1, [record(), record()])])]);
    for (const change of [
      flipAll(-1),
      flipAll(0),
      (totals: Database<Buffer, Key>) => totals.clearAsync(),
    ]) {
      await damage('totals', change);
      assert.equal(await store.records.count(), 2);
      assert.equal((await store.records.query(ALL)).records.length, 2);
    }
  });

  it('says that a payload is not records, without quoting it', async () => {
    const secret = Buffer.from('secret payload');
    await store.records.put([block([entry(1, [record()], { payload: secret })])]);
    await assert.rejects(store.records.query(ALL), (error: Error & { code: string }) => {
      assert.equal(error.code, 'STORE_CORRUPT');
      assert.equal(`${error.message}${String(error.cause)}`.includes('secret'), false);
      return true;
    });
  });

  it('finds a damaged alert and a damaged dead letter, and heals the alert', async () => {
    await store.alerts.put([alert()]);
    await store.deadLetters.put([letter()]);
    await damage('alerts', flipAll(-1));
    await damage('deadLetters', flipAll(-1));
    await assert.rejects(store.alerts.get('a1'), { code: 'STORE_CORRUPT' });
    await assert.rejects(store.alerts.list({}), { code: 'STORE_CORRUPT' });
    await assert.rejects(store.deadLetters.list({ limit: 1 }), { code: 'STORE_CORRUPT' });
    await store.alerts.put([alert({ revision: 2 })]);
    assert.equal((await store.alerts.get('a1'))?.revision, 2);
  });

  for (const [what, table, key] of [
    ['manifest', 'manifests', -20],
    ['part', 'parts', ['b', -20]],
  ] as const) {
    it(`uses the snapshot before when a ${what} of the newest is damaged`, async () => {
      await save(store.snapshots, 10, { a: 'a10', b: 'b10' });
      await save(store.snapshots, 20, { b: 'b20', c: 'c20' });
      await damage(table, async (database) => {
        const damaged = Buffer.from(database.get(key as unknown as Key)!);
        damaged[damaged.length - 1]! ^= 1;
        await database.put(key as unknown as Key, damaged);
      });
      assert.deepEqual(await store.snapshots.latest(), { base: 10, previous: undefined });
      assert.equal(await text(store.snapshots, 'b'), 'b10');
      assert.equal(await text(store.snapshots, 'c'), undefined);
      // A snapshot that follows does not bring back what was refused.
      await save(store.snapshots, 30, { a: 'a30' });
      for (const reopened of [false, true]) {
        if (reopened) await damage('parts', () => Promise.resolve());
        assert.deepEqual(await store.snapshots.latest(), { base: 30, previous: 10 });
        assert.equal(await text(store.snapshots, 'a'), 'a30');
        assert.equal(await text(store.snapshots, 'b'), 'b10');
        assert.equal(await text(store.snapshots, 'c'), undefined);
      }
    });
  }

  it('uses the snapshot before when a part of the newest is gone', async () => {
    await save(store.snapshots, 10, { a: 'a10' });
    await save(store.snapshots, 20, { a: 'a20' });
    await damage('parts', (parts) => parts.remove(['a', -20]));
    assert.deepEqual(await store.snapshots.latest(), { base: 10, previous: undefined });
    assert.equal(await text(store.snapshots, 'a'), 'a10');
  });

  it('refuses to go on when no snapshot verifies', async () => {
    await save(store.snapshots, 10, { a: 'a10' });
    await save(store.snapshots, 20, { a: 'a20' });
    await damage('manifests', flipAll(-1));
    await assert.rejects(store.snapshots.latest(), { code: 'STORE_CORRUPT' });
    await assert.rejects(store.snapshots.get('a'), { code: 'STORE_CORRUPT' });
    await assert.rejects(save(store.snapshots, 30, {}), { code: 'STORE_CORRUPT' });
  });

  it('finds damage in a part that both snapshots share', async () => {
    await save(store.snapshots, 10, { a: 'a10' });
    await save(store.snapshots, 20, { b: 'b20' });
    await save(store.snapshots, 30, { b: 'b30' });
    await damage('parts', async (parts) => {
      const damaged = Buffer.from(parts.get(['a', -10])!);
      damaged[5]! ^= 1;
      await parts.put(['a', -10], damaged);
    });
    assert.equal(await text(store.snapshots, 'b'), 'b30');
    await assert.rejects(store.snapshots.get('a'), { code: 'STORE_CORRUPT' });
  });

  it('keeps of each part only the versions that the two newest snapshots reach', async () => {
    for (let base = 1; base <= 6; base += 1) {
      await save(store.snapshots, base, {
        a: `a${base}`,
        ...(base % 2 === 0 && { b: `b${base}` }),
      });
    }
    let left: unknown[] = [];
    let manifests: unknown[] = [];
    await damage('parts', (parts) => {
      left = [...parts.getKeys()];
      return Promise.resolve();
    });
    await damage('manifests', (database) => {
      manifests = [...database.getKeys()];
      return Promise.resolve();
    });
    assert.deepEqual(left, [
      ['a', -6],
      ['a', -5],
      ['b', -6],
      ['b', -4],
    ]);
    assert.deepEqual(manifests, [-6, -5]);
  });

  it('sweeps what a snapshot that was cut off left behind', async () => {
    await save(store.snapshots, 10, { a: 'a10' });
    await damage('parts', async (parts) => {
      await parts.put(['a', -15], Buffer.from('half'));
      await parts.put(['z', -15], Buffer.from('half'));
      await parts.put(['a', -3], Buffer.from('old'));
    });
    assert.equal(await text(store.snapshots, 'a'), 'a10');
    assert.equal(await text(store.snapshots, 'z'), undefined);
    await save(store.snapshots, 20, { b: 'b20' });
    assert.equal(await text(store.snapshots, 'a'), 'a10');
    assert.equal(await text(store.snapshots, 'z'), undefined);
    await damage('parts', (parts) => {
      assert.deepEqual(
        [...parts.getKeys()],
        [
          ['a', -10],
          ['b', -20],
        ],
      );
      return Promise.resolve();
    });
  });

  it('says why a folder cannot be opened', async () => {
    await assert.rejects(openEmbeddedStore({ folder: '/dev/null', site: 'test', decode }), {
      code: 'STORE_FAILED',
    });
  });
});
