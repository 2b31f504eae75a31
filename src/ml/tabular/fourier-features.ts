import type { Random } from '../../core/random.ts';

import type { StateReader } from './state-reader.ts';

/**
 * Random Fourier features: z(x) = √(2/D) cos(Wx + b) with W normal of variance
 * 2 gamma and b uniform has z(x)·z(y) ≈ exp(−gamma × |x − y|²), with an error of
 * about 1/√D. Rahimi and Recht, "Random Features for Large-Scale Kernel
 * Machines", NIPS 2007.
 */
export class FourierFeatures {
  readonly features: number;
  readonly columns: number;
  readonly #weights: Float64Array;
  readonly #phases: Float64Array;

  private constructor(columns: number, weights: Float64Array, phases: Float64Array) {
    this.features = phases.length;
    this.columns = columns;
    this.#weights = weights;
    this.#phases = phases;
  }

  static draw(
    {
      columns,
      features,
      gamma,
    }: { readonly columns: number; readonly features: number; readonly gamma: number },
    random: Random,
  ): FourierFeatures {
    const deviation = Math.sqrt(2 * gamma);
    const weights = new Float64Array(features * columns);
    for (let index = 0; index < weights.length; index += 1) {
      weights[index] = random.normal(0, deviation);
    }
    const phases = new Float64Array(features);
    for (let index = 0; index < features; index += 1)
      phases[index] = random.between(0, 2 * Math.PI);
    return new FourierFeatures(columns, weights, phases);
  }

  static read(reader: StateReader, columns: number, features: number): FourierFeatures {
    const weights = reader.floats('weights', { length: features * columns });
    const phases = reader.floats('phases', { length: features, bounds: { min: 0, max: 7 } });
    return new FourierFeatures(columns, weights, phases);
  }

  /** Never changed: handed out as they are. */
  state(): { readonly weights: Float64Array; readonly phases: Float64Array } {
    return { weights: this.#weights, phases: this.#phases };
  }

  /** Writes the features of the row that begins at `start`. */
  write(values: Float64Array, start: number, out: Float64Array): void {
    const { features, columns } = this;
    const norm = Math.sqrt(2 / features);
    for (let feature = 0; feature < features; feature += 1) {
      let angle = this.#phases[feature] as number;
      const base = feature * columns;
      for (let column = 0; column < columns; column += 1) {
        angle += (this.#weights[base + column] as number) * (values[start + column] as number);
      }
      out[feature] = norm * Math.cos(angle);
    }
  }
}
