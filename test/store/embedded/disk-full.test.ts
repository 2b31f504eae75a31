import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from '../../support/suite.ts';

const CHILD = fileURLToPath(new URL('../support/put-until-full.ts', import.meta.url));
const FULL_DISK = fileURLToPath(new URL('../support/put-on-full-disk.ts', import.meta.url));

/** A file system of 24 MiB; `undefined` where none can be mounted. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'wk-small-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder]);
  if (status === 0) return folder;
  rmSync(folder, { recursive: true });
  return undefined;
}

describe('embedded store on a full disk', (it) => {
  if (process.platform === 'win32') {
    it.skip('fails each put and keeps what it holds', 'needs the file size limit of a POSIX shell');
    return;
  }
  it(
    'fails each put with a typed error, keeps what it holds, and lets no rejection escape',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'wk-full-'));
      try {
        const node = [process.execPath, '--import', 'tsx', '--no-warnings', CHILD, folder];
        const child = spawnSync('sh', ['-c', 'ulimit -f 1800; exec "$@"', 'sh', ...node], {
          encoding: 'utf8',
        });
        assert.equal(child.status, 0, child.stderr);
        const result = JSON.parse(child.stdout) as Record<string, unknown>;
        assert.deepEqual(result['failures'], ['STORE_FAILED', 'STORE_FAILED', 'STORE_FAILED']);
        assert.equal(Number(result['blocks']) > 5, true);
        assert.equal(result['counted'], Number(result['blocks']) * 40);
        assert.equal(result['read'], result['counted']);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    { deadlineMs: 60_000 },
  );

  const disk = smallDisk();
  if (disk === undefined) {
    it.skip('never lets the engine meet a full disk', 'mounting a tmpfs needs root');
    return;
  }
  it.after(() => {
    spawnSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true });
  });
  it(
    'never lets the engine meet a full disk, and goes on when there is room again',
    () => {
      const node = ['--import', 'tsx', '--no-warnings', FULL_DISK, disk];
      const child = spawnSync(process.execPath, node, { encoding: 'utf8', timeout: 40_000 });
      // What lmdb prints when a write of its own fails.
      assert.doesNotMatch(child.stderr, /Write error|page_spill|do_write/);
      assert.equal(child.status, 0, `${String(child.signal)} ${child.stderr}`);
      assert.deepEqual(JSON.parse(child.stdout), {
        failures: ['The store takes no write now: the disk of "…" is full.'],
        refused: 200,
        stored: 20,
        storedWhileFull: 0,
        goesOn: true,
        isWhole: true,
      });
    },
    { deadlineMs: 60_000 },
  );
});
