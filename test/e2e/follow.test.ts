import assert from 'node:assert/strict';
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredRecord } from '../../src/store/store.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { describe } from '../support/suite.ts';

async function stored(site: E2eSite, count: number): Promise<readonly StoredRecord[]> {
  const all = { from: 0, to: 8e15, order: 'asc', limit: 10_000 } as const;
  for (let turn = 0; turn < 200; turn += 1) {
    const { records } = await site.handle.parts.store.records.query(all);
    if (records.length >= count && site.api.ledger().pending === 0) return records;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return (await site.handle.parts.store.records.query(all)).records;
}

describe('files that are followed', (it) => {
  it(
    'takes every line once over a rotation and restarts, as live records',
    async () => {
      const site = E2eSite.prepare({ withNats: false });
      const path = join(site.folder, 'app.log');
      const entry = `files:\n  - { paths: ['${path}'], poll: 100ms, quiet: 200ms, start_at: beginning }\n`;
      writeFileSync(join(site.configFolder, 'inputs.yaml'), entry);
      let count = 0;
      const write = (lines: number): void => {
        for (let index = 0; index < lines; index += 1) {
          count += 1;
          const service = `s${count % 3}`;
          const time = new Date().toISOString();
          appendFileSync(
            path,
            `${JSON.stringify({ time, level: 'info', service, msg: `m${count}` })}\n`,
          );
        }
      };
      try {
        write(700);
        await site.up();
        assert.equal((await stored(site, 700)).length, 700);
        write(100);
        renameSync(path, `${path}.1`);
        write(100);
        await stored(site, 900);
        await site.down();
        write(50);
        renameSync(path, `${path}.1`);
        write(50);
        await site.up();
        const records = await stored(site, 1000);
        assert.deepEqual(
          records.map(({ message }) => Number(message.slice(1))).sort((a, b) => a - b),
          Array.from({ length: 1000 }, (_, index) => index + 1),
        );
        assert.ok(records.every(({ attributes }) => attributes?.['backfill'] === undefined));
        const ledger = site.api.ledger();
        assert.equal(ledger.accepted, ledger.stored);
        assert.notEqual(await site.handle.engine.subject('service:s1' as never), undefined);
      } finally {
        await site.close();
      }
    },
    { deadlineMs: 60_000 },
  );
});
