import { invalidSnapshot, type ModelSnapshot } from '../model.ts';
import { StateReader } from '../tabular/state-reader.ts';
import { AUTOENCODER_DEFAULTS, AUTOENCODER_LIMITS, hiddenSizes } from './autoencoder-options.ts';
import type { AutoencoderOptions } from './autoencoder-options.ts';
import type { DenseLayer } from './dense-network.ts';

export const AUTOENCODER_VERSION = 1;

/** A trained autoencoder as plain data. */
export interface AutoencoderState {
  readonly columns: number;
  readonly mean: Float64Array;
  readonly scale: Float64Array;
  readonly layers: readonly DenseLayer[];
  /** Passes that training took. */
  readonly epochs: number;
  /** Mean squared error of the rows kept aside, in standard deviations. */
  readonly loss: number;
}

/** Beyond this no trained weight lies; a larger one is damage, and its sums could overflow. */
const WEIGHTS = { min: -1e6, max: 1e6 };

/** @throws MODEL_INVALID unless everything fits together, so that scoring cannot fail later. */
export function readAutoencoder(snapshot: ModelSnapshot): {
  readonly options: AutoencoderOptions;
  readonly state: AutoencoderState | undefined;
} {
  const reader = StateReader.of(snapshot, 'autoencoder', AUTOENCODER_VERSION);
  const options = reader.options(AUTOENCODER_DEFAULTS, AUTOENCODER_LIMITS);
  if (!reader.has('trained')) return { options, state: undefined };
  const trained = reader.child('trained');
  const columns = trained.number('columns', { min: 1, max: 4096, isWhole: true });
  const state = {
    columns,
    mean: trained.floats('mean', { length: columns }),
    scale: trained.floats('scale', {
      length: columns,
      bounds: { min: Number.MIN_VALUE, max: Number.MAX_VALUE },
    }),
    layers: readLayers(snapshot, options, columns),
    epochs: trained.number('epochs', { min: 0, max: 1e6, isWhole: true }),
    loss: trained.number('loss', { min: 0, max: Number.MAX_VALUE }),
  };
  return { options, state };
}

function readLayers(
  snapshot: ModelSnapshot,
  options: AutoencoderOptions,
  columns: number,
): readonly DenseLayer[] {
  const { layers } = (snapshot.state as { trained: { layers?: unknown } }).trained;
  const sizes = [columns, ...hiddenSizes(options, columns), columns];
  if (!Array.isArray(layers) || layers.length !== sizes.length - 1) {
    throw invalidSnapshot('autoencoder', 'it has another number of layers');
  }
  return layers.map((layer: unknown, index) => {
    const inputs = sizes[index] as number;
    const outputs = sizes[index + 1] as number;
    const reader = new StateReader('autoencoder', layer);
    const kernel = reader.floats32('kernel', { length: inputs * outputs, bounds: WEIGHTS });
    const bias = reader.floats32('bias', { length: outputs, bounds: WEIGHTS });
    const activation = index === layers.length - 1 ? 'linear' : options.activation;
    return { inputs, outputs, activation, kernel, bias };
  });
}
