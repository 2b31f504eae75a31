import type { LstmWeights } from './lstm-state.ts';
import { sigmoid, tanh } from './squash.ts';

/**
 * One LSTM step after another on one sequence (Hochreiter and Schmidhuber,
 * 1997, with a forget gate), then a softmax, in plain arithmetic. A step costs
 * 4 × hidden² multiplications; a one-hot input is one row of the kernel.
 */
export class LstmCell {
  readonly hidden: number;
  readonly columns: number;
  readonly #input: Float64Array;
  /** What each unit of the state adds to the sums of the gates. */
  readonly #recurrent: readonly Float64Array[];
  readonly #bias: Float64Array;
  /** What each unit of the state adds to the logits. */
  readonly #output: readonly Float64Array[];
  readonly #outputBias: Float64Array;
  readonly #state: Float64Array;
  readonly #cell: Float64Array;
  readonly #sums: Float64Array;

  constructor(weights: LstmWeights) {
    this.columns = weights.outputBias.length;
    this.hidden = weights.bias.length / 4;
    this.#input = Float64Array.from(weights.input);
    this.#recurrent = rowsOf(weights.recurrent, weights.bias.length);
    this.#bias = Float64Array.from(weights.bias);
    this.#output = rowsOf(weights.output, this.columns);
    this.#outputBias = Float64Array.from(weights.outputBias);
    this.#state = new Float64Array(this.hidden);
    this.#cell = new Float64Array(this.hidden);
    this.#sums = new Float64Array(4 * this.hidden);
  }

  reset(): void {
    this.#state.fill(0);
    this.#cell.fill(0);
  }

  step(column: number): void {
    const { hidden } = this;
    const gates = 4 * hidden;
    const sums = this.#sums;
    const row = column * gates;
    for (let gate = 0; gate < gates; gate += 1) {
      sums[gate] = (this.#bias[gate] as number) + (this.#input[row + gate] as number);
    }
    for (let from = 0; from < hidden; from += 1) {
      const value = this.#state[from] as number;
      if (value !== 0) addScaled(sums, value, this.#recurrent[from] as Float64Array);
    }
    for (let unit = 0; unit < hidden; unit += 1) {
      const input = sigmoid(sums[unit] as number);
      const forget = sigmoid(sums[hidden + unit] as number);
      const fresh = tanh(sums[2 * hidden + unit] as number);
      const cell = forget * (this.#cell[unit] as number) + input * fresh;
      this.#cell[unit] = cell;
      this.#state[unit] = sigmoid(sums[3 * hidden + unit] as number) * tanh(cell);
    }
  }

  /** −ln p of each column as the next one, in nats; finite. */
  surprisals(): Float64Array {
    const logits = Float64Array.from(this.#outputBias);
    for (let from = 0; from < this.hidden; from += 1) {
      addScaled(logits, this.#state[from] as number, this.#output[from] as Float64Array);
    }
    let largest = -Infinity;
    for (const logit of logits) if (logit > largest) largest = logit;
    let sum = 0;
    for (const logit of logits) sum += Math.exp(logit - largest);
    const total = largest + Math.log(sum);
    for (let at = 0; at < logits.length; at += 1) logits[at] = total - (logits[at] as number);
    return logits;
  }
}

function rowsOf(values: Float32Array, columns: number): readonly Float64Array[] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    Float64Array.from(values.subarray(row * columns, (row + 1) * columns)),
  );
}

function addScaled(sums: Float64Array, factor: number, row: Float64Array): void {
  for (let at = 0; at < sums.length; at += 1) {
    sums[at] = (sums[at] as number) + factor * (row[at] as number);
  }
}
