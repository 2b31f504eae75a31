import type { EvidenceSample } from '../model/finding.ts';
import { EMPTY_WINDOW } from './operators/window.ts';
import type { Window } from './operators/window.ts';

/** What a burst detector keeps of one subject: about 1 KiB after one record, 4 KiB in a flood. */
export interface BurstState {
  readonly isOpen: boolean;
  readonly window: Window;
  /** The newest five records, by event time. */
  readonly samples: readonly EvidenceSample[];
  /** Site time of the next update while open; 0 when nothing changed since the last. */
  readonly updateAt: number;
}

export const EMPTY_BURST: BurstState = Object.freeze({
  isOpen: false,
  window: EMPTY_WINDOW,
  samples: Object.freeze([]),
  updateAt: 0,
});
