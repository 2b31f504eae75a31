import { tanh } from './squash.ts';

export type Activation = 'linear' | 'relu' | 'tanh';

/** One fully connected layer, as tfjs keeps it: `kernel` is inputs × outputs, row after row. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

interface PreparedLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
  /** Transposed: the weights of one output lie side by side. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  /** `outputs × LANES`: the value of unit u for lane l is at `u × LANES + l`. */
  readonly out: Float64Array;
}

/** Rows that are computed side by side. */
export const LANES = 4;

/**
 * Dense layers one after another, in plain arithmetic. Four rows go through at
 * a time and two units are summed at once, which keeps eight sums in registers
 * and the memory quiet; the order of each sum is the same whatever the number
 * of rows, so a row's result does not depend on its neighbours, bit for bit.
 * Costs about one multiplication per nanosecond; allocates nothing after creation.
 */
export class DenseNetwork {
  readonly #layers: readonly PreparedLayer[];
  /** Fill `inputs × LANES` numbers, unit after unit, before `run`. */
  readonly input: Float64Array;

  /** @param layers at least one; each takes as many numbers as the one before gives. */
  constructor(layers: readonly DenseLayer[]) {
    this.#layers = layers.map(prepare);
    this.input = new Float64Array((layers[0]?.inputs ?? 0) * LANES);
  }

  /** The last layer's values, unit after unit and lane after lane; valid until the next call. */
  run(): Float64Array {
    let values = this.input;
    for (const layer of this.#layers) {
      multiply(layer, values);
      activate(layer);
      values = layer.out;
    }
    return values;
  }
}

function prepare({ inputs, outputs, activation, kernel, bias }: DenseLayer): PreparedLayer {
  const weights = new Float64Array(inputs * outputs);
  for (let from = 0; from < inputs; from += 1) {
    for (let to = 0; to < outputs; to += 1) {
      weights[to * inputs + from] = kernel[from * outputs + to] as number;
    }
  }
  const out = new Float64Array(outputs * LANES);
  return { inputs, outputs, activation, weights, bias: Float64Array.from(bias), out };
}

function multiply({ inputs, outputs, weights, bias, out }: PreparedLayer, x: Float64Array): void {
  // An odd last unit is paired with itself: it is computed twice, to the same value.
  for (let pair = 0; pair < outputs; pair += 2) {
    const second = pair + 1 < outputs ? pair + 1 : pair;
    let a0 = bias[pair] as number;
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = bias[second] as number;
    let b1 = b0;
    let b2 = b0;
    let b3 = b0;
    const at = pair * inputs;
    const other = second * inputs;
    for (let input = 0; input < inputs; input += 1) {
      const weight = weights[at + input] as number;
      const weight2 = weights[other + input] as number;
      const from = input * LANES;
      const x0 = x[from] as number;
      const x1 = x[from + 1] as number;
      a0 += weight * x0;
      a1 += weight * x1;
      a2 += weight * (x[from + 2] as number);
      a3 += weight * (x[from + 3] as number);
      b0 += weight2 * x0;
      b1 += weight2 * x1;
      b2 += weight2 * (x[from + 2] as number);
      b3 += weight2 * (x[from + 3] as number);
    }
    const p = pair * LANES;
    out[p] = a0;
    out[p + 1] = a1;
    out[p + 2] = a2;
    out[p + 3] = a3;
    const q = second * LANES;
    out[q] = b0;
    out[q + 1] = b1;
    out[q + 2] = b2;
    out[q + 3] = b3;
  }
}

function activate({ activation, out }: PreparedLayer): void {
  if (activation === 'tanh') {
    for (let at = 0; at < out.length; at += 1) out[at] = tanh(out[at] as number);
  } else if (activation === 'relu') {
    for (let at = 0; at < out.length; at += 1) {
      if ((out[at] as number) < 0) out[at] = 0;
    }
  }
}
