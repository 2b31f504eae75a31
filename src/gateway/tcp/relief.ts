import type { Clock } from '../../core/clock.ts';
import type { Intake } from '../intake.ts';

/** Waits for the end of pressure; one listener on the intake serves all who wait. */
export interface Relief {
  /** Resolves after `ms`, at relief, or when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createRelief(clock: Clock, intake: Pick<Intake, 'onRelief'>): Relief {
  const waiting = new Set<() => void>();
  intake.onRelief(() => {
    for (const wake of [...waiting]) wake();
  });
  return {
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) {
          resolve();
          return;
        }
        const wake = (): void => {
          cancel();
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const cancel = clock.after(ms, wake);
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      }),
  };
}

/** Resolves after `ms`, or when `signal` aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return createRelief(clock, { onRelief: () => undefined }).wait(ms, signal);
}
