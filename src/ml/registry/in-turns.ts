import { setImmediate } from 'node:timers/promises';
import type { Steps } from '../sequences/steps.ts';

/** The result, with a turn of the event loop for others after each part. @throws what the work throws */
export async function inTurns<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await setImmediate();
  }
}
