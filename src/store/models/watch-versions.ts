import type { Clock } from '../../core/clock.ts';

export interface WatchOptions {
  readonly clock: Pick<Clock, 'every'>;
  /** Between two looks, in ms. */
  readonly pollMs: number;
  /** The highest version of each text. Where it fails nothing has changed. */
  readonly newest: () => Promise<ReadonlyMap<string, number>>;
}

/** Calls `listener` with each name that is there or has another version than before, until the result is called. */
export function watchVersions(
  { clock, pollMs, newest }: WatchOptions,
  listener: (name: string) => void,
): () => void {
  const seen = new Map<string, number>();
  let isLooking = false;
  let isStopped = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    const versions = await newest().catch(() => new Map<string, number>());
    isLooking = false;
    for (const [name, version] of versions) {
      if (isStopped || seen.get(name) === version) continue;
      seen.set(name, version);
      listener(name);
    }
  };
  const cancel = clock.every(pollMs, () => void look());
  void look();
  return () => {
    isStopped = true;
    cancel();
  };
}
