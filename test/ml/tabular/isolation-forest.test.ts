import assert from 'node:assert/strict';
import fc from 'fast-check';

import { Random } from '../../../src/core/random.ts';
import { asMatrix, matrixOf, rowOf } from '../../../src/ml/matrix.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import {
  createIsolationForest,
  isolationForest,
} from '../../../src/ml/tabular/isolation-forest.ts';
import { emptyTrees, fillLengths, growTrees } from '../../../src/ml/tabular/isolation-trees.ts';
import { meanPathLength } from '../../../src/ml/tabular/path-length.ts';
import { describe } from '../../support/suite.ts';
import { normalRows } from './rows-of.ts';

const fitted = (samples: Matrix, seed = 1) => {
  const model = createIsolationForest({}, new Random(seed));
  model.fit(samples);
  return model;
};

describe('mean path length', (it) => {
  it('is 0 for none and one, 1 for two, and twice the harmonic numbers beyond', () => {
    assert.deepEqual([0, 1, 2].map(meanPathLength), [0, 0, 1]);
    for (const count of [3, 10, 256, 4096]) {
      let harmonic = 0;
      for (let number = 1; number < count; number += 1) harmonic += 1 / number;
      const exact = 2 * harmonic - (2 * (count - 1)) / count;
      // Within what ln(n) + γ leaves off of the harmonic number: 1 / 2n at most, twice.
      assert.ok(Math.abs(meanPathLength(count) - exact) < 1 / (count - 1));
    }
    assert.ok(Math.abs(meanPathLength(256) - 10.244_770_920_1) < 1e-9);
  });
});

describe('isolation forest', (it) => {
  it('scores a row as 2 to minus its mean path length over the expected one', () => {
    const trees = emptyTrees({ trees: 1, columns: 1, sampleSize: 4 });
    // Depth 2: the root splits 4 samples into 1 and 3, the right child these into 1 and 2.
    trees.threshold.set([0, Infinity, 1]);
    trees.count.set([4, 1, 3, 0, 0, 1, 2]);
    fillLengths(trees);
    assert.deepEqual([...trees.length], [1, 1, 2, 2 + 1]);
  });

  it('counts every sample of a tree once, and splits between the extremes', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.integer({ min: -3, max: 3 }),
            fc.double({ noNaN: true, noDefaultInfinity: true }),
          ),
          { minLength: 1, maxLength: 60 },
        ),
        fc.integer(),
        (rows, seed) => {
          const trees = growTrees(matrixOf(rows), { trees: 3, sampleSize: 32 }, new Random(seed));
          const inner = 2 ** trees.depth - 1;
          for (let tree = 0; tree < 3; tree += 1) {
            const nodes = tree * (2 * inner + 1);
            assert.equal(trees.count[nodes], Math.min(32, rows.length));
            for (let node = 0; node < inner; node += 1) {
              const [parent, left, right] = [node, 2 * node + 1, 2 * node + 2].map(
                (at) => trees.count[nodes + at] as number,
              ) as [number, number, number];
              if (trees.threshold[tree * inner + node] === Infinity) continue;
              assert.equal(left + right, parent);
              assert.ok(left > 0 && right > 0);
            }
          }
        },
      ),
    );
  });

  it('scores 0.5 after one row or repeats of one, as scikit-learn does', () => {
    assert.deepEqual([...fitted(matrixOf([[1, 2]])).score(matrixOf([[5, 5]]))], [0.5]);
    const repeats = fitted(asMatrix(new Float64Array(600).fill(7), 2));
    assert.ok(Math.abs((repeats.score(matrixOf([[7, 7]]))[0] as number) - 0.5) < 1e-12);
  });

  it('does not depend on the units of columns', () => {
    const samples = normalRows(300, 4);
    const factors = [2 ** 40, -1, 2 ** -30, 1];
    // Powers of two scale without rounding; a reflected column splits the other way round.
    const scaled = asMatrix(
      samples.values.map((value, index) => value * (factors[index % 4] as number)),
      4,
    );
    const plain = fitted(samples).score(samples);
    const mirrored = asMatrix(
      samples.values.map((value, index) => value * Math.abs(factors[index % 4] as number)),
      4,
    );
    assert.deepEqual(fitted(mirrored).score(mirrored), plain);
    const other = fitted(scaled).score(scaled);
    const difference = plain.reduce(
      (sum, score, row) => sum + Math.abs(score - (other[row] as number)),
      0,
    );
    assert.ok(difference / plain.length < 0.02, String(difference / plain.length));
  });

  it('says which column made a row unusual', () => {
    const model = fitted(normalRows(400, 5));
    const shares = model.explain(Float64Array.of(0, 0, 25, 0, 0));
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share) - 1) < 1e-12);
    assert.equal(shares.indexOf(Math.max(...shares)), 2);
    assert.ok(shares.every((share) => share >= 0));
    assert.throws(() => model.explain(Float64Array.of(1)), { code: 'MODEL_INPUT' });
    assert.deepEqual([...fitted(matrixOf([[1, 2]])).explain(Float64Array.of(1, 2))], [0.5, 0.5]);
  });

  it('refuses a snapshot whose counts do not add up', () => {
    const snapshot = structuredClone(fitted(normalRows(100, 2)).snapshot());
    const { trees } = snapshot.state as { trees: { count: Uint16Array } };
    trees.count[1] = (trees.count[1] as number) - 1;
    assert.throws(() => isolationForest.restore(snapshot), { code: 'MODEL_INVALID' });
  });

  it('scores blocks of any length alike', () => {
    const samples = normalRows(1031, 3);
    const model = fitted(samples);
    const scores = model.score(samples);
    for (const row of [0, 3, 511, 512, 1027, 1030]) {
      const single = { rows: 1, columns: 3, values: rowOf(samples, row) };
      assert.equal(model.score(single)[0], scores[row]);
    }
  });
});
