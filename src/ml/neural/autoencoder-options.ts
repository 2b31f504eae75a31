import type { OptionLimits } from '../tabular/checked-options.ts';
import type { Activation } from './dense-network.ts';

/** All are fixed when training begins. */
export interface AutoencoderOptions {
  /** Units of the layer on each side of the bottleneck; 0 = 1.5 × the columns, from 12 to 96. @default 0 */
  readonly hidden: number;
  /** Units of the narrowest layer; 0 = a third of the columns, at least 1. @default 0 */
  readonly bottleneck: number;
  /** Of all layers but the last. @default 'tanh' */
  readonly activation: Exclude<Activation, 'linear'>;
  /** Standard deviation of the noise added to standardised inputs in training (Vincent et al., 2008); 0 = none. @default 0 */
  readonly noise: number;
  /** Inputs further from their mean than this many standard deviations reach the network as this many; the error counts in full. @default 6 */
  readonly clip: number;
  /** Most passes over the rows. A pass has at least 32 steps. @default 60 */
  readonly epochs: number;
  /** Rows of a step. @default 256 */
  readonly batch: number;
  /** Adam's step size (Kingma and Ba, 2015). @default 0.005 */
  readonly learningRate: number;
  /** Part of the rows kept aside to tell when to stop. @default 0.1 */
  readonly validation: number;
  /** Training ends when this many passes brought nothing. @default 6 */
  readonly patience: number;
  /** Part of the weights that is set to 0 when training is done; then it goes on without them, for as long again. @default 0 */
  readonly prune: number;
  /** Of more rows than this, as many are drawn at random. @default 50000 */
  readonly maxRows: number;
}

export const AUTOENCODER_DEFAULTS: AutoencoderOptions = Object.freeze({
  hidden: 0,
  bottleneck: 0,
  activation: 'tanh',
  noise: 0,
  clip: 6,
  epochs: 60,
  batch: 256,
  learningRate: 0.005,
  validation: 0.1,
  patience: 6,
  prune: 0,
  maxRows: 50_000,
});

export const AUTOENCODER_LIMITS: OptionLimits<AutoencoderOptions> = {
  hidden: { min: 0, max: 1024, isWhole: true },
  bottleneck: { min: 0, max: 1024, isWhole: true },
  activation: ['tanh', 'relu'],
  noise: { min: 0, max: 10 },
  clip: { min: 0.1, max: 1e4 },
  epochs: { min: 1, max: 10_000, isWhole: true },
  batch: { min: 1, max: 65_536, isWhole: true },
  learningRate: { min: 1e-6, max: 1 },
  validation: { min: 0, max: 0.9 },
  patience: { min: 1, max: 10_000, isWhole: true },
  prune: { min: 0, max: 0.95 },
  maxRows: { min: 1, max: 1_000_000, isWhole: true },
};

/** Units of the layers between input and output. */
export function hiddenSizes(
  { hidden, bottleneck }: Pick<AutoencoderOptions, 'hidden' | 'bottleneck'>,
  columns: number,
): readonly [number, number, number] {
  const wide = hidden > 0 ? hidden : Math.min(96, Math.max(12, Math.ceil(1.5 * columns)));
  const narrow = bottleneck > 0 ? bottleneck : Math.max(1, Math.round(columns / 3));
  return [wide, narrow, wide];
}
