import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blocksOf, Cells, dayOf, type Cell } from '../../src/actors/cells.ts';
import { ENTRY } from '../../src/model/journal-entry.ts';
import { partitionOf, subjectId } from '../../src/model/subject.ts';
import type { BlockEntry } from '../../src/store/store.ts';
import { describe } from '../support/suite.ts';

function entry(lsn: number, subject = 'payment', observedAt = 0): BlockEntry {
  return {
    lsn,
    subject: subjectId('service', subject),
    observedAt,
    payload: new Uint8Array(),
    count: 1,
    minTimestamp: observedAt,
    maxTimestamp: observedAt,
    levels: [0, 1, 0, 0, 0],
    services: [subject],
    users: [],
  };
}

function at(lsn: number, timestamp: number): BlockEntry {
  const observedAt = 2 * 365 * 86_400_000;
  return {
    ...entry(lsn, 'payment', observedAt),
    minTimestamp: timestamp,
    maxTimestamp: timestamp,
  };
}

describe('Cells', (it) => {
  it('hands a cell over when it is closed and all its entries are opened', () => {
    const ready: Cell[] = [];
    const cells = new Cells((cell) => ready.push(cell));
    const first = cells.begin(1, 10);
    cells.begin(2, 10);
    cells.cut();
    cells.complete(first, entry(1));
    assert.equal(ready.length, 0);
    cells.complete(first, 'empty');
    assert.deepEqual(
      ready.map(({ firstLsn, done }) => ({ firstLsn, done })),
      [{ firstLsn: 1, done: 2 }],
    );
  });

  it('closes by entries and by bytes', () => {
    const cells = new Cells(() => undefined, { entries: 3, bytes: 100 });
    const a = [1, 2, 3, 4].map((lsn) => cells.begin(lsn, 1).firstLsn);
    assert.deepEqual(a, [1, 1, 1, 4]);
    assert.equal(cells.begin(5, 99).firstLsn, 4);
    assert.equal(cells.begin(6, 1).firstLsn, 6);
  });

  it('counts what could not be opened', () => {
    let quarantined = 0;
    const cells = new Cells((cell) => (quarantined = cell.quarantined));
    const cell = cells.begin(1, 1);
    cells.cut();
    cells.complete(cell, 'quarantined');
    assert.equal(quarantined, 1);
  });

  it('cuts the same blocks from the same journal, whatever order entries are opened in', () => {
    const lsns = fc.array(fc.record({ bytes: fc.nat(60), tick: fc.boolean(), name: fc.nat(5) }), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(lsns, fc.infiniteStream(fc.nat()), (journal, random) => {
        const cut = (shuffle: boolean): unknown => {
          const blocks: unknown[] = [];
          const cells = new Cells((cell) => blocks.push(...blocksOf(cell)), {
            entries: 7,
            bytes: 200,
          });
          const begun = journal.map(({ bytes, tick, name }, index) => {
            if (tick) cells.cut();
            return {
              cell: cells.begin(index + 1, bytes),
              entry: entry(index + 1, `s${name}`, index * 40_000_000),
            };
          });
          cells.cut();
          if (shuffle) begun.sort(() => ((random.next().value ?? 0) % 2 === 0 ? 1 : -1));
          for (const each of begun) cells.complete(each.cell, each.entry);
          return blocks.map((block) => JSON.stringify(block)).sort();
        };
        assert.deepEqual(cut(true), cut(false));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps what is imported in cells of its own, and in blocks that are narrow in event time', () => {
    const ready: Cell[] = [];
    const cells = new Cells((cell) => ready.push(cell));
    const year = 365 * 86_400_000;
    const times = [0, 60_000, year, year + 1, 2 * year];
    const begun = times.flatMap((time, index) => {
      const lsn = 2 * index + 1;
      return [
        { cell: cells.begin(lsn, 1, ENTRY.imported), entry: at(lsn, time) },
        { cell: cells.begin(lsn + 1, 1, ENTRY.group), entry: at(lsn + 1, 2 * year) },
      ];
    });
    cells.cut();
    for (const each of begun) cells.complete(each.cell, each.entry);
    const blocks = ready.flatMap(blocksOf);
    assert.deepEqual(
      blocks.map(({ firstLsn, entries }) => [firstLsn, entries.map(({ lsn }) => lsn)]),
      [
        [1, [1, 3]],
        [5, [5, 7]],
        [9, [9]],
        [2, [2, 4, 6, 8, 10]],
      ],
    );
  });

  it('makes one block per partition and day, entries in order of lsn', () => {
    const midnight = Date.UTC(2026, 0, 2);
    const cell: Cell = {
      firstLsn: 1,
      isPast: false,
      entries: [entry(3, 'a', midnight), entry(2, 'a', midnight - 1), entry(1, 'b', midnight - 1)],
      begun: 3,
      done: 3,
      quarantined: 0,
      bytes: 0,
      isClosed: true,
      foldedAt: 0,
    };
    const shape = blocksOf(cell).map(({ day, partition, entries }) => ({
      day,
      partition,
      lsns: entries.map(({ lsn }) => lsn),
    }));
    const a = partitionOf(subjectId('service', 'a'));
    const b = partitionOf(subjectId('service', 'b'));
    assert.notEqual(a, b);
    assert.deepEqual(shape, [
      { day: '2026-01-01', partition: b, lsns: [1] },
      { day: '2026-01-01', partition: a, lsns: [2] },
      { day: '2026-01-02', partition: a, lsns: [3] },
    ]);
  });

  it('names a day by UTC', () => {
    assert.equal(dayOf(Date.UTC(2026, 10, 20, 23, 59, 59, 999)), '2026-11-20');
    assert.equal(dayOf(0), '1970-01-01');
    assert.equal(dayOf(Date.UTC(2026, 10, 21)), '2026-11-21');
  });
});
