import type { WireRecord } from '../../model/wire-record.ts';

/** Below the 7 days that a site takes timestamps back, with room for a slow upload. */
const MAX_SPAN_MS = 6.5 * 86_400_000;

export interface Retimed {
  /** In order of event time, the last one at `now`. */
  readonly records: readonly WireRecord[];
  /** Quiet times that were cut so that the whole log fits; bursts keep their shape. */
  readonly shortenedGaps: number;
}

/** Moves records so that the last one happens now. A log that spans more than 6.5 days loses its longest quiet times. */
export function retime(
  records: readonly WireRecord[],
  now: number,
  maxSpanMs = MAX_SPAN_MS,
): Retimed {
  const sorted = [...records].sort((a, b) => a.timestamp - b.timestamp);
  const gaps = sorted.map(
    ({ timestamp }, i) => timestamp - (sorted[i - 1]?.timestamp ?? timestamp),
  );
  const longest = longestGap(gaps, maxSpanMs);
  const kept = gaps.map((gap) => Math.min(gap, longest));
  let left = kept.reduce((sum, gap) => sum + gap, 0);
  const moved = sorted.map((record, i) => {
    left -= kept[i] ?? 0;
    return { ...record, timestamp: Math.round(now - left) };
  });
  return { records: moved, shortenedGaps: gaps.filter((gap) => gap > longest).length };
}

/** The greatest gap that may stay for all gaps, cut to it, to sum up to `maxSpanMs` at most. */
function longestGap(gaps: readonly number[], maxSpanMs: number): number {
  const ascending = [...gaps].sort((a, b) => a - b);
  let sum = 0;
  for (const [index, gap] of ascending.entries()) {
    const share = (maxSpanMs - sum) / (ascending.length - index);
    if (gap > share) return share;
    sum += gap;
  }
  return Infinity;
}
