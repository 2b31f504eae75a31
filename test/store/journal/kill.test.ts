import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { systemClock } from '../../../src/core/clock.ts';
import { openSegmentJournal } from '../../../src/store/segment-journal.ts';
import { describe } from '../../support/suite.ts';
import { readAll, wrongWith } from './support/entries.ts';
import { seededRandom } from './support/memory-disk.ts';
import { tempFolder } from './support/temp-folder.ts';

const KILLS = 24;
const SEGMENT_BYTES = 64 * 1024;
const childPath = fileURLToPath(new URL('./support/append-until-killed.ts', import.meta.url));

/** Kills the child once it has reported `reports` commits; resolves to the highest lsn that it reported durable. */
async function killAfter(folder: string, reports: number): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--no-warnings', childPath, folder, String(SEGMENT_BYTES)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.split('\n').length > reports) child.kill('SIGKILL');
  });
  await once(child, 'close');
  assert.equal(child.signalCode, 'SIGKILL', text);
  return Number(text.split('\n').at(-2));
}

describe('segment journal under kill -9', (it) => {
  it(
    `has all that was reported durable after each of ${KILLS} kills, and frees its lock`,
    async () => {
      const folder = tempFolder();
      const random = seededRandom(20);
      let reported = 0;
      for (let kill = 0; kill < KILLS; kill += 1) {
        const durable = await killAfter(folder, 1 + Math.floor(random() * 120));
        assert.ok(durable > reported);
        reported = durable;
        const journal = await openSegmentJournal({
          folder,
          clock: systemClock,
          segmentBytes: SEGMENT_BYTES,
        });
        assert.ok(
          journal.durableLsn >= reported,
          `reported ${reported}, found ${journal.durableLsn}`,
        );
        const entries = await readAll(journal);
        const wrong = wrongWith(entries, { from: journal.firstLsn, upTo: journal.durableLsn });
        assert.equal(wrong, undefined);
        await journal.trim(journal.durableLsn - 2000);
        await journal.close();
      }
      assert.ok(reported > KILLS * 20, `${reported} entries`);
    },
    { deadlineMs: 200_000 },
  );
});
