import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from '../../support/suite.ts';

const CHILD = fileURLToPath(new URL('../support/put-until-full.ts', import.meta.url));

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
});
