import { WatchkeeperError } from '../../core/errors.ts';
import { invalidSnapshot } from '../model.ts';
import type { ModelSnapshot } from '../model.ts';
import {
  COLUMN_STATE,
  columnsValid,
  priorOf,
  SCALER_KINDS,
  summaryOf,
  take,
} from './scaler-columns.ts';
import type { ScalerKind, Summary } from './scaler-columns.ts';

/** What is typical of the fleet, per column: see `Summary`. Plain data. */
export type ScalerPrior = readonly Summary[];

export interface ScalerOptions {
  /**
   * `standard`: mean and deviation; `robust`: median and scaled median absolute
   * deviation; `minmax`: least and greatest.
   * @default robust
   */
  readonly kind: ScalerKind;
  /** How many rows of the subject's own weigh as much as the fleet. @default 60 */
  readonly priorWeight: number;
}

/** One subject's scaler as plain data. */
export interface ScalerState {
  readonly kind: ScalerKind;
  readonly priorWeight: number;
  readonly columns: number;
  readonly prior: ScalerPrior;
  /** `COLUMN_STATE[kind]` numbers per column. */
  readonly values: Float64Array;
}

/**
 * Brings the columns of one subject's rows to a common scale. What the subject
 * showed so far is drawn towards the fleet's prior with the weight of
 * `priorWeight` rows (empirical Bayes), so that the first row of a new subject
 * is scaled as the fleet's rows are. Cost: O(columns) per row; `robust` keeps
 * a histogram of 16 bins per column (280 bytes), the others 24 bytes.
 */
export interface Scaler {
  readonly columns: number;
  /** Learns one row. @throws MODEL_INPUT when it has another width or holds a number that is not finite. */
  observe(row: Float64Array): void;
  /** Writes the scaled row: finite, within ±1e6; 0 for a column that has no spread. `out` may be `row`. */
  scale(row: Float64Array, out: Float64Array): void;
  /** What the subject alone shows, for the fleet's prior; `undefined` before the first row. */
  summary(): readonly Summary[] | undefined;
  snapshot(): ModelSnapshot;
}

const DEFAULTS: ScalerOptions = { kind: 'robust', priorWeight: 60 };
const VERSION = 1;

/** A new subject's scaler. Without a prior nothing is known before its first row, and rows scale to 0. */
export function createScaler(
  columns: number,
  options: Partial<ScalerOptions> = {},
  prior: ScalerPrior = [],
): Scaler {
  const { kind, priorWeight } = { ...DEFAULTS, ...options };
  const values = new Float64Array(columns * COLUMN_STATE[kind]);
  return scalerOf({ kind, priorWeight, columns, prior, values });
}

/** Inverse of `snapshot`: every later row is scaled bit-equally. @throws MODEL_INVALID */
export function restoreScaler(snapshot: ModelSnapshot): Scaler {
  if (snapshot.kind !== 'scaler') throw invalidSnapshot('scaler', 'its kind differs');
  if (snapshot.version !== VERSION) throw invalidSnapshot('scaler', 'its version differs');
  const state = snapshot.state as ScalerState;
  const fault = faultOf(state);
  if (fault !== undefined) throw invalidSnapshot('scaler', fault);
  return scalerOf({
    kind: state.kind,
    priorWeight: state.priorWeight,
    columns: state.columns,
    prior: state.prior.map(({ low, center, spread, high }) => ({ low, center, spread, high })),
    values: Float64Array.from(state.values),
  });
}

/**
 * The fleet's prior out of scalers of its subjects: per column the median of
 * the subjects' centres, and a spread of what lies within a subject and
 * between subjects. `[]` when none has seen a row.
 */
export function fleetPrior(scalers: readonly Scaler[]): ScalerPrior {
  const summaries = scalers.map((scaler) => scaler.summary()).filter((one) => one !== undefined);
  const columns = summaries[0]?.length ?? 0;
  return Array.from({ length: columns }, (_, column) =>
    priorOf(summaries.map((summary) => summary[column]).filter((one) => one !== undefined)),
  );
}

