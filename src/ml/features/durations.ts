/** Counts of durations in buckets each a quarter wider than the one before, from 1 ms to 18 minutes. */
export type DurationCounts = number[];

/** Length of such a list. */
export const DURATION_BUCKETS = 64;
const GROWTH = Math.log(1.25);

/** Counts a duration in ms; what is none is passed over. Changes `counts`. */
export function countDuration(counts: DurationCounts, durationMs: number | undefined): void {
  if (durationMs === undefined || !(durationMs >= 0)) return;
  const bucket = durationMs <= 1 ? 0 : Math.ceil(Math.log(durationMs) / GROWTH);
  const place = Math.min(DURATION_BUCKETS - 1, bucket);
  counts[place] = (counts[place] as number) + 1;
}

/** The duration in ms below which a share lies, within a quarter; 0 when none was counted. */
export function durationQuantile(counts: DurationCounts, share: number): number {
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0) return 0;
  let rank = Math.max(1, Math.ceil(share * total));
  for (let bucket = 0; bucket < DURATION_BUCKETS; bucket += 1) {
    rank -= counts[bucket] as number;
    if (rank <= 0) return Math.exp(bucket * GROWTH);
  }
  return Math.exp((DURATION_BUCKETS - 1) * GROWTH);
}
