/** A reading of the site's clock. */
export interface TimeAnchor {
  /** Site ms at the reading. */
  readonly site: number;
  /** How fast the site's clock runs. */
  readonly rate: number;
  /** Monotonic ms of this browser at the reading. */
  readonly monotonic: number;
}

/** Site time now. A clock that runs fast does so only until it meets the wall clock. */
export function siteTime(anchor: TimeAnchor, monotonic: number, wall: number): number {
  const elapsed = Math.max(0, monotonic - anchor.monotonic);
  const fast = anchor.site + elapsed * anchor.rate;
  if (anchor.rate <= 1 || fast <= wall) return fast;
  return Math.max(wall, anchor.site + elapsed);
}

/** Why the clock is not the wall clock, or undefined when it is. */
export function rateNote(rate: number): string | undefined {
  if (rate === 1) return undefined;
  return rate > 1 ? `${rate}× until it meets the wall clock` : `runs at ${rate}×`;
}
