import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { adbenchSets, compressSet } from '../../../bench/support/ml/compression.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { projectRoot } from '../../../src/core/root.ts';
import {
  createSurpriseCalibrator,
  restoreSurpriseCalibrator,
} from '../../../src/ml/calibration/surprise.ts';
import {
  compressAutoencoder,
  compressLstm,
  requireCompressible,
  type Compression,
} from '../../../src/ml/compress/compress-model.ts';
import { writeCompact } from '../../../src/ml/compress/compact-writer.ts';
import { compressed, expanded } from '../../../src/ml/compress/compress.ts';
import { plantedRows } from '../../../src/ml/compress/planted-rows.ts';
import { plantedSessions } from '../../../src/ml/compress/planted-sessions.ts';
import { rankShift } from '../../../src/ml/compress/rank-shift.ts';
import { pack } from '../../../src/ml/compress/step-packer.ts';
import { asMatrix, type Matrix } from '../../../src/ml/matrix.ts';
import { rocAuc } from '../../../src/ml/measures.ts';
import type { Model, ModelSnapshot } from '../../../src/ml/model.ts';
import { autoencoder } from '../../../src/ml/neural/autoencoder.ts';
import { lstmNextEvent } from '../../../src/ml/neural/lstm-next-event.ts';
import type { Trainer } from '../../../src/ml/neural/trainer.ts';
import { MODEL_KINDS } from '../../../src/ml/registry/model-kinds.ts';
import { readPlain } from '../../../src/ml/registry/plain-reader.ts';
import { writePlain } from '../../../src/ml/registry/plain-writer.ts';
import type { Sequences } from '../../../src/ml/sequences/sequence-model.ts';
import { describe } from '../../support/suite.ts';
import { broken, QUICK, sheet, wasmTrainer } from '../neural/support.ts';
import { oddSessions, sessions } from '../neural/sessions.ts';

/** What is promised of every model that is compressed. */
const LIMITS = { share: 0.3, drop: 0.01 };

const sizeOf = (snapshot: ModelSnapshot): number => writePlain(snapshot).length;
const isInvalid = (error: unknown): boolean => isWatchkeeperError(error, 'MODEL_INVALID');

function aucOf<Samples>(model: Model<Samples>, normal: Samples, odd: Samples): number {
  const [usual, unusual] = [model.score(normal), model.score(odd)];
  return rocAuc([...usual, ...unusual], [...usual.map(() => 0), ...unusual.map(() => 1)]);
}

