/** Rarer than one in a million says nothing more. */
export const MAX_RARITY = 6;

/** −log10 of a template's share of all lines, between 0 (all of them) and `MAX_RARITY`. */
export function rarityOf(count: number, lines: number): number {
  if (count <= 0 || lines <= 0) return MAX_RARITY;
  return Math.min(MAX_RARITY, Math.max(0, Math.log10(lines / count)));
}
