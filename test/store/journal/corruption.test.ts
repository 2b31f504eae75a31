import assert from 'node:assert/strict';

import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { openSegmentJournal } from '../../../src/store/segment-journal.ts';
import { SEGMENT_HEADER_BYTES } from '../../../src/store/segment-journal/layout.ts';
import { describe } from '../../support/suite.ts';
import { entryFor, readAll, wrongWith } from './support/entries.ts';
import { MemoryDisk } from './support/memory-disk.ts';
import { tempFolder } from './support/temp-folder.ts';

const folder = tempFolder();
const GROUPS = 34;
const PER_GROUP = 3;

interface Outcome {
  /** Entries found; -1 when the journal refused. */
  readonly found: number;
  readonly warnings: number;
  readonly message: string;
}

/** Three segments of 4 KiB with groups of 3 entries; also the disk as it was before the close. */
async function written(): Promise<{
  closed: MemoryDisk;
  killed: MemoryDisk;
  lastGroup: { from: number; to: number };
}> {
  const disk = new MemoryDisk();
  const journal = await openSegmentJournal({
    folder,
    clock: new SimulatedClock(),
    fs: disk.fs,
    segmentBytes: 4096,
  });
  let before = disk.copy();
  for (let lsn = 1; lsn <= GROUPS * PER_GROUP; lsn += 1) {
    journal.append(entryFor(lsn, 40 + (lsn % 30)));
    if (lsn % PER_GROUP > 0) continue;
    before = disk.copy();
    await journal.durable(lsn);
  }
  const killed = disk.copy();
  await journal.close();
  const last = segmentsOf(disk).at(-1)!;
  const [now, then] = [killed.bytes(last), before.bytes(last)];
  const from = now.findIndex((byte, at) => byte !== then[at]);
  const to = now.findLastIndex((byte, at) => byte !== then[at]) + 1;
  return { closed: disk.copy(), killed, lastGroup: { from, to } };
}

function segmentsOf(disk: MemoryDisk): string[] {
  return disk.names().filter((name) => name.endsWith('.wkj'));
}

async function openAndRead(disk: MemoryDisk): Promise<Outcome> {
  let warnings = 0;
  const logger = { ...silentLogger, warn: () => void (warnings += 1) };
  try {
    const journal = await openSegmentJournal({
      folder,
      clock: new SimulatedClock(),
      fs: disk.fs,
      segmentBytes: 4096,
      logger,
    });
    try {
      const entries = await readAll(journal);
      for (const entry of entries) {
        const bodyBytes = 40 + (entry.lsn % 30);
        assert.equal(
          wrongWith([entry], { from: entry.lsn, upTo: entry.lsn, bodyBytes }),
          undefined,
        );
      }
      return { found: entries.length, warnings, message: '' };
    } finally {
      await journal.close();
    }
  } catch (error) {
    assert.ok(isWatchkeeperError(error, 'JOURNAL_CORRUPT'), String(error));
    return { found: -1, warnings, message: error.message };
  }
}