describe('compressing a model', (it) => {
  let trainer: Trainer;
  let dense: Model<Matrix>;
  let small: Compression;
  it.before(async () => {
    trainer = wasmTrainer();
    dense = await trainDense(16);
    small = compressRows(dense, 16);
  });
  it.after(() => trainer.close());

  const trainDense = async (columns: number, prune = 0, seed = 1) => {
    const context = { trainer, random: new Random(seed), options: { ...QUICK, prune } };
    return autoencoder.train(sheet(1_000, columns, seed), context);
  };
  const compressRows = (model: Model<Matrix>, columns: number, seed = 1): Compression => {
    const samples = { learned: sheet(1_000, columns, seed), held: sheet(250, columns, 50 + seed) };
    return compressAutoencoder(model, samples, new Random(seed));
  };
  const dropOf = (model: Model<Matrix>, { snapshot }: Compression, columns: number): number => {
    const normal = sheet(1_500, columns, 7);
    const again = autoencoder.restore(expanded(snapshot));
    return aucOf(model, normal, broken(normal)) - aucOf(again, normal, broken(normal));
  };
  const requireWithin = (share: number, drop: number, of: string): void => {
    assert.ok(share <= LIMITS.share, `${of}: ${share} of the size`);
    assert.ok(drop <= LIMITS.drop, `${of}: AUC fell by ${drop}`);
  };

  it(
    'keeps every autoencoder within 30 % of its size and 0.01 of its AUC',
    async () => {
      for (const [columns, seed] of [
        [3, 1],
        [6, 2],
        [16, 3],
        [40, 4],
      ] as const) {
        const model = await trainDense(columns, 0, seed);
        const found = compressRows(model, columns, seed);
        assert.equal(found.share, sizeOf(found.snapshot) / sizeOf(model.snapshot()));
        requireWithin(found.share, dropOf(model, found, columns), `${columns} columns`);
      }
    },
    { deadlineMs: 120_000 },
  );

  it(
    'keeps every LSTM within 30 % of its size and 0.01 of its AUC',
    async () => {
      for (const seed of [1, 2]) {
        const options = { epochs: 8, window: 5 };
        const context = { trainer, random: new Random(seed), options };
        const model = await lstmNextEvent.train(sessions(300, seed), context);
        const { snapshot, share } = compressLstm(model, sessions(150, 20 + seed), new Random(seed));
        const again = lstmNextEvent.restore(expanded(snapshot));
        const [normal, odd] = [sessions(300, 8), oddSessions(300, 9)];
        requireWithin(share, aucOf(model, normal, odd) - aucOf(again, normal, odd), `seed ${seed}`);
      }
    },
    { deadlineMs: 120_000 },
  );

  it('keeps the zeros of a model that was trained pruned, and makes it smaller still', async () => {
    const pruned = await trainDense(16, 0.5);
    const found = compressRows(pruned, 16);
    assert.ok(found.share <= small.share - 0.04, `${found.share} ${small.share}`);
    requireWithin(found.share, dropOf(pruned, found, 16), 'pruned');
    const { weights } = (expanded(found.snapshot).state as { trained: { weights: Float32Array } })
      .trained;
    assert.ok(weights.filter((weight) => weight === 0).length >= weights.length * 0.4);
  });

  it('prunes weights that nothing depends on', () => {
    // A network of zeros but for its biases and a weak layer gives the same scores whatever is pruned.
    const snapshot = structuredClone(dense.snapshot());
    const { weights } = (snapshot.state as { trained: { weights: Float32Array } }).trained;
    weights.fill(1e-9);
    const idle = autoencoder.restore(snapshot);
    const found = compressRows(idle, 16);
    assert.deepEqual([found.bits, found.prune], [5, 0.7]);
    assert.ok(found.share < 0.2, String(found.share));
  });

  it('is the same each time, and the same again from bytes', () => {
    assert.deepEqual(compressRows(dense, 16), small);
    const read = readPlain(writePlain(small.snapshot)) as ModelSnapshot;
    const rows = sheet(50, 16, 3);
    assert.deepEqual(
      autoencoder.restore(expanded(read)).score(rows),
      autoencoder.restore(expanded(small.snapshot)).score(rows),
    );
  });

  it('refuses kinds without weights, and says which have some', () => {
    for (const kind of MODEL_KINDS.keys()) {
      if (kind === 'autoencoder' || kind === 'lstm_next_event') requireCompressible(kind);
      else
        assert.throws(
          () => {
            requireCompressible(kind);
          },
          (error) =>
            isWatchkeeperError(error, 'MODEL_INPUT') && /autoencoder/.test(error.fix ?? ''),
        );
    }
  });

  it('leaves what is not compressed alone, and the original as it was', () => {
    const whole = dense.snapshot();
    const before = Buffer.from(writePlain(whole));
    assert.equal(expanded(whole), whole);
    compressed(whole);
    assert.deepEqual(Buffer.from(writePlain(whole)), before);
  });

  it('refuses to compress twice', () => {
    assert.throws(
      () => compressed(small.snapshot),
      (error) => isWatchkeeperError(error, 'MODEL_INPUT'),
    );
  });

  it('keeps means that lie far from zero in full', () => {
    const snapshot = structuredClone(dense.snapshot());
    const { mean } = (snapshot.state as { trained: { mean: Float64Array } }).trained;
    mean[3] = 1.7e12 + 0.125;
    const back = expanded(compressed(snapshot)).state as { trained: { mean: Float64Array } };
    assert.equal(back.trained.mean[3], 1.7e12 + 0.125);
  });

  it('keeps a calibration to single precision, and whole where scores would become one', () => {
    const random = new Random(4);
    for (const offset of [0, 1e9]) {
      const calibrator = createSurpriseCalibrator();
      calibrator.fit(Array.from({ length: 600 }, () => offset + random.normal(0, 1)));
      const whole = calibrator.snapshot();
      const packed = compressed(whole);
      const again = restoreSurpriseCalibrator(expanded(packed));
      for (const score of [-1, 0, 1, 2, 3, 5, 9].map((one) => one + offset)) {
        const difference = Math.abs(again.surprise(score) - calibrator.surprise(score));
        assert.ok(difference < 1e-4, `${score} ${difference}`);
      }
      assert.ok(sizeOf(packed) < sizeOf(whole) * (offset === 0 ? 0.4 : 0.7));
    }
  });

  it('does not expand what is no compressed model', () => {
    const inner = (value: unknown): ModelSnapshot => ({
      kind: 'compressed',
      version: 2,
      state: writeCompact(value, (values) => pack(values, 8)),
    });
    const state = small.snapshot.state as Uint8Array;
    for (const bad of [
      { ...small.snapshot, version: 1 },
      { ...small.snapshot, state: null },
      { ...small.snapshot, state: {} },
      { ...small.snapshot, state: state.subarray(1) },
      { ...small.snapshot, state: state.subarray(0, -1) },
      inner(7),
      inner({ kind: 7, version: 1, state: {} }),
      inner({ kind: 'compressed', version: 1, state: {} }),
      inner({ kind: 'autoencoder', version: 'x', state: {} }),
    ])
      assert.throws(() => expanded(bad), isInvalid);
  });

  it('never fails but by saying so, whichever byte is changed', () => {
    const state = small.snapshot.state as Uint8Array;
    const random = new Random(9);
    for (let turn = 0; turn < 400; turn += 1) {
      const bytes = state.slice();
      bytes[random.integer(0, turn < 200 ? 60 : bytes.length - 1)] = random.integer(0, 255);
      try {
        const rows = sheet(3, 16, 3);
        const scores = autoencoder
          .restore(expanded({ ...small.snapshot, state: bytes }))
          .score(rows);
        assert.ok(scores.every((score) => !Number.isNaN(score)));
      } catch (error) {
        const isOther = isWatchkeeperError(error, 'MODEL_INPUT');
        assert.ok(isInvalid(error) || isOther, String(error));
      }
    }
  });
});

