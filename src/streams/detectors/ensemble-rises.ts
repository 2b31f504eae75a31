/** A level of surprise and how often verdicts rose to it, fading. */
export interface RiseLevel {
  readonly surprise: number;
  readonly weight: number;
}

/**
 * How often the verdict of all members rose to which surprise, one rise a
 * step. Members that depend on each other rise together, more often than
 * their combination says of independent ones.
 */
export interface Rises {
  /** Steps watched, fading. */
  readonly steps: number;
  /** The step under way; -1 before the first. */
  readonly slot: number;
  /** The highest rise in it; 0 without one. It counts once the step is over. */
  readonly most: number;
  /** Highest first, at most {@link MAX_LEVELS}. */
  readonly levels: readonly RiseLevel[];
}

export const MAX_LEVELS = 16;
/** A level that has faded below this is left out. */
const FORGOTTEN = 0.01;

/** As if it had been watched for so many quiet steps. */
export function unrisen(steps: number): Rises {
  return { steps, slot: -1, most: 0, levels: [] };
}

/** Goes on to the step of `slot`; steps in between were quiet. `horizon` in steps. */
export function passedTo(rises: Rises, slot: number, horizon: number): Rises {
  if (slot <= rises.slot) return rises;
  if (rises.slot < 0) return { ...rises, slot };
  const passed = slot - rises.slot;
  const keep = Math.exp(-1 / horizon);
  const kept = Math.exp(-passed / horizon);
  const steps = rises.steps * kept + (1 - kept) / (1 - keep);
  const levels = rises.levels.map((level) => ({ ...level, weight: level.weight * kept }));
  const risen = { surprise: rises.most, weight: kept / keep };
  const all = rises.most > 0 ? merged(levels, risen) : levels;
  return { steps, slot, most: 0, levels: all.filter(({ weight }) => weight >= FORGOTTEN) };
}

/**
 * What to take from a surprise that holds for independent members. It is at
 * most −log10 of the share of steps in which verdicts rose as high, and from a
 * lower level on it grows no further than it would have without that: an
 * empirical tail, which ends as the combination's does. 0 while verdicts rose
 * no more often than independent ones would.
 */
export function dependence({ steps, levels }: Rises, surprise: number): number {
  let reached = 0;
  let most = 0;
  for (const level of levels) {
    reached += level.weight;
    // Of a level above, as often as that: both count.
    const from = Math.min(surprise, level.surprise);
    most = Math.max(most, from + Math.log10(reached / steps));
  }
  return most;
}

/** With one level more; where there are too many, the nearest two of the lower half become one. */
function merged(levels: readonly RiseLevel[], risen: RiseLevel): readonly RiseLevel[] {
  const all = [...levels, risen].sort((one, other) => other.surprise - one.surprise);
  if (all.length <= MAX_LEVELS) return all;
  const gap = (index: number): number =>
    (all[index]?.surprise ?? 0) - (all[index + 1]?.surprise ?? 0);
  let nearest = MAX_LEVELS / 2;
  for (let index = nearest + 1; index + 1 < all.length; index += 1) {
    if (gap(index) < gap(nearest)) nearest = index;
  }
  const [one, other] = all.slice(nearest, nearest + 2) as [RiseLevel, RiseLevel];
  const weight = one.weight + other.weight;
  const surprise = other.surprise + (one.surprise - other.surprise) * (one.weight / weight);
  return [...all.slice(0, nearest), { surprise, weight }, ...all.slice(nearest + 2)];
}
