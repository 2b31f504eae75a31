import type { Matrix } from '../matrix.ts';
import { unfitted, type ModelSnapshot } from '../model.ts';
import {
  AUTOENCODER_KIND,
  layersOf,
  readAutoencoder,
  type AutoencoderState,
} from '../neural/autoencoder-state.ts';
import type { DenseLayer } from '../neural/dense-network.ts';
import { inverseOf, standardised } from '../neural/standardiser.ts';
import { roundLayer, type LayerPlace } from './round-layer.ts';
import { keptOf, StepPacker, type Packed } from './step-packer.ts';

/** How weights are rounded. */
export interface Rounding {
  /** Of one weight, 2 to 8. */
  readonly bits: number;
  /** Part of the weights that is set to 0: those smallest in magnitude. */
  readonly prune: number;
}

/**
 * The weights of an autoencoder, rounded layer after layer so that each
 * layer's sums stay what they were on these rows.
 * @throws MODEL_INVALID
 */
export function roundAutoencoder(
  snapshot: ModelSnapshot,
  rows: Matrix,
  { bits, prune }: Rounding,
): Packed {
  const { options, state } = readAutoencoder(snapshot);
  if (state === undefined) throw unfitted(AUTOENCODER_KIND);
  const packer = new StepPacker(state.weights, bits, keptOf(state.weights, prune));
  let before = standardRows(rows, state, options.clip);
  let after = before;
  let at = 0;
  for (const layer of layersOf(options, state)) {
    const { inputs, outputs } = layer;
    const place = { at, inputs, outputs };
    const sums = sumsOf(before, place, state.weights);
    roundLayer(packer, place, { rows: rows.rows, inputs: after, sums });
    before = activated(sums, layer);
    after = activated(sumsOf(after, place, packer.values), layer);
    at += (inputs + 1) * outputs;
  }
  return packer.packed();
}

function standardRows(
  { values, columns }: Matrix,
  { mean, scale }: AutoencoderState,
  clip: number,
): Float64Array {
  const inverse = inverseOf(scale);
  return values.map((value, at) => {
    const column = at % columns;
    const off = standardised(value, mean[column] as number, inverse[column] as number);
    return Math.max(-clip, Math.min(clip, off));
  });
}

function sumsOf(
  values: Float64Array,
  { at, inputs, outputs }: LayerPlace,
  weights: ArrayLike<number>,
): Float64Array {
  const rows = values.length / inputs;
  const sums = new Float64Array(rows * outputs);
  const bias = at + inputs * outputs;
  for (let row = 0; row < rows; row += 1) {
    const start = row * outputs;
    for (let unit = 0; unit < outputs; unit += 1)
      sums[start + unit] = weights[bias + unit] as number;
    for (let from = 0; from < inputs; from += 1) {
      const value = values[row * inputs + from] as number;
      const first = at + from * outputs;
      for (let unit = 0; unit < outputs; unit += 1) {
        const sum = sums[start + unit] as number;
        sums[start + unit] = sum + value * (weights[first + unit] as number);
      }
    }
  }
  return sums;
}

function activated(sums: Float64Array, { activation }: DenseLayer): Float64Array {
  if (activation === 'tanh') return sums.map(Math.tanh);
  return activation === 'relu' ? sums.map((sum) => Math.max(0, sum)) : sums;
}
