/** How the surprises of a session's events become one score. */
export const AGGREGATES = ['mean', 'median', 'max', 'top', 'window', 'sum'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/**
 * One number for the surprises of a session's events (at least one).
 * `span` is how many events `top` averages (the largest ones) and `window`
 * (the worst run of neighbours). O(n), `median` and `top` O(n log n).
 */
export function aggregate(how: Aggregate, surprises: Float64Array, span: number): number {
  switch (how) {
    case 'mean':
      return sumOf(surprises) / surprises.length;
    case 'sum':
      return sumOf(surprises);
    case 'median':
      return surprises.slice().sort()[surprises.length >> 1] as number;
    case 'max':
      return worstRun(surprises, 1);
    case 'top': {
      const largest = surprises.slice().sort().subarray(-span);
      return sumOf(largest) / largest.length;
    }
    case 'window':
      return worstRun(surprises, Math.min(span, surprises.length));
  }
}

/** The largest mean of `span` neighbours. */
function worstRun(surprises: Float64Array, span: number): number {
  let sum = 0;
  let worst = 0;
  for (let index = 0; index < surprises.length; index += 1) {
    sum += surprises[index] as number;
    if (index >= span) sum -= surprises[index - span] as number;
    if (index >= span - 1 && sum > worst) worst = sum;
  }
  return worst / span;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] as number;
  return sum;
}
