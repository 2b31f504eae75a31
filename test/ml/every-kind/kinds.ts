import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Random } from '../../../src/core/random.ts';
import { projectRoot } from '../../../src/core/root.ts';
import { asMatrix } from '../../../src/ml/matrix.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import type { Model, ModelKind, ModelSnapshot } from '../../../src/ml/model.ts';
import type { NeuralKind } from '../../../src/ml/neural/neural-kind.ts';
import { MODEL_KINDS } from '../../../src/ml/registry/model-kinds.ts';
import type { Sequences } from '../../../src/ml/sequences/sequence-model.ts';
import type { SeriesModelKind } from '../../../src/ml/series/series-model.ts';
import { QUICK, wasmTrainer } from '../neural/support.ts';
import { sessions } from '../neural/sessions.ts';

/** Columns of every row here: as the personal context takes them, and as good as any others. */
export const COLUMNS = 4;
const START = 1_700_000_000_000;

export type RowsKind = ModelKind<Matrix, object>;
export type SessionsKind = ModelKind<Sequences, object>;

/** Every kind that some file below src/ml exports, found by what it looks like. */
export interface FoundKinds {
  readonly rows: readonly RowsKind[];
  readonly sessions: readonly SessionsKind[];
  readonly series: readonly SeriesModelKind[];
  /** Names of exported functions that restore something, with their folders. */
  readonly restorers: readonly string[];
}

export async function findKinds(): Promise<FoundKinds> {
  const found = new Map<string, ModelKind<unknown, object>>();
  const restorers = new Set<string>();
  for (const file of filesBelow(join(projectRoot(), 'src', 'ml'))) {
    const exported = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
    for (const [name, value] of Object.entries(exported)) {
      if (isKind(value)) found.set(value.kind, value);
      if (/^restore[A-Z]/.test(name)) restorers.add(name);
    }
  }
  const taking = (takes: 'rows' | 'sessions') =>
    [...found.values()].filter(({ kind }) => MODEL_KINDS.get(kind)?.takes === takes);
  const rest = [...found.values()].filter(({ kind }) => !MODEL_KINDS.has(kind));
  return {
    rows: taking('rows') as RowsKind[],
    sessions: taking('sessions') as SessionsKind[],
    series: rest as unknown as SeriesModelKind[],
    restorers: [...restorers],
  };
}

/** Rows of one wearer in order of time: time, heart rate, steps, intensity. */
export function rowsOf(count: number, seed: number): Matrix {
  const random = new Random(seed, 'every kind');
  const values = new Float64Array(count * COLUMNS);
  let level = 70;
  for (let row = 0; row < count; row += 1) {
    level += random.normal(0, 2) + 0.05 * (70 - level);
    const steps = random.chance(0.2) ? random.integer(20, 110) : 0;
    const rate = Math.round(level + steps / 4) + (random.chance(0.02) ? 40 : 0);
    values.set([START + row * 60_000, rate, steps, steps > 60 ? 2 : steps > 0 ? 1 : 0], row * 4);
  }
  return asMatrix(values, COLUMNS);
}

export function part(matrix: Matrix, from: number, to: number): Matrix {
  const { columns, values } = matrix;
  return { rows: to - from, columns, values: values.slice(from * columns, to * columns) };
}

/** Snapshots of models of each kind that have learned; neural ones are trained shortly. */
export async function learned(kinds: FoundKinds): Promise<ReadonlyMap<string, ModelSnapshot>> {
  const trainer = wasmTrainer();
  const snapshots = new Map<string, ModelSnapshot>();
  try {
    const learn = async <Samples>(
      kind: ModelKind<Samples, object>,
      samples: Samples,
    ): Promise<void> => {
      const random = new Random(3, kind.kind);
      let model: Model<Samples>;
      if (isNeural(kind)) {
        const options = kind.kind === 'autoencoder' ? { ...QUICK, epochs: 1 } : { epochs: 1 };
        model = await kind.train(samples, { trainer, random, options });
      } else {
        model = kind.create({}, random);
        model.fit(samples);
      }
      snapshots.set(kind.kind, model.snapshot());
    };
    for (const kind of kinds.rows) await learn(kind, rowsOf(240, 1));
    for (const kind of kinds.sessions) await learn(kind, sessions(60, 1));
  } finally {
    await trainer.close();
  }
  return snapshots;
}

export function isNeural<Samples>(
  kind: ModelKind<Samples, object>,
): kind is NeuralKind<Samples, object> {
  return 'train' in kind;
}

/** But for what runs by itself when it is imported. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.worker\.ts$|worker-process/.test(name))
    .map((name) => join(folder, name));
}

function isKind(value: unknown): value is ModelKind<unknown, object> {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, create, restore } = value as Partial<Record<string, unknown>>;
  return typeof kind === 'string' && typeof create === 'function' && typeof restore === 'function';
}
