import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import type { Matrix } from '../../../src/ml/matrix.ts';
import type { MlContext } from './part.ts';

const FOLDER = 'telemetry';
const TEST = '_test.f32.gz';

/** One machine or server: rows in time order, one label per test row. */
export interface Machine {
  readonly name: string;
  readonly train: Matrix;
  readonly test: Matrix;
  readonly labels: Uint8Array;
}

/** The machines whose names begin with `prefix`, one after the other; those without all three files are left out. */
export function* machines(context: MlContext, prefix: string): Generator<Machine> {
  const folder = context.find(FOLDER);
  if (folder === undefined) return;
  const names = readdirSync(folder)
    .filter((file) => file.startsWith(prefix) && file.endsWith(TEST))
    .map((file) => file.slice(0, -TEST.length))
    .sort();
  for (const name of names) {
    const train = context.findTraining(`${FOLDER}/${name}_train.f32.gz`);
    const label = context.find(`${FOLDER}/${name}_label.u8.gz`);
    if (train === undefined || label === undefined) continue;
    const labels = new Uint8Array(gunzipSync(readFileSync(label)));
    const test = doubles(join(folder, `${name}${TEST}`));
    const columns = test.length / labels.length;
    yield { name, labels, test: rowsOf(test, columns), train: rowsOf(doubles(train), columns) };
  }
}

function rowsOf(values: Float64Array, columns: number): Matrix {
  return { rows: values.length / columns, columns, values };
}

/** Little-endian float32, as doubles. */
function doubles(path: string): Float64Array {
  const bytes = gunzipSync(readFileSync(path));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.byteLength / 4 }, (_, index) =>
    view.getFloat32(index * 4, true),
  );
}
