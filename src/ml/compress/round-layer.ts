import type { StepPacker } from './step-packer.ts';
import { symmetricInverse } from './symmetric-inverse.ts';

/** One layer's weights among all: `inputs + 1` rows (the last is the bias) of `outputs` numbers from `at` on. */
export interface LayerPlace {
  readonly at: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** What goes into a layer whose weights before it are rounded already, and what is to come out, row after row. */
export interface LayerSamples {
  readonly rows: number;
  readonly inputs: Float64Array;
  readonly sums: Float64Array;
}

/** How much the weights as trained count beside the samples. */
const DAMPING = 1e-3;
/** Of wider layers each weight is rounded by itself: the inverse would take seconds. */
export const WIDEST = 384;

/**
 * Rounds a layer's weights so that its sums stay what they were: first the
 * weights that give these sums best from the inputs as they are now (least
 * squares), then row after row, each row's error made up for by the rows that
 * are still to come (Hassibi and Stork, 1993; as Frantar et al., 2023, do it
 * for large models). Costs inputs² × (samples + inputs + outputs) multiplications.
 */
export function roundLayer(packer: StepPacker, place: LayerPlace, samples: LayerSamples): void {
  const { inputs, outputs, at } = place;
  if (inputs > WIDEST) {
    for (let index = at; index < at + (inputs + 1) * outputs; index += 1) {
      packer.values[index] = packer.put(index);
    }
    return;
  }
  const { squares, products } = momentsOf(place, samples);
  const damping = damp(squares, inputs + 1);
  const inverse = symmetricInverse(squares, inputs + 1);
  aim({ packer, place, inverse, products, damping });
  for (let row = 0; row <= inputs; row += 1) {
    roundRow(packer, place, { inverse, row });
    leaveOut(inverse, inputs + 1, row);
  }
}

/** Σ x xᵀ and Σ x yᵀ, with 1 as the last input. */
function momentsOf({ inputs, outputs }: LayerPlace, samples: LayerSamples) {
  const size = inputs + 1;
  const squares = new Float64Array(size * size);
  const products = new Float64Array(size * outputs);
  const input = new Float64Array(size).fill(1);
  for (let row = 0; row < samples.rows; row += 1) {
    input.set(samples.inputs.subarray(row * inputs, (row + 1) * inputs));
    for (let unit = 0; unit < size; unit += 1) {
      const value = input[unit] as number;
      if (value === 0) continue;
      addScaled(squares.subarray(unit * size), value, input);
      const sums = samples.sums.subarray(row * outputs, (row + 1) * outputs);
      addScaled(products.subarray(unit * outputs), value, sums);
    }
  }
  return { squares, products };
}

/** Adds `factor × values` to the first numbers of `target`. */
function addScaled(target: Float64Array, factor: number, values: Float64Array): void {
  for (let at = 0; at < values.length; at += 1) {
    target[at] = (target[at] as number) + factor * (values[at] as number);
  }
}

function damp(squares: Float64Array, size: number): number {
  let trace = 0;
  for (let unit = 0; unit < size; unit += 1) trace += squares[unit * size + unit] as number;
  const damping = (DAMPING * trace) / size;
  for (let unit = 0; unit < size; unit += 1) {
    squares[unit * size + unit] = (squares[unit * size + unit] as number) + damping;
  }
  return damping;
}

interface Aim {
  readonly packer: StepPacker;
  readonly place: LayerPlace;
  readonly inverse: Float64Array;
  readonly products: Float64Array;
  readonly damping: number;
}

/** Sets the weights to the solution of least squares, held to what they were by the damping. */
function aim({ packer, place, inverse, products, damping }: Aim): void {
  const { at, inputs, outputs } = place;
  const size = inputs + 1;
  const { values } = packer;
  for (let index = 0; index < products.length; index += 1) {
    products[index] = (products[index] as number) + damping * (values[at + index] as number);
  }
  const row = new Float64Array(outputs);
  for (let unit = 0; unit < size; unit += 1) {
    row.fill(0);
    for (let from = 0; from < size; from += 1) {
      const product = products.subarray(from * outputs, (from + 1) * outputs);
      addScaled(row, inverse[unit * size + from] as number, product);
    }
    values.set(row, at + unit * outputs);
  }
}

/** Rounds one row and moves the later ones so that the sums change least. */
function roundRow(
  packer: StepPacker,
  { at, inputs, outputs }: LayerPlace,
  { inverse, row }: { readonly inverse: Float64Array; readonly row: number },
): void {
  const size = inputs + 1;
  const { values } = packer;
  const own = inverse[row * size + row] as number;
  const errors = new Float64Array(outputs);
  for (let unit = 0; unit < outputs; unit += 1) {
    const index = at + row * outputs + unit;
    const rounded = packer.put(index);
    errors[unit] = ((values[index] as number) - rounded) / own;
    values[index] = rounded;
  }
  for (let later = row + 1; later < size; later += 1) {
    addScaled(
      values.subarray(at + later * outputs),
      -(inverse[later * size + row] as number),
      errors,
    );
  }
}

/** The inverse of the matrix without this row and column, in what is left of it below and to the right. */
function leaveOut(inverse: Float64Array, size: number, row: number): void {
  const own = inverse[row * size + row] as number;
  for (let one = row + 1; one < size; one += 1) {
    const factor = (inverse[one * size + row] as number) / own;
    for (let other = row + 1; other < size; other += 1) {
      inverse[one * size + other] =
        (inverse[one * size + other] as number) - factor * (inverse[row * size + other] as number);
    }
  }
}
