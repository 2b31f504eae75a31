import type { ModelSnapshot } from '../model.ts';
import { StateReader } from '../tabular/state-reader.ts';
import { AUTOENCODER_DEFAULTS, AUTOENCODER_LIMITS, hiddenSizes } from './autoencoder-options.ts';
import type { AutoencoderOptions } from './autoencoder-options.ts';
import type { DenseLayer } from './dense-network.ts';

export const AUTOENCODER_KIND = 'autoencoder';
const VERSION = 1;

/** What scoring needs of the options; the rest is told by the artefact. */
export type ActingOptions = Pick<
  AutoencoderOptions,
  'hidden' | 'bottleneck' | 'activation' | 'clip'
>;

/** A trained autoencoder as plain data. */
export interface AutoencoderState {
  readonly columns: number;
  readonly mean: Float64Array;
  readonly scale: Float64Array;
  /** Layer after layer, kernel (inputs × outputs, row after row) and bias of each. */
  readonly weights: Float32Array;
  /** Passes that training took. */
  readonly epochs: number;
  /** Mean squared error of the rows kept aside, in standard deviations. */
  readonly loss: number;
}

/** Beyond this no trained weight lies; a larger one is damage, and its sums could overflow. */
const WEIGHTS = { min: -1e6, max: 1e6 };

/** The layers that the weights make, sharing their memory. */
export function layersOf(options: ActingOptions, state: AutoencoderState): readonly DenseLayer[] {
  const { columns, weights } = state;
  const sizes = [columns, ...hiddenSizes(options, columns), columns];
  let at = 0;
  const take = (length: number): Float32Array => weights.subarray(at, (at += length));
  return sizes.slice(1).map((outputs, index) => {
    const inputs = sizes[index] as number;
    const activation = index === sizes.length - 2 ? 'linear' : options.activation;
    return { inputs, outputs, activation, kernel: take(inputs * outputs), bias: take(outputs) };
  });
}

/** What an untrained model keeps is its options. */
export function writeAutoencoder(
  options: AutoencoderOptions,
  trained: AutoencoderState | undefined,
): ModelSnapshot {
  const { hidden, bottleneck, activation, clip } = options;
  const acting: ActingOptions = { hidden, bottleneck, activation, clip };
  const state =
    trained === undefined ? { options } : { options: acting, trained: structuredClone(trained) };
  return { kind: AUTOENCODER_KIND, version: VERSION, state };
}

/** @throws MODEL_INVALID unless everything fits together, so that scoring cannot fail later. */
export function readAutoencoder(snapshot: ModelSnapshot): {
  readonly options: AutoencoderOptions;
  readonly state: AutoencoderState | undefined;
} {
  const reader = StateReader.of(snapshot, AUTOENCODER_KIND, VERSION);
  if (!reader.has('trained')) {
    return { options: reader.options(AUTOENCODER_DEFAULTS, AUTOENCODER_LIMITS), state: undefined };
  }
  const { hidden, bottleneck, activation, clip } = AUTOENCODER_DEFAULTS;
  const acting: ActingOptions = { hidden, bottleneck, activation, clip };
  const options = reader.options(acting, pickLimits());
  return {
    options: { ...AUTOENCODER_DEFAULTS, ...options },
    state: readTrained(reader.child('trained'), options),
  };
}

function pickLimits() {
  const { hidden, bottleneck, activation, clip } = AUTOENCODER_LIMITS;
  return { hidden, bottleneck, activation, clip };
}

function readTrained(reader: StateReader, options: ActingOptions): AutoencoderState {
  const columns = reader.number('columns', { min: 1, max: 4096, isWhole: true });
  const sizes = [columns, ...hiddenSizes(options, columns), columns];
  const length = sizes
    .slice(1)
    .reduce((sum, outputs, index) => sum + ((sizes[index] as number) + 1) * outputs, 0);
  return {
    columns,
    mean: reader.floats('mean', { length: columns }),
    scale: reader.floats('scale', {
      length: columns,
      bounds: { min: Number.MIN_VALUE, max: Number.MAX_VALUE },
    }),
    weights: reader.floats32('weights', { length, bounds: WEIGHTS }),
    epochs: reader.number('epochs', { min: 0, max: 1e6, isWhole: true }),
    loss: reader.number('loss', { min: 0, max: Number.MAX_VALUE }),
  };
}
