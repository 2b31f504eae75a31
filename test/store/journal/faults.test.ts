import assert from 'node:assert/strict';

import { describe } from '../../support/suite.ts';
import { entryFor, readAll } from './support/entries.ts';
import { MemoryDisk, seededRandom, type FaultKind } from './support/memory-disk.ts';
import { brokenPromise, openOn, scriptedRun } from './support/scripted-run.ts';
import { tempFolder } from './support/temp-folder.ts';

const folder = tempFolder();

async function callsOfRun(): Promise<number> {
  const disk = new MemoryDisk();
  const told = await scriptedRun({ disk, folder });
  assert.deepEqual(told, { durable: 120, trimmed: 40, failed: false });
  return disk.calls;
}

/** Runs the script once for each call, with that call failing; resolves to the broken promises. */
async function violations(
  kind: FaultKind,
  { cutPower, syncLies = false }: { cutPower: boolean; syncLies?: boolean },
): Promise<string[]> {
  const calls = await callsOfRun();
  const found: string[] = [];
  for (let at = 0; at < calls; at += 1) {
    const disk = new MemoryDisk();
    disk.syncLies = syncLies;
    disk.fault = { at, kind };
    const told = await scriptedRun({ disk, folder });
    if (cutPower) disk.powerCut(seededRandom(at));
    else disk.restart();
    const wrong = await brokenPromise({ disk, folder }, told).catch(String);
    if (wrong !== undefined) found.push(`${kind} at call ${at}: ${wrong}`);
  }
  return found;
}

describe('segment journal on a failing disk', (it) => {
  it('runs the script through several segments', async () => {
    const disk = new MemoryDisk();
    await scriptedRun({ disk, folder });
    assert.ok(disk.names().length >= 3, disk.names().join());
    assert.ok(disk.calls > 120, String(disk.calls));
  });

  for (const kind of ['EIO', 'ENOSPC', 'short write', 'crash'] as const) {
    for (const cutPower of [false, true]) {
      it(
        `keeps what it reported durable: ${kind} at every call${cutPower ? ', then the power goes' : ''}`,
        async () => {
          assert.deepEqual(await violations(kind, { cutPower }), []);
        },
        { deadlineMs: 120_000 },
      );
    }
  }

  it(
    'would show a sync that does nothing',
    async () => {
      const found = await violations('crash', { cutPower: true, syncLies: true });
      assert.ok(found.length > 20, `only ${found.length} violations`);
    },
    { deadlineMs: 120_000 },
  );

  it('is failed for ever after one failed sync and rejects what waits', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn({ disk, folder });
    const states: string[] = [];
    journal.onState((state) => states.push(state));
    let told = 0;
    journal.onCommit(() => (told += 1));
    disk.fault = { at: disk.calls + 1, kind: 'EIO' };
    const lsn = journal.append(entryFor(1));
    await assert.rejects(journal.durable(lsn), { code: 'JOURNAL_FAILED' });
    const { calls } = disk;
    assert.equal(journal.state, 'failed');
    assert.throws(() => journal.append(entryFor(2)), { code: 'JOURNAL_FAILED' });
    await assert.rejects(journal.durable(lsn), { code: 'JOURNAL_FAILED' });
    assert.equal(disk.calls, calls, 'nothing is tried again');
    assert.equal(told, 0);
    await journal.close();
    assert.deepEqual(states, ['failed', 'closed']);
    assert.equal(journal.durableLsn, 0);
  });

  it('writes the last group again at open, so that a sync which failed before is not believed', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn({ disk, folder });
    // The write lands in the page cache, its sync fails, and the kernel calls the pages clean.
    disk.fault = { at: disk.calls + 1, kind: 'EIO' };
    await assert.rejects(journal.durable(journal.append(entryFor(1))));
    await journal.close();
    const cached = disk.bytes('0000000000000001.wkj');
    disk.powerCut(() => 1);
    const clean = Buffer.from(disk.bytes('0000000000000001.wkj'));
    disk.bytes('0000000000000001.wkj').set(cached);
    const again = await openOn({ disk, folder });
    assert.equal(again.durableLsn, 1);
    disk.powerCut(() => 0);
    await again.close();
    assert.notDeepEqual(disk.bytes('0000000000000001.wkj'), clean);
    const last = await openOn({ disk, folder });
    assert.equal((await readAll(last)).length, 1);
    await last.close();
  });
});
