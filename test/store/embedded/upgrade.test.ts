import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openObject, sealObject } from '../../../src/store/embedded/checked.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { describe } from '../../support/suite.ts';
import { block, entry, NOON, record } from '../support/builders.ts';
import { decode } from '../support/codec.ts';
import { tamper } from '../support/raw-lmdb.ts';

const MANY = 600;

describe('embedded store of an earlier version', (it) => {
  it('gets its index by time of observation when it is opened', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wk-upgrade-'));
    try {
      const open = () => openEmbeddedStore({ folder, site: 'test', decode });
      const before = await open();
      await before.records.put(
        Array.from({ length: MANY }, (_, index) =>
          block([entry(index + 1, [record({ timestamp: NOON })], { observedAt: NOON + index })]),
        ),
      );
      await before.close();
      await tamper(folder, 'times', async (times) => {
        for (const { key } of [...times.getRange()]) {
          if (['[', ']'].includes((key as readonly string[])[0] ?? '')) await times.remove(key);
        }
      });
      await tamper(folder, 'totals', async (totals) => {
        const key = ['records'] as const;
        const value = totals.get([...key]);
        if (value === undefined) throw new Error('There are no totals.');
        const { records, widestMs } = openObject<Record<string, number>>(key, value);
        await totals.put([...key], sealObject(key, { records, widestMs }));
      });
      for (const _ of ['upgraded', 'opened again']) {
        const store = await open();
        const range = { from: NOON + 7, to: NOON + MANY, axis: 'ingest' } as const;
        const { records } = await store.records.query({ ...range, limit: 1000 });
        assert.equal(records.length, MANY - 7);
        assert.equal(await store.records.count(), MANY);
        await store.close();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
