/**
 * How far scores have moved among the normal ones: the mean change of a
 * score's rank among the normal scores, as a part of them, in the group where
 * it is largest. The ROC AUC of a group is its mean rank, so no AUC of such
 * a group changes by more.
 * @param before of each group, the normal one first; `after` of the same samples
 */
export function rankShift(before: readonly Float64Array[], after: readonly Float64Array[]): number {
  const [normalBefore, normalAfter] = [before[0]?.toSorted(), after[0]?.toSorted()];
  if (normalBefore === undefined || normalAfter === undefined) return 0;
  const shifts = before.map((scores, group) => {
    const now = after[group] as Float64Array;
    let sum = 0;
    scores.forEach((score, at) => {
      sum += Math.abs(rankOf(normalBefore, score) - rankOf(normalAfter, now[at] as number));
    });
    return scores.length === 0 ? 0 : sum / scores.length;
  });
  return Math.max(...shifts);
}

/** Share of the sorted scores below this one; equal ones count half. */
function rankOf(sorted: Float64Array, score: number): number {
  if (sorted.length === 0) return 0;
  const below = countBelow(sorted, (one) => one < score);
  const upTo = countBelow(sorted, (one) => one <= score);
  return (below + upTo) / (2 * sorted.length);
}

function countBelow(sorted: Float64Array, isBelow: (one: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBelow(sorted[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}
