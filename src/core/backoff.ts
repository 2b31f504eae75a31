export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Share of the delay that is random, 0 to 1: 0.2 gives ±20 %. */
  readonly jitter: number;
}

/** Delay in ms before try `attempt` (0 for the first retry): `first · 2^attempt`, capped, then spread by ±jitter. */
export function backoffMs(attempt: number, options: BackoffOptions, random: () => number): number {
  const delay = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(attempt, 40));
  return delay * (1 + options.jitter * (2 * random() - 1));
}
