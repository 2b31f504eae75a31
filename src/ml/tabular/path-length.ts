const EULER = 0.577_215_664_901_532_9;

/**
 * Mean depth at which a search in a random binary tree of `count` keys ends
 * without success: what an isolation tree's path is compared with, and what a
 * leaf that still holds several samples is taken to go on for (Liu, Ting and
 * Zhou, ICDM 2008, equation 1). 0 up to one sample, 1 for two.
 */
export function meanPathLength(count: number): number {
  if (count <= 1) return 0;
  if (count === 2) return 1;
  return 2 * (Math.log(count - 1) + EULER) - (2 * (count - 1)) / count;
}
