import type { ModelSnapshot } from '../model.ts';

/** Makes a member's raw score surprise: −log10 of how likely a normal session scores as high. */
export interface Gauge {
  /** Learns from scores of normal sessions that the member was fitted without. */
  fit(lengths: ArrayLike<number>, scores: ArrayLike<number>): void;
  surprise(length: number, score: number): number;
  update(length: number, score: number): void;
  snapshot(): ModelSnapshot;
}
