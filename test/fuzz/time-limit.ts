import { Violation } from './invariants.ts';
import type { FuzzTarget } from './target.ts';

export interface TimeLimit {
  /** CPU time that one input may cost. */
  readonly ms: number;
}

/** What the project promises for an input of 64 KiB. */
export const PROMISED: TimeLimit = { ms: 50 };
/** For tests: a machine with other work on it, under coverage, is slower. */
export const GENEROUS: TimeLimit = { ms: 250 };

const ATTEMPTS = 4;

/**
 * The least CPU time of a few runs in ms: what an input costs, less what the compiler and
 * the collector did beside it.
 */
export async function cpuTime(target: FuzzTarget, input: Uint8Array): Promise<number> {
  let least = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && least > 5; attempt += 1) {
    const begun = process.cpuUsage();
    const wallBegun = performance.now();
    try {
      const result = target.run(Uint8Array.prototype.slice.call(input));
      if (result instanceof Promise) await result;
    } catch {
      // Refusing has to be quick too.
    }
    const { user, system } = process.cpuUsage(begun);
    least = Math.min(least, (user + system) / 1_000, performance.now() - wallBegun);
  }
  return least;
}

/** @throws Violation when no run of `input` stays within the limit. */
export async function checkTime(
  target: FuzzTarget,
  input: Uint8Array,
  { ms }: TimeLimit,
): Promise<number> {
  const cost = await cpuTime(target, input);
  const allowed = ms * (target.patience ?? 1);
  if (cost <= allowed) return cost;
  const detail = `${input.length} bytes took ${cost.toFixed(0)} ms, allowed are ${allowed} ms`;
  throw new Violation('slow', detail, input);
}
