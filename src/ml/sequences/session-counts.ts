import type { Steps } from '../../core/steps.ts';
import type { Pace } from './pace.ts';
import { UNSEEN } from './vocabulary.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Work is counted by so many events. */
const BLOCK = 256;

/** How often each event comes in a session. Numbers are the vocabulary's. */
export interface SessionCounts {
  /** Numbers of known events in order of first sight, with their counts beside them. */
  readonly numbers: readonly number[];
  readonly counts: readonly number[];
  /** Ids that the vocabulary does not know. */
  readonly unseen: readonly number[];
}

/** Counts a session's events, adding new ones to the vocabulary when `isLearning`. O(events). */
export function* countEvents(
  session: Uint32Array,
  { vocabulary, isLearning }: { readonly vocabulary: Vocabulary; readonly isLearning: boolean },
  pace: Pace,
): Steps<SessionCounts> {
  const byId = new Map<number, number>();
  for (let index = 0; index < session.length; index += 1) {
    const id = session[index] as number;
    byId.set(id, (byId.get(id) ?? 0) + 1);
    if (index % BLOCK === BLOCK - 1 && pace.spend(2 * BLOCK)) yield;
  }
  const numbers: number[] = [];
  const counts: number[] = [];
  const unseen: number[] = [];
  for (const [id, count] of byId) {
    const number = isLearning ? vocabulary.add(id) : vocabulary.find(id);
    if (number === UNSEEN) unseen.push(id);
    else {
      numbers.push(number);
      counts.push(count);
    }
    if (pace.spend(3)) yield;
  }
  return { numbers, counts, unseen };
}
