import { randomBytes } from 'node:crypto';

import type { Clock } from '../core/clock.ts';
import { WatchkeeperError } from '../core/errors.ts';
import { silentLogger, type Logger } from '../core/logger.ts';
import type { Journal } from './journal.ts';
import { lockFolder } from '../core/folder-lock.ts';
import { journalFailed } from './segment-journal/journal-errors.ts';
import type { JournalFs } from './segment-journal/journal-fs.ts';
import type { JournalLimits } from './segment-journal/journal-parts.ts';
import { SegmentJournal } from './segment-journal/journal.ts';
import { nodeJournalFs } from './segment-journal/node-journal-fs.ts';
import { recover, type Recovered } from './segment-journal/recovery.ts';
import type { Active } from './segment-journal/segment-writer.ts';
import { SpareSegment } from './segment-journal/spare-segment.ts';

const MIB = 1024 * 1024;
const SMALLEST_SEGMENT_BYTES = 4096;

export interface SegmentJournalOptions {
  /** Created when missing; one process at a time. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly fs?: JournalFs;
  /** Size of new segment files. @default 64 MiB */
  readonly segmentBytes?: number;
  /** How long the first entry of a commit waits for others while the disk is idle; 0 = until the end of this turn of the event loop. @default 0 */
  readonly commitDelayMs?: number;
  /** With a delay: a commit starts at once when this much waits. @default 1 MiB */
  readonly commitBytes?: number;
  /** The most that may wait for the disk; more is refused with JOURNAL_FULL. @default 64 MiB */
  readonly maxPendingBytes?: number;
  /** Source of a new journal's id. @default randomBytes of node:crypto */
  readonly random?: (bytes: number) => Uint8Array;
}

/**
 * Opens the journal in a folder, or begins a new one: an append-only log in
 * segment files of reserved space, one checksummed group per commit.
 * @throws WatchkeeperError DATA_DIR_LOCKED | JOURNAL_CORRUPT | JOURNAL_FULL (no room for the first segment) | JOURNAL_FAILED
 */
export async function openSegmentJournal(options: SegmentJournalOptions): Promise<Journal> {
  const { folder, fs = nodeJournalFs, segmentBytes = 64 * MIB } = options;
  if (segmentBytes < SMALLEST_SEGMENT_BYTES) {
    throw new RangeError(
      `"segmentBytes" must be at least ${SMALLEST_SEGMENT_BYTES}, got ${segmentBytes}.`,
    );
  }
  await fs.makeFolder(folder).catch(failed(folder));
  const unlock = await lockFolder(folder);
  try {
    return await openLocked(options, unlock).catch(failed(folder));
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function openLocked(
  options: SegmentJournalOptions,
  unlock: () => Promise<void>,
): Promise<Journal> {
  const {
    folder,
    clock,
    logger = silentLogger,
    fs = nodeJournalFs,
    random = randomBytes,
  } = options;
  const segmentBytes = options.segmentBytes ?? 64 * MIB;
  const recovered = await recover({ fs, folder, logger, newId: () => random(16) });
  const { identity, segments, lastLsn } = recovered;
  const spare = new SpareSegment({
    fs,
    folder,
    journalId: identity.id,
    segmentBytes,
    reserveBytes: Math.min(MIB, segmentBytes),
  });
  const active = await openActive(recovered, { fs, spare, folder });
  const limits = limitsOf(options, segmentBytes);
  return new SegmentJournal({
    ...{ fs, folder, clock, logger, identity, spare, segments, active, lastLsn, limits, unlock },
  });
}

async function openActive(
  { segments, end, lastLsn }: Recovered,
  { fs, spare, folder }: { fs: JournalFs; spare: SpareSegment; folder: string },
): Promise<Active> {
  const last = segments.at(-1);
  if (last !== undefined) return { segment: last, file: await fs.open(last.path, 'write'), end };
  if (!(await spare.prepare())) {
    throw new WatchkeeperError('JOURNAL_FULL', `No room for a journal in "${folder}".`, {
      fix: 'Free space on its disk, or choose smaller segments.',
    });
  }
  const { segment, file } = await spare.take(lastLsn + 1);
  segments.push(segment);
  return { segment, file, end: segment.dataStart };
}

function limitsOf(options: SegmentJournalOptions, segmentBytes: number): JournalLimits {
  return {
    commitDelayMs: options.commitDelayMs ?? 0,
    commitBytes: options.commitBytes ?? MIB,
    commitEntries: 10_000,
    maxGroupBytes: Math.min(4 * MIB, segmentBytes - 128),
    maxPendingBytes: options.maxPendingBytes ?? 64 * MIB,
  };
}

function failed(folder: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof WatchkeeperError) throw error;
    throw journalFailed(folder, error);
  };
}
