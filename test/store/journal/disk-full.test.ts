import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import { openSegmentJournal } from '../../../src/store/segment-journal.ts';
import { describe } from '../../support/suite.ts';
import { entryFor, readAll, stateReached, wrongWith } from './support/entries.ts';
import { tempFolder } from './support/temp-folder.ts';

const MIB = 1024 * 1024;
const BODY = 20_000;

/** A folder that is a file system of 24 MiB, or why there is none. */
function smallDisk(): { folder: string } | { reason: string } {
  const folder = tempFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder]);
  if (mounted.status !== 0) return { reason: 'mounting a tmpfs needs root' };
  // Before tempFolder's own removal, which needs the folder unmounted.
  process.prependListener('exit', () => void spawnSync('umount', ['-l', folder]));
  return { folder };
}

const disk = smallDisk();

describe('segment journal on a full disk', (it) => {
  const name = 'recovers exactly what it acknowledged and goes on when space returns';
  if ('reason' in disk) {
    it.skip(name, disk.reason);
    return;
  }
  const { folder } = disk;
  const journalFolder = join(folder, 'journal');
  const filler = join(folder, 'filler');

  it(name, async () => {
    writeFileSync(filler, Buffer.alloc(8 * MIB));
    const clock = new SimulatedClock();
    const options = { folder: journalFolder, clock, segmentBytes: 2 * MIB };
    const journal = await openSegmentJournal(options);
    const states: string[] = [];
    journal.onState((state) => states.push(state));
    const fill = async (): Promise<void> => {
      for (;;) {
        try {
          journal.append(entryFor(journal.nextLsn, BODY));
        } catch (error) {
          assert.ok(isWatchkeeperError(error, 'JOURNAL_FULL'), String(error));
          return;
        }
        if (journal.nextLsn % 20 === 0)
          await Promise.race([journal.durable(journal.nextLsn - 1), stateReached(journal, 'full')]);
      }
    };
    await fill();
    assert.equal(journal.state, 'full');
    assert.ok(journal.nextLsn > 400, `${journal.nextLsn} entries`);
    // Enough is given back for others to shut down cleanly.
    writeFileSync(join(folder, 'snapshot'), Buffer.alloc(MIB));
    rmSync(join(folder, 'snapshot'));
    const { durableLsn } = journal;
    const early = await readAll(journal);
    assert.equal(wrongWith(early, { from: 1, upTo: durableLsn, bodyBytes: BODY }), undefined);

    rmSync(filler);
    const isBack = stateReached(journal, 'ok');
    clock.advance(1000);
    await isBack;
    const appended = journal.append(entryFor(journal.nextLsn, BODY));
    await journal.durable(appended);
    await fill();
    await journal.trim(journal.nextLsn - 50);
    const isBackAgain = stateReached(journal, 'ok');
    clock.advance(1000);
    await isBackAgain;
    const acked = journal.append(entryFor(journal.nextLsn, BODY));
    await journal.durable(acked);
    assert.deepEqual(states, ['full', 'ok', 'full', 'ok']);
    await journal.close();

    const again = await openSegmentJournal(options);
    assert.equal(again.durableLsn, acked);
    const found = await readAll(again);
    assert.equal(
      wrongWith(found, { from: again.firstLsn, upTo: acked, bodyBytes: BODY }),
      undefined,
    );
    await again.close();
  });

  it('does not begin a journal without room for a segment', async () => {
    const other = join(folder, 'other');
    await assert.rejects(
      openSegmentJournal({ folder: other, clock: new SimulatedClock(), segmentBytes: 32 * MIB }),
      (error) => isWatchkeeperError(error, 'JOURNAL_FULL'),
    );
  });
});
