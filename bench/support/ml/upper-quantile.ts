/** Ranks that are looked at: those beyond weigh nothing for shares of up to 200 scores. */
const RANKS = 1000;

/**
 * The score that a share of normal sessions exceeds, estimated from all ranks
 * near it (Harrell and Davis, Biometrika 69, 1982) in place of one: a single
 * order statistic among the largest few is worth very different things from
 * sample to sample. The weights are those of a Beta distribution; towards its
 * end, where alarms are, that is the Gamma distribution of (n + 1) × share.
 */
export function upperQuantile(scores: Float64Array, share: number): number {
  const falling = scores.toSorted().reverse().subarray(0, RANKS);
  const shape = (scores.length + 1) * share;
  let sum = 0;
  let weights = 0;
  let before = 0;
  for (let rank = 0; rank < falling.length && before < 1 - 1e-12; rank += 1) {
    const reached = gammaShare(shape, rank + 1);
    sum += (reached - before) * (falling[rank] as number);
    weights += reached - before;
    before = reached;
  }
  return weights > 0 ? sum / weights : (falling[0] ?? Infinity);
}

/** Share of the Gamma distribution of a shape (scale 1) below x, by its series. */
export function gammaShare(shape: number, x: number): number {
  if (x <= 0) return 0;
  let term = 1 / shape;
  let sum = term;
  for (let step = 1; term > sum * 1e-15; step += 1) {
    term *= x / (shape + step);
    sum += term;
  }
  return Math.min(1, sum * Math.exp(shape * Math.log(x) - x - logGamma(shape)));
}

/** Stirling's series after a shift to where it is exact to 1e-12. */
function logGamma(value: number): number {
  let shifted = value;
  let product = 1;
  for (; shifted < 12; shifted += 1) product *= shifted;
  const inverse = 1 / shifted;
  const series = inverse / 12 - inverse ** 3 / 360 + inverse ** 5 / 1260 - inverse ** 7 / 1680;
  return (
    (shifted - 0.5) * Math.log(shifted) -
    shifted +
    0.5 * Math.log(2 * Math.PI) +
    series -
    Math.log(product)
  );
}
