import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { JournalFs } from './journal-fs.ts';
import type { Identity } from './layout.ts';
import type { Active } from './segment-writer.ts';
import type { Segment } from './segment.ts';
import type { SpareSegment } from './spare-segment.ts';

/** What an open journal works with. */
export interface SegmentJournalParts {
  readonly fs: JournalFs;
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: Identity;
  readonly spare: SpareSegment;
  readonly segments: Segment[];
  readonly active: Active;
  readonly lastLsn: number;
  readonly limits: JournalLimits;
  /** Releases the folder. */
  readonly unlock: () => Promise<void>;
}

/** When a commit begins, and what it and the queue before it hold at most. */
export interface JournalLimits {
  readonly commitDelayMs: number;
  readonly commitBytes: number;
  readonly commitEntries: number;
  readonly maxGroupBytes: number;
  readonly maxPendingBytes: number;
}
