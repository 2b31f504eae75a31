import { basename } from 'node:path';

import type { Logger } from '../../core/logger.ts';
import type { JournalEntry } from '../../model/journal-entry.ts';
import { readEntries } from './group.ts';
import { journalCorrupt } from './journal-errors.ts';
import { errorCode, type JournalFs } from './journal-fs.ts';
import type { Identity } from './layout.ts';
import type { Segment } from './segment.ts';
import { SegmentWindow, type FoundGroup } from './segment-window.ts';

const BATCH_BYTES = 1024 * 1024;

interface ReadOptions {
  readonly fs: JournalFs;
  readonly logger: Logger;
  readonly identity: Identity;
  /** The live list: trimming removes from its start, rotation adds to its end. */
  readonly segments: readonly Segment[];
}

interface Range {
  readonly from: number;
  readonly upTo: number;
}

/** Entries `from`..`upTo` in batches of about 1 MiB. What is trimmed meanwhile is passed over. */
export async function* readRange(
  options: ReadOptions,
  { from, upTo }: Range,
): AsyncGenerator<readonly JournalEntry[]> {
  let next = Math.max(from, options.segments[0]?.firstLsn ?? from);
  while (next <= upTo) {
    const at = options.segments.findLastIndex((segment) => segment.firstLsn <= next);
    const segment = options.segments[Math.max(at, 0)];
    if (segment === undefined) return;
    next = Math.max(next, segment.firstLsn);
    const following = options.segments[Math.max(at, 0) + 1]?.firstLsn ?? Infinity;
    yield* readSegment(options, segment, {
      from: next,
      upTo: Math.min(upTo, following - 1),
      following,
    });
    next = Math.min(upTo + 1, following);
  }
}

async function* readSegment(
  options: ReadOptions,
  segment: Segment,
  range: Range & { readonly following: number },
): AsyncGenerator<readonly JournalEntry[]> {
  const { fs, identity } = options;
  const file = await openUnlessTrimmed(fs, segment);
  if (file === undefined) return;
  try {
    const window = new SegmentWindow(fs, file, { size: segment.size, identity });
    yield* readGroups(options, segment, { ...range, window });
  } finally {
    await fs.close(file);
  }
}

async function* readGroups(
  { logger }: ReadOptions,
  segment: Segment,
  { window, from, upTo, following }: Range & { window: SegmentWindow; following: number },
): AsyncGenerator<readonly JournalEntry[]> {
  let { lsn, offset } = segment.pointBefore(from);
  let batch: JournalEntry[] = [];
  let bytes = 0;
  while (lsn <= upTo) {
    const group = await window.group(offset, lsn);
    if (group === undefined || lsn + group.count > following) {
      throw journalCorrupt(
        segment.path,
        offset,
        `the group with lsn ${lsn} does not match its checksum`,
      );
    }
    segment.note(lsn, offset);
    lsn += group.count;
    offset += group.length;
    if (lsn <= from) continue;
    for (const entry of entriesOf(segment, group)) {
      if (entry.lsn >= from && entry.lsn <= upTo) batch.push(entry);
    }
    bytes += group.length;
    if (bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (lsn === following && (await window.nonZero(offset)) !== undefined) {
    logger.warn('The unused end of a journal segment is not zero: its disk may be failing.', {
      segment: basename(segment.path),
      offset,
    });
  }
  if (batch.length > 0) yield batch;
}

function entriesOf(segment: Segment, group: FoundGroup): readonly JournalEntry[] {
  const entries = readEntries(group.bytes, group);
  if (entries !== undefined) return entries;
  throw journalCorrupt(segment.path, group.offset, 'the entries of a group do not fill it');
}

async function openUnlessTrimmed(fs: JournalFs, segment: Segment): Promise<number | undefined> {
  try {
    return await fs.open(segment.path, 'read');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
