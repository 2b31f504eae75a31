import { LargestNumbers } from './largest-numbers.ts';
import type { Steps } from '../../core/steps.ts';
import type { Pace } from './pace.ts';

/** How the surprises of a session's events become one score. */
export const AGGREGATES = ['mean', 'median', 'max', 'top', 'window', 'sum'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

export interface Aggregation {
  readonly how: Aggregate;
  /** Events that `top` averages (the largest ones) and `window` (the worst run of neighbours). */
  readonly span: number;
}

/** One number for the surprises of a session's events (at least one). O(n), `median` and `top` O(n log n). */
export function* aggregate(
  { how, span }: Aggregation,
  surprises: Float64Array,
  pace: Pace,
): Steps<number> {
  const { length } = surprises;
  switch (how) {
    case 'mean':
      return (yield* sumOf(surprises, pace)) / length;
    case 'sum':
      return yield* sumOf(surprises, pace);
    case 'median':
      return (yield* largest(surprises, length - (length >> 1), pace)).least;
    case 'max':
      return yield* worstRun(surprises, 1, pace);
    case 'top': {
      const kept = (yield* largest(surprises, Math.min(span, length), pace)).sorted();
      return (yield* sumOf(kept, pace)) / kept.length;
    }
    case 'window':
      return yield* worstRun(surprises, Math.min(span, length), pace);
  }
}

/** The largest mean of `span` neighbours. */
function* worstRun(surprises: Float64Array, span: number, pace: Pace): Steps<number> {
  let sum = 0;
  let worst = 0;
  for (let index = 0; index < surprises.length; index += 1) {
    sum += surprises[index] as number;
    if (index >= span) sum -= surprises[index - span] as number;
    if (index >= span - 1 && sum > worst) worst = sum;
    if (pace.spend(1)) yield;
  }
  return worst / span;
}

function* largest(surprises: Float64Array, room: number, pace: Pace): Steps<LargestNumbers> {
  const kept = new LargestNumbers(room);
  const units = 1 + Math.log2(room) / 4;
  for (let index = 0; index < surprises.length; index += 1) {
    kept.add(surprises[index] as number);
    if (pace.spend(units)) yield;
  }
  return kept;
}

function* sumOf(values: Float64Array, pace: Pace): Steps<number> {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) {
    sum += values[index] as number;
    if (pace.spend(1)) yield;
  }
  return sum;
}
