import type { OptionLimits } from '../tabular/checked-options.ts';

/** All but `score` and `top` are fixed when training begins. */
export interface LstmOptions {
  /** Events that the next one is told from. @default 10 */
  readonly window: number;
  /** Units of the LSTM. @default 24 */
  readonly hidden: number;
  /** `surprisal`: the largest −ln p of an event; `misses`: how many events were not among the `top` likeliest. @default 'surprisal' */
  readonly score: 'surprisal' | 'misses';
  /** For `misses`. @default 9 */
  readonly top: number;
  /** Whether sessions are complete, so that their end is an event too: 1 yes, 0 no. @default 1 */
  readonly end: number;
  /** Ids told apart; rarer ones count as unknown. @default 500 */
  readonly templates: number;
  /** How much a window counts in training that occurred n times: n to this power. @default 0.5 */
  readonly emphasis: number;
  /** Most passes over the distinct windows. @default 30 */
  readonly epochs: number;
  /** Windows of a step. @default 128 */
  readonly batch: number;
  /** Adam's step size. @default 0.01 */
  readonly learningRate: number;
  /** Part of the distinct windows, the rarest, kept aside to tell when to stop when there are 1,000 or more. @default 0.1 */
  readonly validation: number;
  /** Training ends when this many passes brought nothing. @default 4 */
  readonly patience: number;
  /** Part of the weights that is set to 0 when training is done; then it goes on without them, for as long again. @default 0 */
  readonly prune: number;
  /** Of more distinct windows than this, the most frequent are taken. @default 20000 */
  readonly maxWindows: number;
  /** Of more events than this, sessions are drawn at random until there are as many. @default 1000000 */
  readonly maxEvents: number;
}

export const LSTM_DEFAULTS: LstmOptions = Object.freeze({
  window: 10,
  hidden: 24,
  score: 'surprisal',
  top: 9,
  end: 1,
  templates: 500,
  emphasis: 0.5,
  epochs: 30,
  batch: 128,
  learningRate: 0.01,
  validation: 0.1,
  patience: 4,
  prune: 0,
  maxWindows: 20_000,
  maxEvents: 1_000_000,
});

export const LSTM_LIMITS = {
  window: { min: 1, max: 100, isWhole: true },
  hidden: { min: 1, max: 512, isWhole: true },
  score: ['surprisal', 'misses'],
  top: { min: 1, max: 10_000, isWhole: true },
  end: { min: 0, max: 1, isWhole: true },
  templates: { min: 1, max: 10_000, isWhole: true },
  emphasis: { min: 0, max: 1 },
  epochs: { min: 1, max: 10_000, isWhole: true },
  batch: { min: 1, max: 65_536, isWhole: true },
  learningRate: { min: 1e-6, max: 1 },
  validation: { min: 0, max: 0.9 },
  patience: { min: 1, max: 10_000, isWhole: true },
  prune: { min: 0, max: 0.95 },
  maxWindows: { min: 1, max: 1_000_000, isWhole: true },
  maxEvents: { min: 1, max: 100_000_000, isWhole: true },
} as const satisfies OptionLimits<LstmOptions>;
