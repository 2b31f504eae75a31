import type { Clock } from '../core/clock.ts';

/** Waits for `work`, at most `ms` of real time. The wait keeps the process alive, and leaves no timer behind. */
export async function within<Result>(
  work: Promise<Result>,
  { clock, ms }: { readonly clock: Clock; readonly ms: number },
): Promise<Result | 'late'> {
  const keepAlive = setInterval(() => undefined, 60_000);
  let cancel: () => void = () => undefined;
  const late = new Promise<'late'>((resolve) => {
    cancel = clock.after(ms, () => {
      resolve('late');
    });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearInterval(keepAlive);
    cancel();
  }
}

/** Waits in real time. */
export async function sleep(clock: Clock, ms: number): Promise<void> {
  await within(new Promise<never>(() => undefined), { clock, ms });
}

/** Resolves when the person asks to stop, or after `ms` when given. */
export async function untilStopped(
  clock: Clock,
  stopped: Promise<void>,
  ms: number | undefined,
): Promise<void> {
  // Longer than any timer can wait, a month is as good as for ever.
  await within(stopped, { clock, ms: Math.min(ms ?? Infinity, 2_147_000_000) });
}
