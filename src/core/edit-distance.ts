/**
 * The candidate that was most likely meant by `word`: the one with the fewest
 * edits (insert, delete, replace, swap of neighbours), at most a third of its
 * length rounded up; `undefined` when nothing is that close. The earlier
 * candidate wins a tie.
 */
export function likelySpelling(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  const wanted = word.slice(0, 64).toLowerCase();
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance && distance <= Math.ceil(candidate.length / 3)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean "x"?` or, when nothing is close, the list of what is known. */
export function spellingHint(word: string, candidates: Iterable<string>): string {
  const known = [...candidates];
  const likely = likelySpelling(word, known);
  if (likely !== undefined) return `Did you mean "${likely}"?`;
  return `Known are: ${known.slice(0, 40).join(', ')}.`;
}

/** Optimal string alignment distance between two texts. Cost: product of their lengths. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && isSwap) {
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
