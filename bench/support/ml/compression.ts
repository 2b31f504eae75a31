import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Random } from '../../../src/core/random.ts';
import { compressed, expanded } from '../../../src/ml/compress/compress.ts';
import { asMatrix, type Matrix } from '../../../src/ml/matrix.ts';
import type { ModelSnapshot } from '../../../src/ml/model.ts';
import { autoencoder } from '../../../src/ml/neural/autoencoder.ts';
import type { Trainer } from '../../../src/ml/neural/trainer.ts';
import { writePlain } from '../../../src/ml/registry/plain-writer.ts';
import { curvedRows, withForeignNumbers } from './generated.ts';
import { rocAuc } from './measures.ts';
import type { MlContext, MlFigure } from './part.ts';

const PRUNED = [0, 0.5] as const;
/** Sets of rows that take part, at most; the first by name. */
const SETS = 4;
const TRAINING_ROWS = 1_000;

interface Judged {
  readonly training: Matrix;
  readonly test: Matrix;
  readonly labels: Uint8Array;
}

/** Size and AUC of compressed autoencoders, on generated rows and on the sets below adbench/. */
export async function compressionFigures(
  context: MlContext,
  trainer: Trainer,
): Promise<readonly MlFigure[]> {
  const sets = [{ name: 'generated', ...generated() }, ...adbench(context)];
  const drops = PRUNED.map((): number[] => []);
  const sizes = PRUNED.map((): number[] => []);
  for (const { name, training, test, labels } of sets) {
    context.progress(`throughput-neural: compression, ${name}`);
    let full = { auc: 0, bytes: 0 };
    for (const [index, prune] of PRUNED.entries()) {
      const options = { epochs: 20, prune };
      const model = await autoencoder.train(training, { trainer, random: new Random(1), options });
      const whole = model.snapshot();
      if (index === 0) full = { auc: rocAuc(model.score(test), labels), bytes: sizeOf(whole) };
      const small = compressed(whole);
      const again = autoencoder.restore(expanded(small));
      drops[index]?.push(full.auc - rocAuc(again.score(test), labels));
      sizes[index]?.push(sizeOf(small) / full.bytes);
    }
  }
  return PRUNED.flatMap((prune, index) => figuresOf(prune, drops[index] ?? [], sizes[index] ?? []));
}

function figuresOf(
  prune: number,
  drops: readonly number[],
  sizes: readonly number[],
): readonly MlFigure[] {
  const name = `autoencoder as int8${prune === 0 ? '' : `, ${prune * 100} % pruned`}`;
  return [
    {
      measure: `${name}: size, largest of the sets`,
      value: Math.max(...sizes),
      role: 'result',
      reach: 0.3,
      lowerIsBetter: true,
      note: `part of the float32 snapshot; ${sizes.length} sets, ${Math.min(...sizes).toFixed(2)} at best`,
    },
    {
      measure: `${name}: AUC drop, mean`,
      value: drops.reduce((sum, drop) => sum + drop, 0) / drops.length,
      role: 'result',
      reach: 0.01,
      lowerIsBetter: true,
      note: `largest ${Math.max(...drops).toFixed(4)}`,
    },
  ];
}

function sizeOf(snapshot: ModelSnapshot): number {
  return writePlain(snapshot).length;
}

function generated(): Judged {
  const normal = curvedRows(2_000, 16, 3);
  const odd = withForeignNumbers(normal);
  const values = Float64Array.from([...normal.values, ...odd.values]);
  const labels = new Uint8Array(normal.rows + odd.rows).fill(1, normal.rows);
  return { training: curvedRows(TRAINING_ROWS, 16), test: asMatrix(values, 16), labels };
}

function adbench(context: MlContext): readonly (Judged & { readonly name: string })[] {
  const folder = context.find('adbench');
  if (folder === undefined) return [];
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.f32.gz'))
    .map((file) => file.slice(0, -'.f32.gz'.length))
    .sort();
  const sets = names.map((name) => ({ name, ...readSet(`${folder}/${name}`) }));
  // A model of few columns is mostly names and scales, and small in any case.
  return sets.filter(({ training }) => training.columns >= 16).slice(0, SETS);
}

function readSet(path: string): Judged {
  const labels = new Uint8Array(gunzipSync(readFileSync(`${path}.label.u8.gz`)));
  const bytes = gunzipSync(readFileSync(`${path}.f32.gz`));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Float64Array.from({ length: bytes.length / 4 }, (_, at) =>
    view.getFloat32(at * 4, true),
  );
  const columns = values.length / labels.length;
  const order = shuffledRows(labels.length);
  const half = Math.floor(order.length * 0.7);
  const pick = (rows: readonly number[]): Matrix =>
    asMatrix(
      Float64Array.from(
        rows.flatMap((row) => [...values.subarray(row * columns, (row + 1) * columns)]),
      ),
      columns,
    );
  const test = order.slice(half, half + 4_000);
  return {
    training: pick(order.slice(0, Math.min(half, TRAINING_ROWS))),
    test: pick(test),
    labels: Uint8Array.from(test, (row) => labels[row] as number),
  };
}

function shuffledRows(count: number): number[] {
  const random = new Random(11);
  return Array.from({ length: count }, (_, row) => ({ row, key: random.unit() }))
    .sort((one, other) => one.key - other.key)
    .map(({ row }) => row);
}
