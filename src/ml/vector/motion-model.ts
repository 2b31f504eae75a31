import { WatchkeeperError } from '../../core/errors.ts';
import { requireColumns, requireFinite } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { unfitted } from '../model.ts';
import type { Model, ModelKind, ModelSnapshot } from '../model.ts';
import { checkedOptions } from '../tabular/checked-options.ts';
import { StateReader } from '../tabular/state-reader.ts';
import { Ellipsoid } from './ellipsoid.ts';
import { MotionSpace } from './motion-space.ts';
import { NearestPoint, spacedRows } from './nearest-point.ts';

const KIND = 'motion';
const VERSION = 1;
/** Parts of the training rows that are held out in turn to learn what distances are usual. */
const PARTS = 4;
/** Rows scored in each. */
const HELD_OUT = 600;
/** A distance that one training row in a hundred surpasses counts as 1. */
const USUAL = 0.99;

export interface MotionOptions {
  /** Training points kept to be near to, evenly spaced in time, 10 to 20,000. @default 1000 */
  readonly references: number;
  /** Weight of a row in its smoothed score, 0 to 1; 1 does not smooth. @default 0.2 */
  readonly smoothing: number;
  /** Which distances count. @default 'both' */
  readonly distances: 'both' | 'ellipsoid' | 'nearest';
}

const DEFAULTS: MotionOptions = { references: 1000, smoothing: 0.2, distances: 'both' };
const LIMITS = {
  references: { min: 10, max: 20_000, isWhole: true },
  smoothing: { min: 0.001, max: 1 },
  distances: ['both', 'ellipsoid', 'nearest'],
} as const;

/**
 * Metrics of one machine, row after row in time: where they are and how they
 * move (`MotionSpace`), judged by two distances that miss different things,
 * from the ellipsoid of how columns vary together and from the nearest
 * training point, each in units of what training rows held out from it
 * surpass once in a hundred. The root mean square of both is smoothed
 * exponentially, as incidents last, and the row's own added by the same weight.
 */
export const motion: ModelKind<Matrix, MotionOptions> = {
  kind: KIND,
  doc: 'Finds unusual states and movements of many metrics of one machine, in time order: Mahalanobis distance and nearest neighbour over positions and changes, smoothed. O(references × columns) a row, about 60 µs with 38 columns.',
  defaults: DEFAULTS,
  create: (options) => new MotionModel(checkedOptions(DEFAULTS, options, LIMITS)),
  restore: (snapshot) => MotionModel.restore(snapshot),
};

interface Fitted {
  readonly space: MotionSpace;
  readonly ellipsoid: Ellipsoid;
  readonly nearest: NearestPoint;
  /** Usual distances, of the ellipsoid and of the nearest point. */
  readonly usual: Float64Array;
}

/** Where a stream stands: what the next row is seen against. */
interface Position {
  readonly level: Float64Array | undefined;
  readonly smoothed: number | undefined;
}

const START: Position = { level: undefined, smoothed: undefined };

class MotionModel implements Model<Matrix> {
  readonly kind = KIND;
  readonly #options: MotionOptions;
  #fitted: Fitted | undefined;
  #position = START;

  constructor(options: MotionOptions) {
    this.#options = options;
  }

