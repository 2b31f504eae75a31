import { UNSEEN } from './vocabulary.ts';
import type { Vocabulary } from './vocabulary.ts';

/** How often each event comes in a session. Numbers are the vocabulary's. */
export interface SessionCounts {
  /** Numbers of known events in order of first sight, with their counts beside them. */
  readonly numbers: readonly number[];
  readonly counts: readonly number[];
  /** Ids that the vocabulary does not know, with how often they come. */
  readonly unseen: ReadonlyMap<number, number>;
}

/** Counts a session's events, adding new ones to the vocabulary when `isLearning`. O(events). */
export function countEvents(
  session: Uint32Array,
  vocabulary: Vocabulary,
  isLearning: boolean,
): SessionCounts {
  const byId = new Map<number, number>();
  for (let index = 0; index < session.length; index += 1) {
    const id = session[index] as number;
    byId.set(id, (byId.get(id) ?? 0) + 1);
  }
  const numbers: number[] = [];
  const counts: number[] = [];
  const unseen = new Map<number, number>();
  for (const [id, count] of byId) {
    const number = isLearning ? vocabulary.add(id) : vocabulary.find(id);
    if (number === UNSEEN) unseen.set(id, count);
    else {
      numbers.push(number);
      counts.push(count);
    }
  }
  return { numbers, counts, unseen };
}
