/**
 * Where what lies in a wearer's state: one array of numbers, so that 100,000
 * of them cost under 2 KB each and are copied, kept and compared as they are.
 */
export const BASIS = 12;
export const MODES = 6;
/** Mean of 3, and the upper triangle of a 3 × 3 covariance. */
export const MODE_WIDTH = 9;
/** A tail's quantile, its mean excess, and how many numbers it has seen. */
export const TAIL_WIDTH = 3;

const COVARIANCES = (BASIS * (BASIS + 1)) / 2;
const TAILS = 20;

let next = 0;
const take = (count: number): number => {
  const start = next;
  next += count;
  return start;
};

export const AT = {
  version: take(1),
  /** Event time of the newest reading, and of the newest minute judged; 0 before. */
  newest: take(1),
  judged: take(1),
  /** What the minute under way holds. */
  rateSum: take(1),
  rateCount: take(1),
  rateLow: take(1),
  rateHigh: take(1),
  steps: take(1),
  isStepsKnown: take(1),
  intensitySum: take(1),
  intensityCount: take(1),
  /** Effort of late: decayed over 2, 7 and 25 minutes, and movement over 60. */
  effort: take(4),
  weights: take(BASIS),
  covariance: take(COVARIANCES),
  /** Of one minute's step, at rest and in motion. */
  stepVariance: take(2),
  equalShare: take(2),
  deviation: take(3),
  probability: take(MODES),
  mode: take(MODES * MODE_WIDTH),
  previousRate: take(1),
  flatMinutes: take(1),
  /** How well the newest reading went on from the one before, and the one that began the flat run. */
  continuity: take(1),
  flatContinuity: take(1),
  erratic: take(1),
  isAlarm: take(1),
  /** The greatest surprise of the half hour of wear under way, and how many of its minutes are over. */
  blockMost: take(1),
  blockMinutes: take(1),
  tails: take(TAILS * TAIL_WIDTH),
} as const;

export const STATE_SIZE = next;
export const STATE_VERSION = 1;

/** The tails in their order: per activity (at rest, light, vigorous), then one each. */
export const TAIL = {
  above: 0,
  below: 3,
  erratic: 6,
  flat: 9,
  /** Odds of the modes raised, lowered, frozen, deaf. */
  odds: 10,
  /** Both views of these together. */
  both: 14,
  /** The most surprising of all views. */
  most: 18,
  /** The greatest surprise of each half hour: what alarms are given by. */
  block: 19,
} as const;

export const MODE = { normal: 0, raised: 1, lowered: 2, frozen: 3, deaf: 4, erratic: 5 } as const;
