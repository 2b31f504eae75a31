import type { Matrix } from '../matrix.ts';

import type { StateReader } from './state-reader.ts';

/** Largest scaled value: squared differences, summed over 4,096 columns, stay finite. */
export const SCALED_LIMIT = 1e150;
/** Columns that reach beyond this are multiplied by 2^-600 first, so that sums and differences stay finite. */
const HUGE = 1e140;
const SHRINK = 2 ** -600;
/** Interquartile range of the standard normal distribution. */
const NORMAL_IQR = 1.348_979_500_392_163;

/**
 * How columns become comparable before distances are taken:
 * - `none`: as they are;
 * - `standard`: less the mean, by the standard deviation (1 where that is 0), as scikit-learn's StandardScaler;
 * - `robust`: less the median, by the interquartile range in units of a normal
 *   deviation; by the standard deviation where more than half are equal;
 * - `compressed`: the inverse hyperbolic sine of the robust value, which is
 *   even near the median and logarithmic far from it, so that one column with a
 *   heavy tail does not drown the others.
 */
export const SCALINGS = ['none', 'standard', 'robust', 'compressed'] as const;
export type Scaling = (typeof SCALINGS)[number];

/** Per column: `(value × shrink − centre) / scale`, held within ±10¹⁵⁰, compressed if asked. */
export class ColumnScale {
  readonly columns: number;
  readonly #scaling: Scaling;
  readonly #shrink: Float64Array;
  readonly #centre: Float64Array;
  readonly #scale: Float64Array;

  private constructor(scaling: Scaling, { shrink, centre, scale }: Columns) {
    this.#scaling = scaling;
    this.columns = centre.length;
    this.#shrink = shrink;
    this.#centre = centre;
    this.#scale = scale;
  }

  /** Learns from at least one finite row. O(rows × columns), times log rows when robust. */
  static fit({ rows, columns, values }: Matrix, scaling: Scaling): ColumnScale {
    const shrink = new Float64Array(columns).fill(1);
    const centre = new Float64Array(columns);
    const scale = new Float64Array(columns).fill(1);
    const column = new Float64Array(rows);
    for (let index = 0; index < columns; index += 1) {
      let extreme = 0;
      for (let row = 0; row < rows; row += 1) {
        const value = values[row * columns + index] as number;
        column[row] = value;
        extreme = Math.max(extreme, Math.abs(value));
      }
      if (scaling === 'none') continue;
      if (extreme > HUGE) {
        shrink[index] = SHRINK;
        for (let row = 0; row < rows; row += 1) column[row] = (column[row] as number) * SHRINK;
      }
      const spread = scaling === 'standard' ? standardSpread(column) : robustSpread(column);
      centre[index] = spread.centre;
      scale[index] = spread.scale;
    }
    return new ColumnScale(scaling, { shrink, centre, scale });
  }

  static read(reader: StateReader, columns: number): ColumnScale {
    const scaling = SCALINGS[
      reader.number('scaling', { min: 0, max: SCALINGS.length - 1, isWhole: true })
    ] as Scaling;
    const positive = { min: Number.MIN_VALUE, max: Number.MAX_VALUE };
    return new ColumnScale(scaling, {
      shrink: reader.floats('shrink', { length: columns, bounds: { min: SHRINK, max: 1 } }),
      centre: reader.floats('centre', { length: columns }),
      scale: reader.floats('scale', { length: columns, bounds: positive }),
    });
  }

  /** Plain data that `read` takes. */
  state(): unknown {
    return {
      scaling: SCALINGS.indexOf(this.#scaling),
      shrink: this.#shrink.slice(),
      centre: this.#centre.slice(),
      scale: this.#scale.slice(),
    };
  }

  /** A scaled copy. */
  apply(matrix: Matrix): Matrix {
    const { rows, columns, values } = matrix;
    const scaled = new Float64Array(values.length);
    for (let row = 0; row < rows; row += 1) {
      const start = row * columns;
      for (let column = 0; column < columns; column += 1) {
        const shrunk = (values[start + column] as number) * (this.#shrink[column] as number);
        const value = (shrunk - (this.#centre[column] as number)) / (this.#scale[column] as number);
        scaled[start + column] =
          value > SCALED_LIMIT ? SCALED_LIMIT : value < -SCALED_LIMIT ? -SCALED_LIMIT : value;
      }
    }
    if (this.#scaling === 'compressed') compress(scaled);
    return { rows, columns, values: scaled };
  }
}

interface Columns {
  readonly shrink: Float64Array;
  readonly centre: Float64Array;
  readonly scale: Float64Array;
}

function compress(values: Float64Array): void {
  for (let index = 0; index < values.length; index += 1) {
    values[index] = Math.asinh(values[index] as number);
  }
}

interface Spread {
  readonly centre: number;
  readonly scale: number;
}

/** Of numbers of at most 10¹⁴⁰. The deviation of numbers that differ by rounding alone counts as 0. */
function standardSpread(numbers: Float64Array): Spread {
  let mean = 0;
  for (let index = 0; index < numbers.length; index += 1) {
    mean += ((numbers[index] as number) - mean) / (index + 1);
  }
  let squares = 0;
  for (const value of numbers) squares += (value - mean) ** 2;
  const deviation = Math.sqrt(squares / numbers.length);
  const isConstant = !(deviation > 10 * Number.EPSILON * Math.abs(mean));
  return { centre: mean, scale: isConstant ? 1 : deviation };
}

function robustSpread(numbers: Float64Array): Spread {
  const sorted = numbers.slice().sort();
  const range = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const centre = quantile(sorted, 0.5);
  const scale = range / NORMAL_IQR;
  const isConstant = !(scale > 10 * Number.EPSILON * Math.abs(centre));
  return { centre, scale: isConstant ? standardSpread(numbers).scale : scale };
}

/** Interpolated between the two nearest of `sorted`, which is not empty. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (place - below);
}
