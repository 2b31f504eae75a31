import type { Matrix } from '../matrix.ts';
import type { StateReader } from '../tabular/state-reader.ts';

/** No coordinate counts further than this many units from the middle. */
const CLIP = 20;
/** Of the level that a change is measured from: the row itself weighs half. */
const FOLLOWING = 0.5;

/**
 * Rows in time order as points of twice the width: where each column is, and
 * how it just moved. Positions are in robust deviations from the median (the
 * 1st to 99th percentile are 4), movements in standard deviations; both are
 * clipped at 20. A column that was constant counts 20 when it leaves its value.
 * No unit, shift or factor of a column matters.
 */
export class MotionSpace {
  readonly #middles: Float64Array;
  readonly #units: Float64Array;
  readonly #moves: Float64Array;

  private constructor(middles: Float64Array, units: Float64Array, moves: Float64Array) {
    this.#middles = middles;
    this.#units = units;
    this.#moves = moves;
  }

  get columns(): number {
    return this.#middles.length;
  }

  static fit(samples: Matrix): MotionSpace {
    const { rows, columns } = samples;
    const space = new MotionSpace(
      new Float64Array(columns),
      new Float64Array(columns),
      new Float64Array(columns).fill(1),
    );
    const column = new Float64Array(rows);
    for (let at = 0; at < columns; at += 1) {
      for (let row = 0; row < rows; row += 1) {
        column[row] = samples.values[row * columns + at] as number;
      }
      [space.#middles[at], space.#units[at]] = spreadOf(column);
    }
    const { points } = space.place(samples, undefined);
    for (let at = 0; at < columns; at += 1) {
      let sum = 0;
      for (let row = 0; row < rows; row += 1) {
        sum += (points.values[row * 2 * columns + columns + at] as number) ** 2;
      }
      const deviation = Math.sqrt(sum / Math.max(1, rows));
      space.#moves[at] = deviation > 0 ? deviation : 1;
    }
    return space;
  }

  /** @param level of the row before these; undefined without one. `level` comes back for the next rows. */
  place(samples: Matrix, level: Float64Array | undefined): { points: Matrix; level: Float64Array } {
    const { columns } = this;
    const follows = level?.slice() ?? new Float64Array(columns);
    const points = new Float64Array(samples.rows * 2 * columns);
    for (let row = 0; row < samples.rows; row += 1) {
      const isFirst = level === undefined && row === 0;
      for (let at = 0; at < columns; at += 1) {
        const position = this.#position(samples.values[row * columns + at] as number, at);
        const before = isFirst ? position : (follows[at] as number);
        const now = before + FOLLOWING * (position - before);
        follows[at] = now;
        points[row * 2 * columns + at] = position;
        const move = (position - now) / (this.#moves[at] as number);
        points[row * 2 * columns + columns + at] = Math.max(-CLIP, Math.min(CLIP, move));
      }
    }
    return { points: { rows: samples.rows, columns: 2 * columns, values: points }, level: follows };
  }

  state(): unknown {
    return { middles: this.#middles, units: this.#units, moves: this.#moves };
  }

  /** @throws MODEL_INVALID */
  static read(reader: StateReader, columns: number): MotionSpace {
    const middles = reader.floats('middles', { length: columns });
    const positive = { min: 0, max: Number.MAX_VALUE };
    const units = reader.floats('units', { length: columns, bounds: positive });
    const moves = reader.floats('moves', {
      length: columns,
      bounds: { ...positive, min: Number.MIN_VALUE },
    });
    return new MotionSpace(middles, units, moves);
  }

  #position(value: number, column: number): number {
    const distance = value - (this.#middles[column] as number);
    const unit = this.#units[column] as number;
    if (unit === 0) return CLIP * Math.sign(distance);
    return Math.max(-CLIP, Math.min(CLIP, distance / unit));
  }
}

/** Median, and a quarter of the span from the 1st to the 99th percentile; the standard deviation where that is 0. */
function spreadOf(column: Float64Array): [number, number] {
  const sorted = column.slice().sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
  const middle = at(0.5);
  const unit = at(0.99) / 4 - at(0.01) / 4;
  return [middle, unit > 0 ? unit : deviationFrom(middle, column)];
}

function deviationFrom(middle: number, column: Float64Array): number {
  let largest = 0;
  for (const value of column) largest = Math.max(largest, Math.abs(value - middle));
  if (largest === 0 || largest > 1e307) return Math.min(largest, 1e307);
  let sum = 0;
  for (const value of column) sum += ((value - middle) / largest) ** 2;
  return largest * Math.sqrt(sum / column.length);
}
