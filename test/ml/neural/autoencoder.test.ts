import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rocAuc } from '../../../bench/support/ml/measures.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { asMatrix, rowOf } from '../../../src/ml/matrix.ts';
import type { ModelSnapshot } from '../../../src/ml/model.ts';
import {
  autoencoder,
  restoreAutoencoder,
  type Autoencoder,
} from '../../../src/ml/neural/autoencoder.ts';
import type { Trainer } from '../../../src/ml/neural/trainer.ts';
import { readPlain } from '../../../src/ml/registry/plain-reader.ts';
import { writePlain } from '../../../src/ml/registry/plain-writer.ts';
import { describe } from '../../support/suite.ts';
import { broken, QUICK, sheet, wasmTrainer } from './support.ts';

const COLUMNS = 6;

describe('the autoencoder', (it) => {
  let trainer: Trainer;
  let model: Autoencoder;
  it.before(async () => {
    trainer = wasmTrainer();
    model = (await train(sheet(1_500, COLUMNS))) as Autoencoder;
  });
  it.after(() => trainer.close());

  const train = (samples: ReturnType<typeof sheet>, options = {}) =>
    autoencoder.train(samples, {
      trainer,
      random: new Random(5),
      options: { ...QUICK, bottleneck: 3, ...options },
    });

  it('tells rows that break the relations between columns', () => {
    const normal = sheet(600, COLUMNS, 9);
    const scores = [...model.score(normal), ...model.score(broken(normal))];
    const labels = scores.map((_, at) => (at < normal.rows ? 0 : 1));
    assert.ok(rocAuc(scores, labels) > 0.8, String(rocAuc(scores, labels)));
  });

  it('names the column that is wrong', () => {
    const row = rowOf(sheet(1, COLUMNS, 4), 0).slice();
    row[2] = (row[2] as number) + 100 * 8;
    const shares = model.explain(row);
    assert.equal(shares.indexOf(Math.max(...shares)), 2);
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share) - 1) < 1e-9);
    const mean = model.errors(row).reduce((sum, error) => sum + error) / COLUMNS;
    assert.ok(Math.abs(mean / (model.score(asMatrix(row, COLUMNS))[0] as number) - 1) < 1e-12);
  });

  it('trains to the same weights again on one backend, and to others from another seed', async () => {
    const samples = sheet(300, COLUMNS);
    const weights = async (seed: number) => {
      const options = { ...QUICK, epochs: 2 };
      const random = new Random(seed);
      const trained = await autoencoder.train(samples, { trainer, random, options });
      return Buffer.from(writePlain(trained.snapshot())).toString('base64');
    };
    const first = await weights(5);
    assert.equal(await weights(5), first);
    assert.notEqual(await weights(6), first);
  });

  it('scores a row the same whatever stands beside it, bit for bit', () => {
    const rows = sheet(9, COLUMNS, 3);
    const together = model.score(rows);
    for (let row = 0; row < rows.rows; row += 1) {
      const alone = model.score(asMatrix(rowOf(rows, row).slice(), COLUMNS));
      assert.ok(Object.is(alone[0], together[row]));
    }
  });

  it('scores bit-equal after a snapshot, a structured clone and a msgpack round trip', () => {
    const rows = sheet(200, COLUMNS, 8);
    const wanted = model.score(rows);
    const copies = [
      structuredClone(model.snapshot()),
      readPlain(writePlain(model.snapshot())) as ModelSnapshot,
    ];
    for (const copy of copies) {
      const again = autoencoder.restore(copy);
      again.update(rows);
      assert.deepEqual(again.score(rows), wanted);
    }
  });

  it('keeps nothing of a snapshot that is changed later', () => {
    const rows = sheet(5, COLUMNS, 8);
    const wanted = model.score(rows);
    const snapshot = model.snapshot();
    const again = autoencoder.restore(snapshot);
    (snapshot.state as Damaged).trained.weights.fill(0);
    assert.deepEqual(model.score(rows), wanted);
    assert.deepEqual(again.score(rows), wanted);
  });

  it('does not care for units, and hardly for where zero is', async () => {
    const samples = sheet(400, COLUMNS);
    const moved = asMatrix(
      samples.values.map((value) => value * 1e6 + 3),
      COLUMNS,
    );
    const options = { epochs: 3 };
    const one = (await train(samples, options)).score(samples);
    const other = (await train(moved, options)).score(moved);
    one.forEach((score, at) => {
      assert.ok(Math.abs(score - (other[at] as number)) < 1e-3 * (1 + score));
    });
  });

  it('gives a finite score for any finite row', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
          minLength: COLUMNS,
          maxLength: COLUMNS,
        }),
        (row) => {
          const [score] = model.score(asMatrix(Float64Array.from(row), COLUMNS));
          assert.ok(Number.isFinite(score) && (score as number) >= 0);
          for (const share of model.explain(Float64Array.from(row)))
            assert.ok(share >= 0 && share <= 1);
        },
      ),
    );
  });

  const odd: readonly [string, readonly number[], number][] = [
    ['one row', [1, 2, 3], 3],
    ['one number', [5], 1],
    ['equal rows', [1, 2, 1, 2, 1, 2], 2],
    ['zeros', [0, 0, 0, 0], 2],
    ['a constant column', [1, 7, 2, 7, 3, 7, 4, 7], 2],
    ['huge numbers', [1e300, -1e300, 1.7e308, -1.7e308], 2],
    ['tiny numbers', [5e-324, 0, 1e-320, 5e-324], 2],
  ];
  for (const [name, values, columns] of odd) {
    it(`trains on ${name}`, async () => {
      const samples = asMatrix(Float64Array.from(values), columns);
      const trained = await train(samples, { bottleneck: 1, epochs: 2 });
      const other = asMatrix(
        Float64Array.from({ length: columns }, () => -3e305),
        columns,
      );
      for (const score of [...trained.score(samples), ...trained.score(other)])
        assert.ok(Number.isFinite(score), String(score));
      const again = autoencoder.restore(structuredClone(trained.snapshot()));
      assert.deepEqual(again.score(samples), trained.score(samples));
    });
  }

  it('refuses rows it cannot score or train on', async () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const values = new Float64Array(COLUMNS).fill(1).fill(value, 2, 3);
      const rows = { rows: 1, columns: COLUMNS, values };
      for (const call of [
        () => model.score(rows),
        () => model.explain(values),
        () => {
          model.update(rows);
        },
      ])
        assert.throws(call, (error) => isWatchkeeperError(error, 'MODEL_INPUT'));
      await assert.rejects(train(rows), (error) => isWatchkeeperError(error, 'MODEL_INPUT'));
    }
    assert.throws(
      () => model.score(asMatrix(new Float64Array(4), 2)),
      (error) => isWatchkeeperError(error, 'MODEL_INPUT'),
    );
    const none = { rows: 0, columns: COLUMNS, values: new Float64Array(0) };
    assert.equal(model.score(none).length, 0);
    await assert.rejects(train(none), (error) => isWatchkeeperError(error, 'MODEL_INPUT'));
    for (const options of [{ epochs: 0 }, { clip: NaN }, { activation: 'sine' }, { depth: 3 }])
      await assert.rejects(train(sheet(9, 2), options), (error) =>
        isWatchkeeperError(error, 'MODEL_INPUT'),
      );
  });

  it('has no score before it is trained, and is not trained by fit', () => {
    const fresh = autoencoder.create({}, new Random(1));
    const rows = sheet(3, 2);
    assert.throws(
      () => fresh.score(rows),
      (error) => isWatchkeeperError(error, 'MODEL_UNFITTED'),
    );
    assert.throws(
      () => {
        fresh.fit(rows);
      },
      (error) => isWatchkeeperError(error, 'MODEL_FAILED'),
    );
    assert.equal(fresh.bytes, 0);
    const again = autoencoder.restore(fresh.snapshot());
    assert.throws(
      () => again.score(rows),
      (error) => isWatchkeeperError(error, 'MODEL_UNFITTED'),
    );
  });

  it('draws from more rows than it is to learn from', async () => {
    const trained = await train(sheet(2_000, 2), { maxRows: 100, epochs: 1, bottleneck: 1 });
    assert.ok(Number.isFinite(trained.score(sheet(1, 2))[0]));
  });

  const damage: readonly [string, (state: Damaged, snapshot: Record<string, unknown>) => void][] = [
    ['another kind', (_, snapshot) => void (snapshot['kind'] = 'lof')],
    ['another version', (_, snapshot) => void (snapshot['version'] = 2)],
    ['no state', (_, snapshot) => void (snapshot['state'] = null)],
    ['no options', (state) => void delete state.options],
    ['a wild option', (state) => void (state.options!['clip'] = -1)],
    ['other sizes', (state) => void (state.options!['bottleneck'] = 5)],
    ['fewer columns', (state) => void (state.trained['columns'] = 5)],
    ['no columns', (state) => void (state.trained['columns'] = 0)],
    ['a short mean', (state) => void (state.trained['mean'] = new Float64Array(2))],
    ['a mean that is no array', (state) => void (state.trained['mean'] = [1, 2, 3, 4, 5, 6])],
    ['a scale of 0', (state) => void (state.trained['scale'] as Float64Array).fill(0)],
    ['short weights', (state) => void (state.trained.weights = new Float32Array(3))],
    ['a NaN among weights', (state) => void (state.trained.weights[1] = NaN)],
    ['a huge weight', (state) => void (state.trained.weights[9] = 1e30)],
    ['weights of another type', (state) => void (state.trained.weights = [1] as never)],
    ['a loss that is none', (state) => void (state.trained['loss'] = NaN)],
  ];
  for (const [name, harm] of damage) {
    it(`does not restore ${name}`, () => {
      const snapshot = structuredClone(model.snapshot()) as unknown as Record<string, unknown>;
      harm(snapshot['state'] as Damaged, snapshot);
      assert.throws(
        () => restoreAutoencoder(snapshot as unknown as ModelSnapshot),
        (error) => isWatchkeeperError(error, 'MODEL_INVALID'),
      );
    });
  }
});

interface Damaged {
  options?: Record<string, unknown>;
  trained: Record<string, unknown> & { weights: Float32Array };
}
