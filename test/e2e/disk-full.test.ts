import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line } from '../support/e2e/records.ts';

const MIB = 1024 * 1024;

/** Puts a small file system over a folder; answers why it cannot. */
function mountSmall(folder: string): string | undefined {
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder]);
  return status === 0 ? undefined : 'mounting a tmpfs needs root';
}

describe('a full disk', (it) => {
  const site = E2eSite.prepare({
    withNats: false,
    tuning: { journalSegmentBytes: MIB },
  });
  const reason = mountSmall(site.dataFolder);
  it.after(async () => {
    await site.down();
    if (reason === undefined) spawnSync('umount', ['-l', site.dataFolder]);
    await site.close();
  });
  if (reason !== undefined) {
    it.skip('is survived', reason);
    return;
  }
  process.prependListener('exit', () => void spawnSync('umount', ['-l', site.dataFolder]));

  it(
    'acks nothing that has no room, and goes on by itself when there is room again',
    async () => {
      await site.up();
      const watch = await site.watch('watch-1', { buffer: { maxBytes: 64 * MIB } });
      watch.send([line({ service: 'app', level: 'INFO', message: 'before' })], 1);
      await watch.flush();
      await site.settled();
      const filler = join(site.dataFolder, 'filler');
      for (let size = 40 * MIB; size >= 4096; size = Math.floor(size / 2)) {
        try {
          writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
        } catch {
          // Until nothing more fits.
        }
      }
      const { journal } = site.handle.parts;
      const { archivist } = site.handle.engine;
      // The journal has its next file already; the store is the first to have no room.
      watch.send([line({ service: 'app', level: 'INFO', message: 'while full' })], 1);
      await until('the store to refuse', () => archivist.lastError !== undefined);
      assert.match(archivist.lastError ?? '', /takes no write now: the disk of .* is full/);
      let sent = 2;
      const flood = async (): Promise<boolean> => {
        for (let n = 0; n < 20; n += 1) {
          watch.send([line({ service: 'app', level: 'INFO', message: 'y'.repeat(30_000) })], 1);
          sent += 1;
        }
        return journal.state === 'full';
      };
      await until('the journal to be full', flood, 30_000);
      const { status } = await site.http.request({
        method: 'POST',
        path: '/v1/logs',
        body: [line()],
      });
      assert.ok(status === 507 || status === 429, `${status}`);
      assert.ok(watch.buffered > 0);
      const { state, parts } = await site.api.health();
      assert.equal(state, 'failed');
      assert.match(parts.find(({ name }) => name === 'journal')?.fix ?? '', /Free disk space/);
      assert.equal((await site.http.request({ method: 'GET', path: '/readyz' })).status, 503);
      assert.equal((await site.http.request({ method: 'GET', path: '/v1/alerts' })).status, 200);

      rmSync(filler);
      await until('the journal to go on', () => journal.state === 'ok', 30_000);
      await until('the watch to be done', () => watch.buffered === 0, 60_000).catch((error) => {
        throw new Error(
          JSON.stringify([watch.buffered, journal.state, archivist.lastError, site.api.ledger()]),
          { cause: error },
        );
      });
      await site.settled();
      assert.equal(archivist.lastError, undefined);
      assert.equal(site.api.ledger().storedRecords, sent);
      assert.equal(await site.handle.parts.store.records.count(), sent);
      assert.equal((await site.api.health()).state, 'ok');
    },
    { deadlineMs: 120_000 },
  );
});
