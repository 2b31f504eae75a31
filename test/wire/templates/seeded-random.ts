import { Random } from '../../../src/core/random.ts';

/** Draws that are the same for the same seed. */
export interface SeededRandom {
  /** A whole number from 0 to `limit` − 1. */
  below(limit: number): number;
}

export function createSeededRandom(seed: number): SeededRandom {
  const random = new Random(seed);
  return { below: (limit) => Math.floor(random.unit() * limit) };
}
