import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Random } from '../../../src/core/random.ts';
import { compressAutoencoder } from '../../../src/ml/compress/compress-model.ts';
import { expanded } from '../../../src/ml/compress/compress.ts';
import { asMatrix, type Matrix } from '../../../src/ml/matrix.ts';
import { autoencoder } from '../../../src/ml/neural/autoencoder.ts';
import type { Trainer } from '../../../src/ml/neural/trainer.ts';
import { curvedRows, withForeignNumbers } from './generated.ts';
import { rocAuc } from './measures.ts';
import type { MlContext, MlFigure } from './part.ts';

/** Rows that models are trained and compared on, and seeds of split and training, which sets take by turns. */
const TRAINING_ROWS = 1_250;
const HELD = 5;
const TEST_ROWS = 4_000;
const SEEDS = 3;
/** Training ends early: what is compared is the same model before and after. */
const EPOCHS = 20;

/** One set of rows, parted: what is learned, held out, and judged. */
export interface Judged {
  readonly learned: Matrix;
  readonly held: Matrix;
  readonly test: Matrix;
  readonly labels: Uint8Array;
}

/** What compressing one model changed. */
export interface CompressionResult {
  readonly set: string;
  readonly seed: number;
  readonly share: number;
  readonly drop: number;
  readonly bits: number;
  readonly prune: number;
}

/** Size and AUC of compressed autoencoders, on generated rows and on all sets below adbench/. */
export async function compressionFigures(
  context: MlContext,
  trainer: Trainer,
): Promise<readonly MlFigure[]> {
  const sets = [{ name: 'generated', read: generated }, ...adbenchSets(context.find('adbench'))];
  const results: CompressionResult[] = [];
  for (const [index, { name, read }] of sets.entries()) {
    context.progress(`throughput-neural: compression, ${name}`);
    const seed = 1 + (index % SEEDS);
    const result = await compressSet({ set: name, judged: read(seed), seed }, trainer);
    if (result !== undefined) results.push(result);
  }
  return figuresOf(results);
}

/** Trains on a set and compresses. `undefined` when its test part holds no anomaly. */
export async function compressSet(
  { set, judged, seed }: { readonly set: string; readonly judged: Judged; readonly seed: number },
  trainer: Trainer,
): Promise<CompressionResult | undefined> {
  const { learned, held, test, labels } = judged;
  if (!labels.includes(1)) return undefined;
  const options = { epochs: EPOCHS };
  const model = await autoencoder.train(learned, { trainer, random: new Random(seed), options });
  const random = new Random(seed, 'compress');
  const { snapshot, ...found } = compressAutoencoder(model, { learned, held }, random);
  const again = autoencoder.restore(expanded(snapshot));
  const drop = rocAuc(model.score(test), labels) - rocAuc(again.score(test), labels);
  return { set, seed, drop, share: found.share, bits: found.bits, prune: found.prune };
}

function figuresOf(results: readonly CompressionResult[]): readonly MlFigure[] {
  const shares = results.map(({ share }) => share);
  const drops = results.map(({ drop }) => drop);
  const mean = (values: readonly number[]): string =>
    (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(4);
  const bits = results.map((result) => result.bits);
  const pruned = results.filter(({ prune }) => prune > 0).length;
  return [
    {
      measure: 'compressed autoencoder: size, largest of all models',
      value: Math.max(...shares),
      role: 'result',
      reach: 0.3,
      lowerIsBetter: true,
      note: `part of the float32 snapshot; ${results.length} models, mean ${mean(shares)}, ${Math.min(...bits)} to ${Math.max(...bits)} bits, ${pruned} pruned`,
    },
    {
      measure: 'compressed autoencoder: AUC drop, largest of all models',
      value: Math.max(...drops),
      role: 'result',
      reach: 0.01,
      lowerIsBetter: true,
      note: `mean ${mean(drops)}; the choice of bits and weights sees no label and no test row`,
    },
  ];
}

function generated(seed: number): Judged {
  const normal = curvedRows(2_000, 16, 100 + seed);
  const odd = withForeignNumbers(normal);
  const values = Float64Array.from([...normal.values, ...odd.values]);
  const labels = new Uint8Array(normal.rows + odd.rows).fill(1, normal.rows);
  const held = curvedRows(250, 16, 200 + seed);
  return { learned: curvedRows(1_000, 16, seed), held, test: asMatrix(values, 16), labels };
}

/** The sets of a folder, by name. */
export function adbenchSets(
  folder: string | undefined,
): readonly { readonly name: string; readonly read: (seed: number) => Judged }[] {
  if (folder === undefined) return [];
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.f32.gz'))
    .map((file) => file.slice(0, -'.f32.gz'.length))
    .sort();
  return names.map((name) => ({ name, read: (seed) => readSet(`${folder}/${name}`, seed) }));
}

function readSet(path: string, seed: number): Judged {
  const labels = new Uint8Array(gunzipSync(readFileSync(`${path}.label.u8.gz`)));
  const bytes = gunzipSync(readFileSync(`${path}.f32.gz`));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const columns = bytes.length / 4 / labels.length;
  const pick = (rows: readonly number[]): Matrix => {
    const values = new Float64Array(rows.length * columns);
    values.forEach((_, at) => {
      const row = rows[Math.floor(at / columns)] as number;
      values[at] = view.getFloat32((row * columns + (at % columns)) * 4, true);
    });
    return asMatrix(values, columns);
  };
  const order = shuffledRows(labels.length, seed);
  const half = Math.floor(order.length * 0.7);
  const training = order.slice(0, Math.min(half, TRAINING_ROWS));
  const test = order.slice(half, half + TEST_ROWS);
  return {
    learned: pick(training.filter((_, at) => at % HELD !== HELD - 1)),
    held: pick(training.filter((_, at) => at % HELD === HELD - 1)),
    test: pick(test),
    labels: Uint8Array.from(test, (row) => labels[row] as number),
  };
}

function shuffledRows(count: number, seed: number): number[] {
  const random = new Random(10 + seed);
  return Array.from({ length: count }, (_, row) => ({ row, key: random.unit() }))
    .sort((one, other) => one.key - other.key)
    .map(({ row }) => row);
}
