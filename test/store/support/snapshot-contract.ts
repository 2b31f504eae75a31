import assert from 'node:assert/strict';
import type { SnapshotStore } from '../../../src/store/store.ts';
import type { It } from '../../support/suite.ts';
import { withStore, type Subject } from '../store-contract.ts';

export function declareSnapshotContract(it: It, subject: Subject): void {
  it('has no snapshot at first', () =>
    withStore(subject, async ({ snapshots }) => {
      assert.equal(await snapshots.latest(), undefined);
      assert.equal(await snapshots.get('a'), undefined);
      assert.deepEqual(await names(snapshots, ''), []);
    }));

  it('gives the newest version of each part, of which a snapshot holds only what changed', async () => {
    let store = await subject.fresh();
    try {
      await save(store.snapshots, 10, { 'subject/a': 'a10', 'subject/b': 'b10', site: 's10' });
      await save(store.snapshots, 20, { 'subject/b': 'b20' });
      await save(store.snapshots, 30, { 'subject/c': 'c30', site: 's30' });
      for (const reopened of [false, true]) {
        if (reopened) store = await subject.reopen(store);
        const { snapshots } = store;
        assert.deepEqual(await snapshots.latest(), { base: 30, previous: 20 });
        assert.equal(await text(snapshots, 'subject/a'), 'a10');
        assert.equal(await text(snapshots, 'subject/b'), 'b20');
        assert.equal(await text(snapshots, 'subject/c'), 'c30');
        assert.equal(await text(snapshots, 'site'), 's30');
        assert.equal(await text(snapshots, 'subject'), undefined);
        assert.deepEqual(await names(snapshots, 'subject/'), [
          'subject/a',
          'subject/b',
          'subject/c',
        ]);
        assert.deepEqual(await names(snapshots, ''), [
          'site',
          'subject/a',
          'subject/b',
          'subject/c',
        ]);
        assert.deepEqual(await names(snapshots, 'zebra'), []);
      }
    } finally {
      await subject.end(store);
    }
  });

  it('has a part no more that a snapshot removed, and its name goes with the second after it', async () => {
    let store = await subject.fresh();
    try {
      await save(store.snapshots, 10, { a: 'a10', b: 'b10' });
      const writer = store.snapshots.begin(20);
      writer.put('site', bytes('s20'));
      writer.remove('a');
      await writer.commit();
      assert.equal(await text(store.snapshots, 'a'), undefined);
      await save(store.snapshots, 30, { site: 's30' });
      assert.equal(await text(store.snapshots, 'a'), undefined);
      await save(store.snapshots, 40, { site: 's40' });
      assert.deepEqual(await names(store.snapshots, ''), ['b', 'site']);
      store = await subject.reopen(store);
      assert.deepEqual(await store.snapshots.latest(), { base: 40, previous: 30 });
      await save(store.snapshots, 50, { a: 'a50' });
      assert.equal(await text(store.snapshots, 'a'), 'a50');
    } finally {
      await subject.end(store);
    }
  });

  it('shows nothing of a snapshot before it is committed', () =>
    withStore(subject, async ({ snapshots }) => {
      await save(snapshots, 1, { a: 'old' });
      const writer = snapshots.begin(2);
      writer.put('a', bytes('new'));
      assert.equal(await text(snapshots, 'a'), 'old');
      await Promise.all([writer.commit(), writer.commit()]);
      assert.equal(await text(snapshots, 'a'), 'new');
      assert.throws(() => {
        writer.put('b', bytes('late'));
      }, RangeError);
    }));

  it('adds to a snapshot at the same base and refuses one below it', () =>
    withStore(subject, async ({ snapshots }) => {
      await save(snapshots, 5, { a: '1', b: '1' });
      await save(snapshots, 5, { b: '2' });
      assert.equal(await text(snapshots, 'a'), '1');
      assert.equal(await text(snapshots, 'b'), '2');
      assert.deepEqual(await snapshots.latest(), { base: 5, previous: undefined });
      await assert.rejects(save(snapshots, 4, { a: '0' }), { code: 'STORE_FAILED' });
      await save(snapshots, 6, {});
      assert.deepEqual(await snapshots.latest(), { base: 6, previous: 5 });
      assert.equal(await text(snapshots, 'a'), '1');
    }));

  it('keeps commits that overlap in the order in which they were asked for', () =>
    withStore(subject, async ({ snapshots }) => {
      await Promise.all([1, 2, 3].map((base) => save(snapshots, base, { a: String(base) })));
      assert.deepEqual(await snapshots.latest(), { base: 3, previous: 2 });
      assert.equal(await text(snapshots, 'a'), '3');
    }));

  it(
    'holds large and many parts',
    async () => {
      let store = await subject.fresh();
      try {
        const large = new Uint8Array(9 * 1024 * 1024).map((_, index) => index * 31);
        const writer = store.snapshots.begin(1);
        writer.put('large', large);
        writer.put('empty', new Uint8Array(0));
        for (let index = 0; index < 1200; index += 1) writer.put(`p/${index}`, bytes(`${index}`));
        await writer.commit();
        store = await subject.reopen(store);
        const read = await store.snapshots.get('large');
        assert.equal(read !== undefined && Buffer.compare(read, large), 0);
        assert.equal((await store.snapshots.get('empty'))?.length, 0);
        assert.equal((await names(store.snapshots, 'p/')).length, 1200);
        assert.equal(await text(store.snapshots, 'p/1199'), '1199');
      } finally {
        await subject.end(store);
      }
    },
    { deadlineMs: 180_000 },
  );
}

export async function save(
  snapshots: SnapshotStore,
  base: number,
  parts: Readonly<Record<string, string>>,
): Promise<void> {
  const writer = snapshots.begin(base);
  for (const [part, state] of Object.entries(parts)) writer.put(part, bytes(state));
  await writer.commit();
}

export async function text(snapshots: SnapshotStore, part: string): Promise<string | undefined> {
  const state = await snapshots.get(part);
  return state && Buffer.from(state).toString();
}

async function names(snapshots: SnapshotStore, prefix: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const name of snapshots.parts(prefix)) found.push(name);
  return found;
}

function bytes(state: string): Uint8Array {
  return Buffer.from(state);
}
