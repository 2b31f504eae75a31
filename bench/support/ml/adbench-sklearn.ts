import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { projectRoot } from '../../../src/core/root.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';

/** Isolation forests grown per split, there and here: what one is worth hangs on chance. */
export const FORESTS = 3;

export interface SklearnSplit {
  readonly id: string;
  readonly seed: number;
  readonly train: Matrix;
  /** What LOF and the support vector machine are fitted on. */
  readonly window: Matrix;
  readonly test: Matrix;
}

/** A Python that has scikit-learn, or `undefined`. */
export function findSklearn(): string | undefined {
  return ['/usr/bin/python3', 'python3'].find((python) => {
    return spawnSync(python, ['-c', 'import sklearn'], { stdio: 'ignore' }).status === 0;
  });
}

/** Splits handed to scikit-learn, which scores them in a process of its own. */
export class SklearnRun {
  readonly #folder = mkdtempSync(join(tmpdir(), 'watchkeeper-sklearn-'));
  readonly #splits: Record<string, string | number>[] = [];
  #ended: Promise<boolean> = Promise.resolve(false);

  add({ id, seed, train, window, test }: SklearnSplit): void {
    for (const [part, { values }] of Object.entries({ train, window, test })) {
      writeFileSync(join(this.#folder, `${id}.${part}`), values);
    }
    this.#splits.push({ id, columns: train.columns, seed, forests: FORESTS });
  }

  start(python: string): void {
    writeFileSync(join(this.#folder, 'splits.json'), JSON.stringify(this.#splits));
    const script = join(projectRoot(), 'bench', 'support', 'ml', 'sklearn.py');
    // One thread, so that the models measured beside it keep their core.
    const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
    const child = spawn(python, [script, this.#folder], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    });
    this.#ended = new Promise((resolve) => {
      child.on('error', () => {
        resolve(false);
      });
      child.on('exit', (code) => {
        resolve(code === 0);
      });
    });
  }

  /** Whether all splits were scored. */
  async finished(): Promise<boolean> {
    return this.#ended;
  }

  /** @param model a kind's name; of a forest with its number, as in `isolation_forest.2`. */
  scores(id: string, model: string): Float64Array {
    const bytes = readFileSync(join(this.#folder, `${id}.${model}`));
    return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
