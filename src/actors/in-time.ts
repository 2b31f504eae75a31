import type { Clock } from '../core/clock.ts';

/**
 * Resolves when `work` has ended; rejects when that takes longer than
 * `limitMs` of real time, or with what it throws. It cannot be stopped: it
 * asks `isLate` where it must not go on.
 */
export async function inTime<T>(
  clock: Clock,
  limitMs: number,
  work: (isLate: () => boolean) => Promise<T>,
): Promise<T> {
  let isLate = false;
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.after(limitMs, () => {
      isLate = true;
      reject(new Error(`It took longer than ${limitMs} ms.`));
    });
    void work(() => isLate)
      .then(resolve, reject)
      .finally(cancel);
  });
}
