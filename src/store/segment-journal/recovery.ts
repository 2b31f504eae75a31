import { basename, join } from 'node:path';

import type { Logger } from '../../core/logger.ts';
import type { FoundGroup } from './segment-window.ts';
import { SegmentWindow } from './segment-window.ts';
import { journalCorrupt } from './journal-errors.ts';
import { errorCode, writeFully, type JournalFs } from './journal-fs.ts';
import {
  decodeSegmentHeader,
  identityOf,
  lsnOfName,
  SEGMENT_HEADER_BYTES,
  type CloseMark,
  type Identity,
} from './layout.ts';
import { Segment } from './segment.ts';
import { RESERVE_NAME, SPARE_NAME } from './spare-segment.ts';

/** A journal as found on disk; everything in it is durable. */
export interface Recovered {
  readonly identity: Identity;
  /** Oldest first; empty for a new journal. */
  readonly segments: Segment[];
  readonly lastLsn: number;
  /** Where the next group goes in the last segment. */
  readonly end: number;
}

interface RecoveryOptions {
  readonly fs: JournalFs;
  readonly folder: string;
  readonly logger: Logger;
  readonly newId: () => Uint8Array;
}

/**
 * Verifies the headers of all segments and every group of the last one, and
 * cuts off what a crash left half written.
 * @throws WatchkeeperError JOURNAL_CORRUPT when anything that had become durable is damaged.
 */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const { fs, folder, newId } = options;
  await removeLeftovers(fs, folder);
  const segments = await listSegments(fs, folder);
  let identity: Identity | undefined;
  let closed: CloseMark | undefined;
  for (const segment of segments) {
    const header = await readHeader(options, segment);
    identity ??= identityOf(header.id);
    if (Buffer.compare(header.id, identity.id) !== 0) {
      throw journalCorrupt(segment.path, 12, 'it belongs to another journal');
    }
    closed = header.closed;
  }
  const last = segments.at(-1);
  if (identity === undefined || last === undefined) {
    return { identity: identityOf(newId()), segments, lastLsn: 0, end: 0 };
  }
  const tail = await recoverTail(options, { segment: last, identity, closed });
  return { identity, segments, ...tail };
}

async function removeLeftovers(fs: JournalFs, folder: string): Promise<void> {
  for (const name of [SPARE_NAME, RESERVE_NAME]) {
    await fs.unlink(join(folder, name)).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error;
    });
  }
}

async function listSegments(fs: JournalFs, folder: string): Promise<Segment[]> {
  const lsns = (await fs.readdir(folder)).flatMap((name) => lsnOfName(name) ?? []);
  lsns.sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (const lsn of lsns) {
    const { path } = new Segment(folder, lsn, 0);
    segments.push(new Segment(folder, lsn, await fs.size(path)));
  }
  return segments;
}

async function readHeader(
  { fs, logger }: RecoveryOptions,
  { path }: Segment,
): Promise<{ id: Uint8Array; closed: CloseMark | undefined }> {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  const file = await fs.open(path, 'read');
  const read = await fs.read(file, bytes, 0).finally(() => fs.close(file));
  const header = decodeSegmentHeader(bytes.subarray(0, read));
  if (!header.ok) throw journalCorrupt(path, 0, header.reason);
  if (header.closed === 'damaged') {
    logger.warn(
      'The close mark of a journal segment is damaged; its groups still prove themselves.',
      {
        segment: basename(path),
      },
    );
    return { id: header.id, closed: undefined };
  }
  return { id: header.id, closed: header.closed };
}

interface Tail {
  readonly segment: Segment;
  readonly identity: Identity;
  readonly closed: CloseMark | undefined;
}

async function recoverTail(
  options: RecoveryOptions,
  { segment, identity, closed }: Tail,
): Promise<{ lastLsn: number; end: number }> {
  const { fs } = options;
  const file = await fs.open(segment.path, 'write');
  try {
    const window = new SegmentWindow(fs, file, { size: segment.size, identity });
    const { last, end } = await scan(window, segment);
    const lastLsn = last === undefined ? segment.firstLsn - 1 : last.firstLsn + last.count - 1;
    if (closed !== undefined && (lastLsn < closed.lastLsn || end < closed.end)) {
      throw journalCorrupt(
        segment.path,
        end,
        `entries up to lsn ${closed.lastLsn} were closed cleanly here`,
      );
    }
    const torn = await window.nonZero(end);
    if (torn !== undefined) {
      // A group is written after the one before it is durable, so what an
      // intact group follows was durable once.
      const later = await window.anyGroup(end);
      if (later !== undefined) {
        throw journalCorrupt(segment.path, end, `an intact group follows at byte ${later.offset}`);
      }
      await cutOff(options, { file, segment, torn });
    }
    // After a failed fsync the page cache can show a group that never reached
    // the disk: written again, the next fsync tells the truth about it.
    if (last !== undefined && end !== closed?.end) {
      await writeFully(fs, file, { bytes: last.bytes, position: last.offset });
    }
    await fs.fdatasync(file);
    return { lastLsn, end };
  } finally {
    await fs.close(file);
  }
}

async function scan(
  window: SegmentWindow,
  segment: Segment,
): Promise<{ last: FoundGroup | undefined; end: number }> {
  let last: FoundGroup | undefined;
  let end = SEGMENT_HEADER_BYTES;
  let lsn = segment.firstLsn;
  for (;;) {
    const found = await window.group(end, lsn);
    if (found === undefined) return { last, end };
    segment.note(lsn, end);
    last = found;
    lsn += found.count;
    end += found.length;
  }
}

async function cutOff(
  { fs, logger }: RecoveryOptions,
  { file, segment, torn }: { file: number; segment: Segment; torn: { from: number; to: number } },
): Promise<void> {
  logger.warn('Cut a half-written commit off the journal; nothing of it had been acknowledged.', {
    segment: basename(segment.path),
    offset: torn.from,
    bytes: torn.to - torn.from,
  });
  // Zeros in place keep the reserved space reserved.
  const zeros = Buffer.alloc(Math.min(torn.to - torn.from, 1024 * 1024));
  for (let at = torn.from; at < torn.to; at += zeros.length) {
    const bytes = zeros.subarray(0, Math.min(zeros.length, torn.to - at));
    await writeFully(fs, file, { bytes, position: at });
  }
}
