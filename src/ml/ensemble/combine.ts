import { MAX_SURPRISE } from '../calibration/surprise.ts';
import { logGammaTail } from './gamma-tail.ts';

/** How the surprises of several members become one number; see `combine`. */
export const COMBINATIONS = ['mean_rank', 'mean', 'max', 'sum', 'tail_sum', 'cauchy'] as const;
export type Combination = (typeof COMBINATIONS)[number];

/** One number for a step, and what each member had to do with it. */
export interface Combined {
  /** In surprise, as if members were independent; rising in each member's surprise. */
  readonly surprise: number;
  /** Per member, ≥ 0, sum 1. */
  readonly shares: Float64Array;
}

/**
 * Combines surprises s ≥ 0 with weights w > 0 (sum 1) of the members present:
 *
 * - `mean_rank`: −log10(1 − Σ w·(1 − p)), p = 10^−s: ranks count, not how far beyond all.
 * - `mean`: Σ w·s. Missing members change nothing but the weights.
 * - `max`: −log10 of 1 − (1 − p)^n at the smallest p (Šidák, 1967); weights do not count.
 * - `sum`: n·Σ w·s, the weighted sum.
 * - `tail_sum`: −ln p summed and looked up where it is gamma distributed
 *   (Fisher, 1925; unequal weights as Satterthwaite, 1946, fits them).
 * - `cauchy`: Σ w·tan((½ − p)π), right in the tail under most dependence (Liu and Xie, 2020).
 */
export function combine(
  how: Combination,
  surprises: Float64Array,
  weights: Float64Array,
): Combined {
  const { surprise, parts } = RULES[how](surprises, weights);
  return { surprise: Math.min(MAX_SURPRISE, Math.max(0, surprise)), shares: sharesOf(parts) };
}

interface Parts {
  readonly surprise: number;
  readonly parts: Float64Array;
}

type Rule = (surprises: Float64Array, weights: Float64Array) => Parts;

const RULES: Readonly<Record<Combination, Rule>> = {
  mean_rank: (surprises, weights) => {
    const parts = surprises.map((surprise, index) => {
      return (weights[index] as number) * -Math.expm1(-surprise * Math.LN10);
    });
    return { surprise: -Math.log10(Math.max(1e-16, 1 - sum(parts))), parts };
  },
  mean: (surprises, weights) => {
    const parts = surprises.map((surprise, index) => (weights[index] as number) * surprise);
    return { surprise: sum(parts), parts };
  },
  max: (surprises) => {
    const largest = surprises.reduce((most, surprise) => Math.max(most, surprise), 0);
    const parts = surprises.map((surprise) => (surprise === largest ? 1 : 0));
    return { surprise: sidak(largest, surprises.length), parts };
  },
  sum: (surprises, weights) => {
    const { surprise, parts } = RULES.mean(surprises, weights);
    return { surprise: surprise * surprises.length, parts };
  },
  tail_sum: (surprises, weights) => {
    const { surprise, parts } = RULES.mean(surprises, weights);
    // Σ w·(−ln p) has mean 1 and variance Σ w²: a gamma of that shape and scale.
    const shape = 1 / weights.reduce((total, weight) => total + weight * weight, 0);
    return { surprise: -logGammaTail(shape, surprise * Math.LN10 * shape) / Math.LN10, parts };
  },
  cauchy: (surprises, weights) => {
    const terms = surprises.map((surprise, index) => {
      return (weights[index] as number) * cotangent(surprise);
    });
    const parts = terms.map((term) => Math.max(0, term));
    return { surprise: cauchySurprise(sum(terms)), parts };
  },
};

/** tan((½ − p)π) = cot(πp), kept finite at p = 1. */
function cotangent(surprise: number): number {
  const probability = 10 ** -surprise;
  return probability > 1 - 1e-9 ? -1e9 / Math.PI : 1 / Math.tan(Math.PI * probability);
}

function cauchySurprise(sum: number): number {
  const probability = sum > 0 ? Math.atan(1 / sum) / Math.PI : 0.5 - Math.atan(sum) / Math.PI;
  return -Math.log10(probability);
}

function sidak(largest: number, count: number): number {
  const probability = 10 ** -largest;
  return -Math.log10(-Math.expm1(count * Math.log1p(-Math.min(probability, 1))));
}

/** Parts of the whole; equal where nobody contributed. */
function sharesOf(parts: Float64Array): Float64Array {
  const total = sum(parts);
  return parts.map((part) => (total > 0 ? part / total : 1 / parts.length));
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
