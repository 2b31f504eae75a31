import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { Random } from '../../../src/core/random.ts';
import { asMatrix } from '../../../src/ml/matrix.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import { pickRows, sampleRows, shufflePrefix } from '../../../src/ml/tabular/rows.ts';

/** As in ADBench: of larger sets so many rows are drawn. */
const MAX_ROWS = 10_000;
const TEST_SHARE = 0.3;

export interface AdSet {
  readonly name: string;
  readonly samples: Matrix;
  /** 1 = outlier. */
  readonly labels: Uint8Array;
}

/** What is learned from, outliers and all, and what is scored. */
export interface AdSplit {
  readonly train: Matrix;
  readonly test: Matrix;
  readonly labels: Uint8Array;
}

interface MetaEntry {
  readonly name: string;
  readonly rows: number;
  readonly dims: number;
}

/** The sets of `meta.json` whose files are in the folder, one at a time. */
export function* readAdSets(folder: string): Generator<AdSet> {
  const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as readonly MetaEntry[];
  for (const { name, rows, dims } of meta) {
    const paths = [`${name}.f32.gz`, `${name}.label.u8.gz`].map((file) => join(folder, file));
    if (!paths.every((path) => existsSync(path))) continue;
    const [numbers, labels] = paths.map((path) => gunzipSync(readFileSync(path)));
    if (numbers?.length !== rows * dims * 4 || labels?.length !== rows) {
      throw new Error(`${name} does not hold the ${rows} rows of ${dims} that meta.json says.`);
    }
    const floats = new Float32Array(
      numbers.buffer.slice(numbers.byteOffset, numbers.byteOffset + numbers.length),
    );
    yield {
      name,
      samples: asMatrix(Float64Array.from(floats), dims),
      labels: Uint8Array.from(labels),
    };
  }
}

/**
 * 70 % to learn from and 30 % to score, each with its share of the outliers,
 * in random order; `undefined` when the rows drawn hold too few outliers.
 */
export function splitAdSet({ samples, labels }: AdSet, seed: number): AdSplit | undefined {
  const random = new Random(seed, 'adbench split');
  const drawn = sampleRows(samples.rows, MAX_ROWS, random);
  const train: number[] = [];
  const test: number[] = [];
  for (const kind of [0, 1]) {
    const rows = drawn.filter((row) => (labels[row] as number) > 0 === (kind === 1));
    if (rows.length === 0) return undefined;
    shufflePrefix(rows, rows.length, random);
    const tested = Math.max(1, Math.round(rows.length * TEST_SHARE));
    test.push(...rows.subarray(0, tested));
    train.push(...rows.subarray(tested));
  }
  const order = Uint32Array.from(train);
  shufflePrefix(order, order.length, random);
  return {
    train: pickRows(samples, order),
    test: pickRows(samples, Uint32Array.from(test)),
    labels: Uint8Array.from(test, (row) => labels[row] as number),
  };
}
