import { createHash } from 'node:crypto';

import { WatchkeeperError } from '../../core/errors.ts';

/**
 * A versioned, pure way from a window to a row of numbers: the same code in
 * the stream, in training and in a replay. A model's artefact names the set it
 * was trained on by `hash`.
 */
export interface FeatureSet<Window> {
  readonly name: string;
  /** Grows when a column's meaning changes. */
  readonly version: number;
  readonly columns: readonly string[];
  /** SHA-256, hex, of name, version, columns and the vector of a fixed window (9 digits of each number). */
  readonly hash: string;
  /**
   * Pure. Writes one row of `columns.length` finite numbers into `out`, which
   * may be longer. Missing values are 0 and flagged in a column of their own.
   * @throws MODEL_INPUT when `out` is too short.
   */
  vector(window: Window, out: Float64Array): void;
}

export interface FeatureSetSpec<Window> {
  readonly name: string;
  readonly version: number;
  readonly columns: readonly string[];
  /** A window that fills every column, for the hash. */
  readonly probe: Window;
  /** Writes a row; what is not finite here becomes 0. */
  readonly vector: (window: Window, out: Float64Array) => void;
}

/** No feature is greater: sums of hostile numbers stay finite in what comes after. */
const GREATEST = 1e12;

export function defineFeatureSet<Window>(spec: FeatureSetSpec<Window>): FeatureSet<Window> {
  const { name, version, columns } = spec;
  const vector = (window: Window, out: Float64Array): void => {
    if (out.length < columns.length) throw tooShort(columns.length, out.length);
    spec.vector(window, out);
    for (let index = 0; index < columns.length; index += 1) {
      const value = out[index] as number;
      if (!(value <= GREATEST && value >= -GREATEST)) out[index] = tamed(value);
    }
  };
  const row = new Float64Array(columns.length);
  vector(spec.probe, row);
  return { name, version, columns, hash: hashOf(spec, row), vector };
}

function tamed(value: number): number {
  if (!Number.isFinite(value)) return 0;
  return value > 0 ? GREATEST : -GREATEST;
}

function tooShort(needed: number, given: number): WatchkeeperError {
  return new WatchkeeperError(
    'MODEL_INPUT',
    `A row of ${needed} features does not fit into ${given} numbers.`,
    { fix: 'Give an array as long as the columns.' },
  );
}

function hashOf(
  spec: Pick<FeatureSetSpec<unknown>, 'name' | 'version' | 'columns'>,
  row: Float64Array,
): string {
  const digits = Array.from(row, (value) => value.toPrecision(9));
  return createHash('sha256')
    .update(JSON.stringify([spec.name, spec.version, spec.columns, digits]))
    .digest('hex');
}
