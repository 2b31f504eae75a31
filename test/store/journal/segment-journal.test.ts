import assert from 'node:assert/strict';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { systemClock } from '../../../src/core/clock.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import { openSegmentJournal } from '../../../src/store/segment-journal.ts';
import { lockFolder } from '../../../src/core/folder-lock.ts';
import { describe } from '../../support/suite.ts';
import { journalContract } from './journal-contract.ts';
import { appendUpTo, entryFor, readAll, wrongWith } from './support/entries.ts';
import { tempFolder } from './support/temp-folder.ts';

const open = (folder: string) =>
  openSegmentJournal({ folder, clock: systemClock, segmentBytes: 16 * 1024 });

journalContract('segment journal', open);

describe('segment journal', (it) => {
  it('names segments by their first lsn and reserves them whole', async () => {
    const folder = tempFolder();
    const journal = await open(folder);
    await appendUpTo(journal, 500);
    const names = readdirSync(folder).filter((name) => name.endsWith('.wkj'));
    assert.ok(names.length > 3);
    assert.equal(names[0], '0000000000000001.wkj');
    for (const name of names) {
      const { size, blocks } = statSync(join(folder, name));
      assert.equal(size, 16 * 1024);
      assert.ok(blocks * 512 >= size, 'no holes');
    }
    const onDisk = readdirSync(folder).reduce(
      (sum, name) => sum + statSync(join(folder, name)).size,
      0,
    );
    assert.equal(journal.sizeBytes, onDisk);
    await journal.close();
    assert.deepEqual(
      readdirSync(folder).filter((name) => !name.endsWith('.wkj')),
      [],
    );
  });

  it('trims whole segments and never the newest', async () => {
    const folder = tempFolder();
    const journal = await open(folder);
    await appendUpTo(journal, 500);
    const lsns = readdirSync(folder)
      .filter((name) => name.endsWith('.wkj'))
      .map((name) => Number.parseInt(name, 10));
    await journal.trim(lsns[2]! - 1);
    assert.equal(journal.firstLsn, lsns[1]);
    await journal.trim(lsns[2]!);
    assert.equal(journal.firstLsn, lsns[2]);
    await journal.trim(Infinity);
    assert.equal(journal.firstLsn, lsns.at(-1));
    assert.equal(wrongWith(await readAll(journal), { from: lsns.at(-1)!, upTo: 500 }), undefined);
    await journal.close();
  });

  it('reads on while older segments are trimmed', async () => {
    const journal = await open(tempFolder());
    await appendUpTo(journal, 500);
    const reading = journal.read(1)[Symbol.asyncIterator]();
    const first = await reading.next();
    assert.equal(first.value[0]?.lsn, 1);
    await journal.trim(400);
    let last = 0;
    for (let step = await reading.next(); step.done !== true; step = await reading.next())
      last = step.value.at(-1)?.lsn ?? 0;
    assert.equal(last, 500);
    await journal.close();
  });

  it('waits for more entries when asked to, until the delay, the bytes or the entries are reached', async () => {
    const clock = new SimulatedClock();
    const journal = await openSegmentJournal({
      ...{
        folder: tempFolder(),
        clock,
        segmentBytes: 4 * 1024 * 1024,
        commitDelayMs: 2,
        commitBytes: 8192,
      },
    });
    const groups: number[] = [];
    journal.onCommit((_, entries) => groups.push(entries.length));
    journal.append(entryFor(1));
    journal.append(entryFor(2));
    await new Promise(setImmediate);
    assert.deepEqual(groups, []);
    clock.advance(2);
    await journal.durable(2);
    assert.deepEqual(groups, [2]);
    journal.append(entryFor(3, 9000));
    await journal.durable(3);
    for (let i = 4; i < 10_004; i += 1) journal.append(entryFor(i, 0));
    clock.advance(0);
    await journal.durable(10_003);
    await journal.close();
  });

  it('bounds what waits for the disk', async () => {
    const journal = await openSegmentJournal({
      ...{
        folder: tempFolder(),
        clock: systemClock,
        segmentBytes: 64 * 1024,
        maxPendingBytes: 10_000,
      },
    });
    let taken = 0;
    assert.throws(
      () => {
        for (;;) taken = journal.append(entryFor(1, 1000));
      },
      (error) => isWatchkeeperError(error, 'JOURNAL_FULL'),
    );
    assert.equal(taken, 9);
    assert.equal(journal.state, 'ok');
    await journal.durable(taken);
    await journal.close();
  });

  it('refuses what cannot be an entry and loses nothing by it', async () => {
    const journal = await open(tempFolder());
    const refuses = (
      entry: Parameters<typeof journal.append>[0],
      code: 'TOO_LARGE' | 'BAD_REQUEST',
    ) => {
      assert.throws(
        () => journal.append(entry),
        (error) => isWatchkeeperError(error, code),
      );
    };
    refuses(entryFor(1, 17_000), 'TOO_LARGE');
    refuses({ ...entryFor(1), subject: 'x'.repeat(129) }, 'BAD_REQUEST');
    assert.equal(journal.append(entryFor(1)), 1);
    refuses({ ...entryFor(1), subject: 'ü'.repeat(65) }, 'BAD_REQUEST');
    await appendUpTo(journal, 3);
    assert.equal(wrongWith(await readAll(journal), { from: 1, upTo: 3 }), undefined);
    await journal.close();
  });

  it('holds groups of several MiB and reads them in bounded batches', async () => {
    const journal = await openSegmentJournal({
      folder: tempFolder(),
      clock: systemClock,
      segmentBytes: 16 * 1024 * 1024,
    });
    for (let lsn = 1; lsn <= 200; lsn += 1) journal.append(entryFor(lsn, 60_000));
    await journal.durable(200);
    let next = 1;
    for await (const batch of journal.read(1)) {
      assert.equal(
        wrongWith(batch, { from: next, upTo: next + batch.length - 1, bodyBytes: 60_000 }),
        undefined,
      );
      assert.ok(batch.reduce((sum, { body }) => sum + body.length, 0) < 6 * 1024 * 1024);
      next += batch.length;
    }
    assert.equal(next, 201);
    await journal.close();
  });

  it('says what is wrong with a folder that it cannot use', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(open(join(folder, 'file')), (error) =>
      isWatchkeeperError(error, 'JOURNAL_FAILED'),
    );
    await assert.rejects(
      openSegmentJournal({ folder, clock: systemClock, segmentBytes: 100 }),
      RangeError,
    );
  });

  it('does not mix segments of two journals', async () => {
    const [a, b] = [tempFolder(), tempFolder()];
    for (const folder of [a, b]) {
      const journal = await open(folder);
      await appendUpTo(journal, 200);
      await journal.close();
    }
    const { copyFileSync } = await import('node:fs');
    const newest = readdirSync(a).sort().at(-1)!;
    copyFileSync(join(b, readdirSync(b).sort()[0]!), join(a, newest));
    await assert.rejects(open(a), (error) => {
      assert.ok(isWatchkeeperError(error, 'JOURNAL_CORRUPT'));
      assert.match(error.message, /another journal/);
      return true;
    });
  });

  it('locks by a file where there are no abstract sockets, and takes over from a dead holder', async () => {
    const folder = tempFolder();
    const unlock = await lockFolder(folder, 'darwin');
    await assert.rejects(lockFolder(folder, 'darwin'), (error) =>
      isWatchkeeperError(error, 'DATA_DIR_LOCKED'),
    );
    await unlock();
    writeFileSync(join(folder, 'lock'), '999999999');
    await (
      await lockFolder(folder, 'darwin')
    )();
    writeFileSync(join(folder, 'lock'), 'no pid');
    await (
      await lockFolder(folder, 'darwin')
    )();
  });
});
