/** Quantile of the normal distribution for a two-sided interval of 95 %. */
const Z = 1.959963984540054;

/**
 * The 95 % score interval of a share (E. B. Wilson, 1927): within 0 to 1, and
 * of use for few observations too.
 *
 * @param hits of `total` observations, which is at least 1
 */
export function wilson(
  hits: number,
  total: number,
): { readonly low: number; readonly high: number } {
  const share = hits / total;
  const scale = 1 + Z ** 2 / total;
  const middle = (share + Z ** 2 / (2 * total)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / total + Z ** 2 / (4 * total ** 2));
  // At the ends the interval reaches the share itself, but for rounding.
  return {
    low: hits === 0 ? 0 : Math.min(share, Math.max(0, middle - half)),
    high: hits === total ? 1 : Math.max(share, Math.min(1, middle + half)),
  };
}
