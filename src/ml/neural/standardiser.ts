import type { Matrix } from '../matrix.ts';

/** What makes a column's numbers comparable with another's. Plain data. */
export interface Standard {
  readonly mean: Float64Array;
  /** Never 0. */
  readonly scale: Float64Array;
}

/** Standardised numbers beyond this are taken for this. */
export const FAR = 1e6;

/** How far a column that never changed must move, as a part of its value, to be one standard deviation off. */
const CONSTANT_SHARE = 1e-3;

/** Mean and standard deviation of each column; numbers up to the largest double do not overflow. */
export function standardOf({ rows, columns, values }: Matrix): Standard {
  const mean = new Float64Array(columns);
  const scale = new Float64Array(columns).fill(1);
  for (let column = 0; column < columns; column += 1) {
    let largest = 0;
    for (let at = column; at < values.length; at += columns) {
      largest = Math.max(largest, Math.abs(values[at] as number));
    }
    if (largest === 0) continue;
    let sum = 0;
    for (let at = column; at < values.length; at += columns)
      sum += (values[at] as number) / largest;
    const middle = sum / rows;
    let squares = 0;
    for (let at = column; at < values.length; at += columns) {
      const off = (values[at] as number) / largest - middle;
      squares += off * off;
    }
    const deviation = Math.sqrt(squares / rows);
    mean[column] = middle * largest;
    // Below this a deviation is rounding, not data.
    const spread = deviation > 1e-12 ? deviation * largest : largest * CONSTANT_SHARE;
    scale[column] = spread > 0 ? spread : 1;
  }
  return { mean, scale };
}

/** 1 / scale of each column, finite. */
export function inverseOf(scale: Float64Array): Float64Array {
  return scale.map((one) => Math.min(1 / one, Number.MAX_VALUE));
}

/** One number in standard deviations from its column's mean, within ±`FAR`. */
export function standardised(value: number, mean: number, inverse: number): number {
  // Halves, so that the difference of two opposite numbers near the largest double stays finite.
  const off = (value * 0.5 - mean * 0.5) * inverse;
  return off > FAR / 2 ? FAR : off < -FAR / 2 ? -FAR : 2 * off;
}
