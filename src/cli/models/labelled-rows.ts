import { WatchkeeperError } from '../../core/errors.ts';
import { asMatrix, type Matrix } from '../../ml/matrix.ts';

export interface RowOptions {
  /** Names of the columns; all that hold numbers in the first row when left out. */
  readonly columns?: readonly string[];
  /** Column whose value says whether a row is an anomaly. */
  readonly label?: string;
}

/** Numbers by row, as a model takes them. */
export interface LabelledRows {
  readonly columns: readonly string[];
  readonly matrix: Matrix;
  /** 1 for an anomaly, 0 for what is normal; empty without a column of labels. */
  readonly labels: Uint8Array;
  /** Rows left out, because a column held no number or the label could not be read. */
  readonly skipped: number;
}

/** Rows at most: what is kept of a million rows of 50 columns takes 400 MB. */
export const MAX_NUMBERS = 50_000_000;

/** Gathers rows from named values. */
export class RowCollector {
  readonly #label: string | undefined;
  #columns: readonly string[] | undefined;
  #values = new Float64Array(4_096);
  #labels = new Uint8Array(256);
  #rows = 0;
  #skipped = 0;

  constructor({ columns, label }: RowOptions) {
    this.#columns = columns;
    this.#label = label;
  }

  /** @throws TOO_LARGE when there are more than 50 million numbers */
  add(values: Readonly<Record<string, unknown>>): void {
    this.#columns ??= numericColumns(values, this.#label);
    const { length } = this.#columns;
    const start = this.#rows * length;
    if (start + length > MAX_NUMBERS) throw tooMany();
    this.#reserve(start + length);
    for (const [index, column] of this.#columns.entries()) {
      const value = numberOf(values[column]);
      if (value === undefined) return this.#skip();
      this.#values[start + index] = value;
    }
    const label = this.#label === undefined ? 0 : labelOf(values[this.#label]);
    if (label === undefined) return this.#skip();
    this.#labels[this.#rows] = label;
    this.#rows += 1;
  }

  /** @throws MODEL_INPUT when there is no row */
  finish(): LabelledRows {
    const columns = this.#columns ?? [];
    if (this.#rows === 0 || columns.length === 0) throw noRows(columns, this.#skipped);
    return {
      columns,
      matrix: asMatrix(this.#values.slice(0, this.#rows * columns.length), columns.length),
      labels: this.#label === undefined ? new Uint8Array() : this.#labels.slice(0, this.#rows),
      skipped: this.#skipped,
    };
  }

  #skip(): void {
    this.#skipped += 1;
  }

  #reserve(numbers: number): void {
    if (numbers > this.#values.length) {
      const grown = new Float64Array(Math.max(numbers, this.#values.length * 2));
      grown.set(this.#values);
      this.#values = grown;
    }
    if (this.#rows < this.#labels.length) return;
    const grown = new Uint8Array(this.#labels.length * 2);
    grown.set(this.#labels);
    this.#labels = grown;
  }
}

/** The rows of which `keep` is true. */
export function rowsWhere(
  { columns, values, rows }: Matrix,
  keep: (row: number) => boolean,
): Matrix {
  const kept: number[] = [];
  for (let row = 0; row < rows; row += 1) if (keep(row)) kept.push(row);
  const out = new Float64Array(kept.length * columns);
  for (const [index, row] of kept.entries()) {
    out.set(values.subarray(row * columns, (row + 1) * columns), index * columns);
  }
  return { rows: kept.length, columns, values: out };
}

function numericColumns(
  values: Readonly<Record<string, unknown>>,
  label: string | undefined,
): readonly string[] {
  return Object.keys(values).filter(
    (name) => name !== label && !NEVER.has(name) && numberOf(values[name]) !== undefined,
  );
}

/** Numbers that only say when or which. */
const NEVER: ReadonlySet<string> = new Set(['timestamp', 'observed_at', 'lsn', 'ordinal']);

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === ''))
    return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

export function labelOf(value: unknown): number | undefined {
  const text = String(value ?? '')
    .trim()
    .toLowerCase();
  if (['1', 'true', 'yes', 'anomaly', 'outlier', '1.0'].includes(text)) return 1;
  return ['0', 'false', 'no', 'normal', 'inlier', '0.0', ''].includes(text) ? 0 : undefined;
}

function noRows(columns: readonly string[], skipped: number): WatchkeeperError {
  const why = columns.length === 0 ? 'no column holds numbers' : `${skipped} rows lack a number`;
  return new WatchkeeperError('MODEL_INPUT', `There is no row to work on: ${why}.`, {
    fix: 'Name columns of numbers with --columns, and see that each row has them.',
  });
}

function tooMany(): WatchkeeperError {
  return new WatchkeeperError('TOO_LARGE', 'There are more than 50 million numbers.', {
    fix: 'Name fewer --columns, or give a part of the rows.',
  });
}