function scalerOf(state: ScalerState): Scaler {
  const { kind, columns, values, prior, priorWeight } = state;
  const width = COLUMN_STATE[kind];
  return {
    columns,
    observe(row) {
      requireRow(row, columns);
      for (let column = 0; column < columns; column += 1) {
        take(kind, values.subarray(column * width, (column + 1) * width), row[column] as number);
      }
    },
    scale(row, out) {
      requireRow(row, columns);
      for (let column = 0; column < columns; column += 1) {
        const own = summaryOf(kind, values.subarray(column * width, (column + 1) * width));
        out[column] = scaled(kind, row[column] as number, blended(own, prior[column], priorWeight));
      }
    },
    summary() {
      const own = Array.from({ length: columns }, (_, column) =>
        summaryOf(kind, values.subarray(column * width, (column + 1) * width)),
      ).filter((one) => one !== undefined);
      return own.length === columns && columns > 0 ? own.map(({ summary }) => summary) : undefined;
    },
    snapshot: () => ({
      kind: 'scaler',
      version: VERSION,
      state: { ...state, values: values.slice() } satisfies ScalerState,
    }),
  };
}

type Own = { readonly count: number; readonly summary: Summary } | undefined;

function blended(own: Own, prior: Summary | undefined, priorWeight: number): Summary | undefined {
  if (own === undefined || prior === undefined) return own?.summary ?? prior;
  const share = own.count / (own.count + priorWeight);
  const mix = (mine: number, theirs: number): number => theirs + share * (mine - theirs);
  const { summary } = own;
  return {
    low: mix(summary.low, prior.low),
    center: mix(summary.center, prior.center),
    spread: mix(summary.spread, prior.spread),
    high: mix(summary.high, prior.high),
  };
}

const LIMIT = 1e6;

function scaled(kind: ScalerKind, value: number, summary: Summary | undefined): number {
  if (summary === undefined) return 0;
  const origin = kind === 'minmax' ? summary.low : summary.center;
  const unit = kind === 'minmax' ? summary.high - summary.low : summary.spread;
  // Below this share of the values' size, differences are rounding.
  if (!(unit > Math.abs(origin) * 1e-12)) return 0;
  return Math.max(-LIMIT, Math.min(LIMIT, (value - origin) / unit));
}

function requireRow(row: Float64Array, columns: number): void {
  let sum = row.length === columns ? 0 : Number.NaN;
  for (let column = 0; column < columns; column += 1) {
    const value = row[column] as number;
    sum += value - value;
  }
  if (sum === 0) return;
  throw new WatchkeeperError('MODEL_INPUT', `A row of ${columns} finite numbers is needed.`, {
    fix: 'Use the features version that the scaler was made for, and fill missing values.',
  });
}

function faultOf(state: ScalerState | null | undefined): string | undefined {
  if (typeof state !== 'object' || state === null) return 'it holds no state';
  if (!SCALER_KINDS.includes(state.kind)) return 'its scale is unknown';
  if (!(Number.isFinite(state.priorWeight) && state.priorWeight >= 0)) return 'its weight is wrong';
  if (!Number.isInteger(state.columns) || state.columns < 0) return 'its columns are wrong';
  if (!(state.values instanceof Float64Array)) return 'it holds no numbers';
  if (state.values.length !== state.columns * COLUMN_STATE[state.kind]) return 'it is cut off';
  if (!state.values.every(Number.isFinite)) return 'a number is not finite';
  if (!columnsValid(state.kind, state.values)) return 'a column is damaged';
  if (!Array.isArray(state.prior) || !state.prior.every(isSummary)) return 'its prior is wrong';
  return undefined;
}

function isSummary(data: unknown): data is Summary {
  if (typeof data !== 'object' || data === null) return false;
  const { low, center, spread, high } = data as Summary;
  return [low, center, spread, high].every(Number.isFinite);
}
