import type { ScoreRequest } from '../../streams/detector.ts';

/** A request without an answer yet. */
export interface PendingScore {
  readonly request: ScoreRequest;
  /** When it counts as late, in seeing time: site time less the time the site was blind. */
  readonly dueAt: number;
}

/**
 * Unanswered requests by detector id, oldest first. By detector, because how
 * two detectors' requests lie among each other depends on how entries were
 * merged to messages.
 */
export type PendingScores = Readonly<Record<string, readonly PendingScore[]>>;

export const NO_PENDING: PendingScores = Object.freeze({});

/** Unanswered requests of one detector on one subject at most. */
export const PENDING_LIMIT = 256;

/** A detector's pending request. */
export interface Asked extends PendingScore {
  readonly detector: string;
}

/** Adds what fits. `taken` are those added; the rest repeats a key or is too many. */
export function addPending(
  pending: PendingScores,
  asked: readonly Asked[],
): { readonly pending: PendingScores; readonly taken: readonly Asked[] } {
  const lists: Record<string, readonly PendingScore[]> = { ...pending };
  const taken = asked.filter(({ detector, request, dueAt }) => {
    const list = lists[detector] ?? [];
    if (list.length >= PENDING_LIMIT) return false;
    if (list.some((each) => each.request.key === request.key)) return false;
    lists[detector] = [...list, { request, dueAt }];
    return true;
  });
  return { pending: taken.length === 0 ? pending : lists, taken };
}

/** Takes one request out; `found` is undefined when it has its answer already. */
export function takePending(
  pending: PendingScores,
  detector: string,
  key: string,
): { readonly pending: PendingScores; readonly found: PendingScore | undefined } {
  const list = pending[detector] ?? [];
  const found = list.find(({ request }) => request.key === key);
  if (found === undefined) return { pending, found };
  const { [detector]: _, ...others } = pending;
  const rest = list.filter((each) => each !== found);
  const next = rest.length === 0 ? others : { ...others, [detector]: rest };
  return { pending: hasPending(next) ? next : NO_PENDING, found };
}

export function hasPending(pending: PendingScores): boolean {
  for (const _ in pending) return true;
  return false;
}

/** All of them, detector by detector in the order of their names. */
export function allPending(pending: PendingScores): readonly Asked[] {
  if (pending === NO_PENDING) return [];
  return Object.keys(pending)
    .sort()
    .flatMap((detector) => (pending[detector] ?? []).map((each) => ({ ...each, detector })));
}

/** When the first is late; `undefined` when there is none. */
export function earliestDue(pending: PendingScores): number | undefined {
  let earliest: number | undefined;
  for (const detector in pending) {
    for (const { dueAt } of pending[detector] ?? [])
      if (earliest === undefined || dueAt < earliest) earliest = dueAt;
  }
  return earliest;
}
