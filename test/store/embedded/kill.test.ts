import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { describe } from '../../support/suite.ts';
import { NOON } from '../support/builders.ts';
import { decode } from '../support/codec.ts';
import { expected } from '../support/model.ts';
import { numberedBlock } from '../support/numbered-block.ts';
import { text } from '../support/snapshot-contract.ts';

const CHILD = fileURLToPath(new URL('../support/put-forever.ts', import.meta.url));

describe('embedded store, killed', (it) => {
  it(
    'holds every block whose put had resolved, whole, and a snapshot at or after the last committed',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wk-killed-'));
      const durable: number[] = [];
      let snapshot = 0;
      try {
        for (let round = 0; round < 4; round += 1) {
          const first = 1 + round * 100_000;
          for await (const line of killedAfter(folder, first, 40 + round * 37)) {
            if (line.startsWith('snapshot ')) snapshot = Number(line.slice(9));
            else durable.push(Number(line));
          }
          const store = await openEmbeddedStore({ folder, site: 'test', decode });
          for (const number of durable) {
            const query = { from: NOON + number, to: NOON + number + 1, limit: 1000 };
            const page = await store.records.query(query);
            assert.deepEqual(page.records, expected([numberedBlock(number)], query));
          }
          const latest = await store.snapshots.latest();
          assert.equal((latest?.base ?? 0) >= snapshot, true);
          assert.equal(await text(store.snapshots, 'state'), String(latest?.base));
          assert.equal((await store.records.count()) % 40, 0);
          await store.close();
        }
        assert.equal(durable.length > 100, true);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    { deadlineMs: 90_000 },
  );
});

/** Lines of the child up to its death by SIGKILL, which comes after `lines` of them. */
async function* killedAfter(folder: string, first: number, lines: number): AsyncGenerator<string> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--no-warnings', CHILD, folder, String(first)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    yield line;
    seen += 1;
    if (seen === lines) child.kill('SIGKILL');
  }
  assert.equal(seen >= lines, true, 'the child ended before it was killed');
}