describe('what compressing is judged by', (it) => {
  it('is how far ranks among normal scores move, in the worst group', () => {
    const normal = Float64Array.of(1, 2, 3, 4);
    assert.equal(rankShift([normal], [normal.map((score) => score * 7)]), 0);
    assert.equal(rankShift([normal], [Float64Array.of(2, 1, 3, 4)]), 0.125);
    const odd = (score: number): Float64Array => Float64Array.of(score);
    assert.equal(rankShift([normal, odd(9)], [normal, odd(2.5)]), 0.5);
    assert.equal(rankShift([normal, odd(2.5)], [normal, odd(3)]), 0.125);
    assert.equal(rankShift([new Float64Array(), odd(2)], [new Float64Array(), odd(3)]), 0);
    assert.equal(rankShift([], []), 0);
  });

  it('plants rows with foreign and with pushed numbers, all finite', () => {
    const normal = sheet(100, 6);
    const [one, half, pushed] = plantedRows(normal, new Random(1)) as [Matrix, Matrix, Matrix];
    const changed = ({ values }: Matrix): number =>
      values.filter((value, at) => value !== normal.values[at]).length;
    assert.ok(changed(one) > 90 && changed(one) <= 100);
    assert.ok(changed(half) > 180 && changed(half) <= 300);
    assert.equal(changed(pushed), 100);
    const huge = asMatrix(Float64Array.of(1.7e308, -1.7e308, 1.7e308, -1.7e308), 1);
    for (const { values } of plantedRows(huge, new Random(1)))
      assert.ok(values.every(Number.isFinite));
    assert.deepEqual(plantedRows(asMatrix(new Float64Array(0), 1), new Random(1)), []);
  });

  it('plants sessions with an event less, one more, and two in the other order', () => {
    const normal = [Uint32Array.of(1, 2, 3), Uint32Array.of(4, 5), Uint32Array.of()];
    const [less, more, swapped] = plantedSessions(normal, new Random(1)) as [
      Sequences,
      Sequences,
      Sequences,
    ];
    const lengths = (list: Sequences): number[] => list.map(({ length }) => length);
    assert.deepEqual(
      [lengths(less), lengths(more)],
      [
        [2, 1, 0],
        [4, 3, 1],
      ],
    );
    assert.deepEqual([...(swapped[1] ?? [])], [5, 4]);
    assert.deepEqual(plantedSessions([], new Random(1)), [[], [], []]);
  });
});

describe('compressing on public data', (it) => {
  const folder = join(
    process.env['WATCHKEEPER_DATA'] ?? join(projectRoot(), '../shared/data'),
    'adbench',
  );
  if (!existsSync(folder)) {
    it.skip('keeps its limits', 'no sets: set WATCHKEEPER_DATA to the folder of adbench/');
    return;
  }
  it(
    'keeps every model within 30 % of its size and 0.01 of its AUC',
    async () => {
      const trainer = wasmTrainer();
      try {
        // Every fourth set, whatever sets there are, and each with another seed.
        const sets = adbenchSets(folder).filter((_, at) => at % 5 === 2);
        let models = 0;
        for (const [index, { name, read }] of sets.entries()) {
          const seed = 1 + index;
          const judged = read(seed);
          const found = await compressSet({ set: name, judged, seed }, trainer);
          if (found === undefined) continue;
          models += 1;
          assert.ok(found.share <= LIMITS.share, `${name}: ${found.share} of the size`);
          assert.ok(found.drop <= LIMITS.drop, `${name}: AUC fell by ${found.drop}`);
        }
        assert.ok(models > 0, 'no set has anomalies');
      } finally {
        await trainer.close();
      }
    },
    { deadlineMs: 120_000 },
  );
});
