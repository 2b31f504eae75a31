import type { FrameClass } from '../model/frame.ts';
import type { LedgerEvent } from './subject/context.ts';

export interface LedgerState {
  readonly accepted: number;
  readonly quarantined: number;
  readonly shed: Readonly<Record<FrameClass, number>>;
  readonly records: number;
  readonly droppedAtSource: number;
  readonly lateRecords: number;
  readonly clampedRecords: number;
}

/**
 * The site's side of the loss ledger: a fold of the journal but for `stored`,
 * which follows the archive. `accepted` counts frames and groups.
 */
export class LedgerBook {
  accepted = 0;
  stored = 0;
  storedRecords = 0;
  quarantined = 0;
  records = 0;
  droppedAtSource = 0;
  lateRecords = 0;
  clampedRecords = 0;
  readonly shed: Record<FrameClass, number> = { 0: 0, 1: 0, 2: 0, 3: 0 };

  count(event: LedgerEvent, by: number): void {
    this[event] += by;
  }

  get shedTotal(): number {
    return this.shed[0] + this.shed[1] + this.shed[2] + this.shed[3];
  }

  /** Accepted, and neither stored, shed nor quarantined yet. */
  get pending(): number {
    return this.accepted - this.stored - this.shedTotal - this.quarantined;
  }

  snapshot(): LedgerState {
    const { accepted, quarantined, shed, records, droppedAtSource, lateRecords, clampedRecords } =
      this;
    return {
      accepted,
      quarantined,
      shed: { ...shed },
      records,
      droppedAtSource,
      lateRecords,
      clampedRecords,
    };
  }

  /** A snapshot is committed only after everything below it is stored. */
  restore(state: LedgerState): void {
    const { shed, ...counts } = state;
    Object.assign(this, counts);
    Object.assign(this.shed, shed);
    this.stored = this.accepted - this.shedTotal - this.quarantined;
    this.storedRecords = this.records;
  }
}