  get bytes(): number {
    if (this.#fitted === undefined) return 0;
    const { columns, values } = this.#fitted.nearest.references;
    return values.byteLength + 4 * columns * columns;
  }

  /** Rows of one machine in time order. The stream begins anew. */
  fit(samples: Matrix): void {
    requireFinite(samples);
    if (samples.rows < 2 || samples.columns < 1) {
      throw new WatchkeeperError('MODEL_INPUT', 'Two rows are the least to learn from.', {
        fix: 'Give more training rows.',
      });
    }
    const space = MotionSpace.fit(samples);
    const { points } = space.place(samples, undefined);
    const ellipsoid = Ellipsoid.fit(points);
    const nearest = new NearestPoint(spacedRows(points, this.#options.references));
    const usual = Float64Array.of(
      usually(ellipsoid, spacedRows(points, PARTS * HELD_OUT)),
      usuallyNearest(points, this.#options.references),
    );
    this.#fitted = { space, ellipsoid, nearest, usual };
    this.#position = START;
  }

  /** Scores of rows that follow those of the last `update`, in order. */
  score(samples: Matrix): Float64Array {
    return this.#follow(samples).scores;
  }

  /** Moves on past these rows; what is usual stays. */
  update(samples: Matrix): void {
    this.#position = this.#follow(samples).position;
  }

  snapshot(): ModelSnapshot {
    const state = { options: { ...this.#options }, ...this.#fittedState() };
    return { kind: KIND, version: VERSION, state };
  }

  /** @throws MODEL_INVALID */
  static restore(snapshot: ModelSnapshot): MotionModel {
    const reader = StateReader.of(snapshot, KIND, VERSION);
    const model = new MotionModel(reader.options(DEFAULTS, LIMITS));
    if (!reader.has('columns')) return model;
    const columns = reader.number('columns', { min: 1, max: 10_000, isWhole: true });
    const rows = reader.number('rows', { min: 1, max: model.#options.references, isWhole: true });
    const width = 2 * columns;
    const values = reader.floats('references', { length: rows * width });
    model.#fitted = {
      space: MotionSpace.read(reader.child('space'), columns),
      ellipsoid: Ellipsoid.read(reader.child('ellipsoid'), width),
      nearest: new NearestPoint({ rows, columns: width, values }),
      usual: reader.floats('usual', { length: 2, bounds: { min: 1e-12, max: 1e12 } }),
    };
    if (reader.has('level')) {
      const level = reader.floats('level', { length: columns, bounds: { min: -1e3, max: 1e3 } });
      model.#position = { level, smoothed: reader.number('smoothed', { min: 0, max: 1e15 }) };
    }
    return model;
  }

  #fittedState(): Readonly<Record<string, unknown>> {
    if (this.#fitted === undefined) return {};
    const { space, ellipsoid, nearest, usual } = this.#fitted;
    const { level, smoothed } = this.#position;
    return {
      columns: space.columns,
      rows: nearest.references.rows,
      space: space.state(),
      ellipsoid: ellipsoid.state(),
      references: nearest.references.values.slice(),
      usual: usual.slice(),
      ...(level === undefined ? {} : { level: level.slice(), smoothed }),
    };
  }

  #follow(samples: Matrix): { scores: Float64Array; position: Position } {
    if (this.#fitted === undefined) throw unfitted(KIND);
    const { space } = this.#fitted;
    requireColumns(requireFinite(samples), space.columns);
    if (samples.rows === 0) return { scores: new Float64Array(0), position: this.#position };
    const { points, level } = space.place(samples, this.#position.level);
    let { smoothed } = this.#position;
    const scores = Float64Array.from({ length: samples.rows }, (_, row) => {
      const raw = this.#distance(points.values, row * points.columns);
      const { smoothing } = this.#options;
      smoothed = smoothed === undefined ? raw : smoothed + smoothing * (raw - smoothed);
      // The row counts once more, so that a single one stands out among those after it.
      return smoothed + smoothing * (raw - smoothed);
    });
    return { scores, position: { level, smoothed } };
  }

  #distance(values: Float64Array, start: number): number {
    const { ellipsoid, nearest, usual } = this.#ready();
    const { distances } = this.#options;
    const one =
      distances === 'nearest' ? 0 : ellipsoid.distance(values, start) / (usual[0] as number);
    const other =
      distances === 'ellipsoid' ? 0 : nearest.distance(values, start) / (usual[1] as number);
    return Math.sqrt((one * one + other * other) / (distances === 'both' ? 2 : 1));
  }

  #ready(): Fitted {
    if (this.#fitted === undefined) throw unfitted(KIND);
    return this.#fitted;
  }
}

interface Distance {
  distance(values: Float64Array, start: number): number;
}

/** Distances of some parts of the training points to references from the others. */
function usuallyNearest(points: Matrix, references: number): number {
  const parts = points.rows >= 2 * PARTS ? PARTS : 1;
  const distances: number[] = [];
  for (let part = 0; part < parts; part += 1) {
    const left = Math.floor((part * points.rows) / parts);
    const right = Math.floor(((part + 1) * points.rows) / parts);
    const gap = parts === 1 ? {} : { left, right };
    const nearest = new NearestPoint(spacedRows(points, references, gap));
    const held = {
      rows: right - left,
      columns: points.columns,
      values: points.values.subarray(left * points.columns, right * points.columns),
    };
    distances.push(...distancesOf(nearest, spacedRows(held, HELD_OUT)));
  }
  return usualOf(distances);
}

function usually(measure: Distance, points: Matrix): number {
  return usualOf(distancesOf(measure, points));
}

function distancesOf(measure: Distance, { rows, columns, values }: Matrix): number[] {
  return Array.from({ length: rows }, (_, row) => measure.distance(values, row * columns));
}

function usualOf(distances: number[]): number {
  const sorted = Float64Array.from(distances).sort();
  const usual = sorted[Math.min(sorted.length - 1, Math.floor(USUAL * sorted.length))] as number;
  return usual > 1e-9 ? usual : 1;
}
