export type LinkState = 'connecting' | 'live' | 'stale' | 'down';

/** Silence after which a connected feed counts as stale. */
const STALE_AFTER_MS = 3000;

export interface LinkFacts {
  readonly phase: 'connecting' | 'open' | 'waiting';
  /** Monotonic ms of the last message, undefined when none came yet. */
  readonly lastMessageAt: number | undefined;
}

/** What the connection pill says. */
export function linkState({ phase, lastMessageAt }: LinkFacts, now: number): LinkState {
  if (phase === 'waiting') return 'down';
  if (phase === 'connecting') return lastMessageAt === undefined ? 'connecting' : 'down';
  if (lastMessageAt === undefined) return 'connecting';
  return now - lastMessageAt > STALE_AFTER_MS ? 'stale' : 'live';
}

/** Wait before the attempt after `failures` failed ones: doubling from 0.5 s to 15 s, spread by ±25 %. */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(15_000, 500 * 2 ** Math.min(failures, 10));
  return Math.round(full * (0.75 + random * 0.5));
}