describe('segment journal with damaged bytes', (it) => {
  it(
    'detects a flip of any byte of a closed journal and loses nothing silently',
    async () => {
      const { closed } = await written();
      const names = segmentsOf(closed);
      assert.equal(names.length, 3);
      const undetected: string[] = [];
      for (const name of names) {
        for (let at = 0; at < closed.bytes(name).length; at += 1) {
          const disk = closed.copy();
          disk.bytes(name)[at]! ^= 1 << (at % 8);
          const { found, warnings } = await openAndRead(disk);
          const isRefused = found === -1;
          const isHarmless = found === GROUPS * PER_GROUP && warnings > 0;
          if (!isRefused && !isHarmless) undetected.push(`${name}:${at} found ${found}`);
        }
      }
      assert.deepEqual(undetected, []);
    },
    { deadlineMs: 120_000 },
  );

  // Without a clean close there is no evidence that the last group was whole
  // once: damage there looks like a torn tail. It is cut off and said aloud.
  // The next group, in practice the tick of the next second, ends this.
  it(
    'after a kill takes damage for a torn tail in the last group only',
    async () => {
      const { killed, lastGroup } = await written();
      const name = segmentsOf(killed).at(-1)!;
      for (let at = SEGMENT_HEADER_BYTES; at < lastGroup.to; at += 1) {
        const disk = killed.copy();
        disk.bytes(name)[at]! ^= 0x80;
        const { found, warnings } = await openAndRead(disk);
        if (at < lastGroup.from) assert.equal(found, -1, `byte ${at}`);
        else
          assert.deepEqual(
            { found, warnings },
            { found: (GROUPS - 1) * PER_GROUP, warnings: 1 },
            `byte ${at}`,
          );
      }
    },
    { deadlineMs: 60_000 },
  );

  for (const [what, tear] of [
    ['zeros', (bytes: Buffer) => bytes.fill(0)],
    ['old bytes', (bytes: Buffer) => bytes.fill(0xa7)],
    ['a hole before its end', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1).fill(0)],
  ] as const) {
    it(
      `cuts off a tail torn at any byte of the last group (${what} from there)`,
      async () => {
        const { killed, lastGroup } = await written();
        const name = segmentsOf(killed).at(-1)!;
        for (let at = lastGroup.from; at < lastGroup.to - 1; at += 1) {
          const disk = killed.copy();
          tear(disk.bytes(name).subarray(at, lastGroup.to));
          assert.equal((await openAndRead(disk)).found, (GROUPS - 1) * PER_GROUP, `torn at ${at}`);
          const next = (GROUPS - 1) * PER_GROUP + 1;
          const journal = await openSegmentJournal({
            folder,
            clock: new SimulatedClock(),
            fs: disk.fs,
            segmentBytes: 4096,
          });
          await journal.durable(journal.append(entryFor(next, 40 + (next % 30))));
          await journal.close();
          assert.deepEqual(await openAndRead(disk), { found: next, warnings: 0, message: '' });
        }
      },
      { deadlineMs: 60_000 },
    );
  }

  it('refuses a file cut short inside what was closed, and takes one cut in its last group after a kill', async () => {
    const { closed, killed, lastGroup } = await written();
    for (const [disk, found] of [
      [closed, -1],
      [killed, (GROUPS - 1) * PER_GROUP],
    ] as const) {
      const cut = disk.copy();
      cut.shorten(segmentsOf(cut).at(-1)!, lastGroup.to - 5);
      assert.equal((await openAndRead(cut)).found, found);
    }
  });

  it('names the segment and the byte', async () => {
    const { closed } = await written();
    const [first, , last] = segmentsOf(closed);
    const disk = closed.copy();
    disk.bytes(first!)[SEGMENT_HEADER_BYTES + 50]! ^= 1;
    assert.match(
      (await openAndRead(disk)).message,
      new RegExp(`${first}" is damaged at byte 128: `),
    );
    const other = closed.copy();
    other.bytes(last!)[SEGMENT_HEADER_BYTES + 50]! ^= 1;
    assert.match(
      (await openAndRead(other)).message,
      new RegExp(`${last}" is damaged at byte 128: `),
    );
  });

  it('refuses when a segment in the middle is gone', async () => {
    const { closed } = await written();
    const disk = closed.copy();
    await disk.fs.unlink(segmentsOf(closed)[1]!);
    assert.equal((await openAndRead(disk)).found, -1);
  });

  it('refuses a lost sector of zeros in the middle', async () => {
    const { killed } = await written();
    for (const name of segmentsOf(killed)) {
      const disk = killed.copy();
      disk.bytes(name).fill(0, 512, 1024);
      assert.equal((await openAndRead(disk)).found, -1);
    }
  });

  it('refuses a format that it does not know', async () => {
    const { closed } = await written();
    const { crc32 } = await import('node:zlib');
    const bytes = closed.bytes(segmentsOf(closed)[0]!);
    bytes.writeUInt32BE(2, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, 60)), 60);
    assert.match((await openAndRead(closed)).message, /format "2" is unknown/);
  });
});
