import assert from 'node:assert/strict';

import fc from 'fast-check';

import { isWatchkeeperError } from '../../../src/core/errors.ts';
import type { NewEntry } from '../../../src/model/journal-entry.ts';
import type { Journal } from '../../../src/store/journal.ts';
import { describe } from '../../support/suite.ts';
import { appendUpTo, entryFor, readAll, wrongWith } from './support/entries.ts';
import { tempFolder } from './support/temp-folder.ts';

/** What every adapter of the Journal port must pass; `open` opens the journal of a folder, small limits preferred. */
export function journalContract(name: string, open: (folder: string) => Promise<Journal>): void {
  describe(`${name} (journal contract)`, (it) => {
    it('begins empty at lsn 1', async () => {
      const journal = await open(tempFolder());
      const { firstLsn, nextLsn, durableLsn, state } = journal;
      assert.deepEqual(
        { firstLsn, nextLsn, durableLsn, state },
        { firstLsn: 1, nextLsn: 1, durableLsn: 0, state: 'ok' },
      );
      assert.deepEqual(await readAll(journal), []);
      await journal.close();
    });

    it('gives contiguous lsns and tells the listeners of the very objects in order', async () => {
      const journal = await open(tempFolder());
      const told: NewEntry[] = [];
      const calls: string[] = [];
      journal.onCommit((firstLsn, entries) => {
        assert.equal(firstLsn, told.length + 1);
        told.push(...entries);
        calls.push('first');
      });
      journal.onCommit(() => calls.push('second'));
      const given: NewEntry[] = [];
      for (let turn = 0; turn < 20; turn += 1) {
        for (let i = 0; i < 50; i += 1) {
          const entry = entryFor(given.length + 1);
          given.push(entry);
          assert.equal(journal.append(entry), given.length);
        }
        await new Promise(setImmediate);
      }
      await journal.durable(given.length);
      assert.equal(told.length, given.length);
      assert.ok(told.every((entry, i) => entry === given[i]));
      assert.deepEqual(calls.slice(0, 2), ['first', 'second']);
      assert.ok(calls.length / 2 < given.length, 'entries share commits');
      await journal.close();
    });

    it('reports nothing as durable before the listeners were told', async () => {
      const journal = await open(tempFolder());
      let told = 0;
      journal.onCommit((firstLsn, entries) => {
        told = firstLsn + entries.length - 1;
        assert.equal(journal.durableLsn, told);
      });
      const lsn = journal.append(entryFor(1));
      assert.equal(journal.durableLsn, 0);
      await journal.durable(lsn);
      assert.equal(told, 1);
      await journal.durable(lsn);
      await journal.close();
    });

    it('takes entries that a commit listener appends', async () => {
      const journal = await open(tempFolder());
      journal.onCommit((firstLsn) => {
        if (firstLsn < 5) journal.append(entryFor(journal.nextLsn));
      });
      journal.append(entryFor(1));
      await journal.durable(5);
      assert.equal(wrongWith(await readAll(journal), { from: 1, upTo: 5 }), undefined);
      await journal.close();
    });

    it('finds everything again after a reopen and goes on with the next lsn', async () => {
      const folder = tempFolder();
      let journal = await open(folder);
      await appendUpTo(journal, 500);
      await journal.close();
      journal = await open(folder);
      assert.equal(journal.durableLsn, 500);
      assert.equal(journal.nextLsn, 501);
      await appendUpTo(journal, 700);
      assert.equal(wrongWith(await readAll(journal), { from: 1, upTo: 700 }), undefined);
      await journal.close();
    });

    it('reads from any lsn on', async () => {
      const journal = await open(tempFolder());
      await appendUpTo(journal, 300);
      for (const from of [1, 2, 150, 299, 300]) {
        assert.equal(wrongWith(await readAll(journal, from), { from, upTo: 300 }), undefined);
      }
      assert.deepEqual(await readAll(journal, 301), []);
      await journal.close();
    });

    it('reads up to what was durable at the call', async () => {
      const journal = await open(tempFolder());
      await appendUpTo(journal, 10);
      const early = journal.read(1);
      await appendUpTo(journal, 20);
      let seen = 0;
      for await (const batch of early) seen += batch.length;
      assert.equal(seen, 10);
      await journal.close();
    });

    it('keeps entries of every size, the empty body and subject too', async () => {
      const journal = await open(tempFolder());
      const sizes = [0, 1, 255, 256, 3000];
      const given = sizes.map((size, i) => ({
        ...entryFor(i + 1, size),
        subject: 'x'.repeat(i === 0 ? 0 : 128),
      }));
      for (const entry of given) journal.append(entry);
      await journal.durable(given.length);
      const found = await readAll(journal);
      assert.deepEqual(
        found,
        given.map((entry, i) => ({ ...entry, lsn: i + 1 })),
      );
      await journal.close();
    });

    it('keeps what comes after a trim', async () => {
      const folder = tempFolder();
      let journal = await open(folder);
      await appendUpTo(journal, 400);
      const before = journal.sizeBytes;
      await journal.trim(300);
      assert.ok(journal.firstLsn <= 300);
      assert.ok(journal.firstLsn === 1 || journal.sizeBytes < before);
      const { firstLsn } = journal;
      assert.equal(wrongWith(await readAll(journal, 1), { from: firstLsn, upTo: 400 }), undefined);
      await journal.close();
      journal = await open(folder);
      assert.equal(journal.firstLsn, firstLsn);
      assert.equal(wrongWith(await readAll(journal), { from: firstLsn, upTo: 400 }), undefined);
      await journal.close();
    });

    it('commits what was appended when it closes, and then refuses', async () => {
      const folder = tempFolder();
      const journal = await open(folder);
      const states: string[] = [];
      journal.onState((state) => states.push(state));
      const waiting = journal.durable(journal.append(entryFor(1)));
      await Promise.all([journal.close(), journal.close()]);
      await waiting;
      assert.equal(journal.state, 'closed');
      assert.deepEqual(states, ['closed']);
      assert.throws(
        () => journal.append(entryFor(2)),
        (error) => isWatchkeeperError(error, 'JOURNAL_CLOSED'),
      );
      await assert.rejects(journal.durable(2), (error) =>
        isWatchkeeperError(error, 'JOURNAL_CLOSED'),
      );
      const again = await open(folder);
      assert.equal(wrongWith(await readAll(again), { from: 1, upTo: 1 }), undefined);
      await again.close();
    });

    it('lets one process at a time in', async () => {
      const folder = tempFolder();
      const journal = await open(folder);
      await assert.rejects(open(folder), (error) => {
        assert.ok(isWatchkeeperError(error, 'DATA_DIR_LOCKED'));
        assert.ok(error.message.includes(folder));
        return true;
      });
      await journal.close();
      await (await open(folder)).close();
    });

    it(
      'equals an array under any sequence of appends, reopens, reads and trims',
      async () => {
        const step = fc.oneof(
          {
            weight: 6,
            arbitrary: fc.record({
              do: fc.constant('append' as const),
              n: fc.integer({ min: 1, max: 40 }),
            }),
          },
          {
            weight: 1,
            arbitrary: fc.record({ do: fc.constant('reopen' as const), n: fc.constant(0) }),
          },
          {
            weight: 2,
            arbitrary: fc.record({
              do: fc.constant('trim' as const),
              n: fc.integer({ min: 0, max: 100 }),
            }),
          },
          {
            weight: 2,
            arbitrary: fc.record({
              do: fc.constant('read' as const),
              n: fc.integer({ min: 0, max: 100 }),
            }),
          },
        );
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
            const folder = tempFolder();
            let journal = await open(folder);
            let length = 0;
            let trimmed = 1;
            for (const { do: action, n } of steps) {
              const lsn = Math.ceil((length * n) / 100);
              if (action === 'append') await appendUpTo(journal, (length += n));
              if (action === 'trim') await journal.trim((trimmed = Math.max(trimmed, lsn)));
              if (action === 'reopen') {
                await journal.close();
                journal = await open(folder);
              }
              const from = action === 'read' ? Math.max(lsn, journal.firstLsn) : journal.firstLsn;
              assert.ok(journal.firstLsn <= trimmed);
              assert.equal(journal.durableLsn, length);
              assert.equal(
                wrongWith(await readAll(journal, from), { from, upTo: length }),
                undefined,
              );
            }
            await journal.close();
          }),
          { numRuns: 25 },
        );
      },
      { deadlineMs: 60_000 },
    );
  });
}
