import type { FrameClass } from './frame.ts';

/**
 * The loss ledger: every frame that came in ends in exactly one place.
 * `accepted = stored + shed + quarantined + pending` and
 * `received = accepted + duplicates + rejected` hold at every moment.
 */
export interface Ledger {
  readonly received: number;
  readonly accepted: number;
  readonly stored: number;
  readonly storedRecords: number;
  readonly shed: Readonly<Record<FrameClass, number>>;
  readonly quarantined: number;
  readonly duplicates: number;
  readonly rejected: Readonly<Record<string, number>>;
  /** Accepted, and not yet in the store. */
  readonly pending: number;
  /** Records that watches dropped before sending, from their gap frames. */
  readonly droppedAtSource: number;
  readonly lateRecords: number;
  readonly clampedRecords: number;
}
