/** How a run's count enters: not at all, as 1 + ln count, or as it is. */
export const COUNTINGS = ['present', 'log', 'plain'] as const;
/** What a run weighs: ln((sessions + 1) / (sessions that have it + 1)), or all the same. */
export const WEIGHTINGS = ['idf', 'even'] as const;
/** Cosine of the vectors, or what both have as a share of what either has (Ruzicka; Jaccard for `present`). */
export const SIMILARITIES = ['cosine', 'overlap'] as const;

export interface BagOptions {
  /** Events in a run, 1 to 32. @default 1 */
  readonly order: number;
  readonly counting: (typeof COUNTINGS)[number];
  readonly weighting: (typeof WEIGHTINGS)[number];
  readonly similarity: (typeof SIMILARITIES)[number];
  /** Normal sessions that the similarity is averaged over, 1 to 1,000. @default 1 */
  readonly neighbours: number;
  /** Distinct bags kept, 1 to 100,000. @default 2000 */
  readonly references: number;
  /** Different runs kept, 1 to 50,000,000, about 40 bytes each. @default 200000 */
  readonly grams: number;
}
