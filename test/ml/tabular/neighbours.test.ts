import assert from 'node:assert/strict';
import fc from 'fast-check';

import { Random } from '../../../src/core/random.ts';
import { matrixOf, rowOf } from '../../../src/ml/matrix.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import { localOutlierFactor } from '../../../src/ml/tabular/local-outlier-factor.ts';
import { createNearestNeighbours } from '../../../src/ml/tabular/nearest-neighbours.ts';
import { distanceAtRank } from '../../../src/ml/tabular/distance-at-rank.ts';
import { nearest, themselves } from '../../../src/ml/tabular/neighbours.ts';
import { createSampledNeighbours } from '../../../src/ml/tabular/sampled-neighbours.ts';
import { createTabularEnsemble } from '../../../src/ml/tabular/tabular-ensemble.ts';
import { describe } from '../../support/suite.ts';
import { normalRows } from './rows-of.ts';

/** Rows of small whole numbers: many repeat, and sums of squares are exact in any order. */
const repeating = fc
  .integer({ min: 1, max: 9 })
  .chain((columns) =>
    fc.array(
      fc.array(fc.integer({ min: -4, max: 4 }), { minLength: columns, maxLength: columns }),
      { minLength: 3, maxLength: 40 },
    ),
  );

/** Distances to all others, nearest first, those that stand first before their equals. */
function sortedOthers(
  row: ArrayLike<number>,
  known: Matrix,
  skipped = -1,
): { index: number; distance: number }[] {
  return Array.from({ length: known.rows }, (_, index) => {
    const other = rowOf(known, index);
    let square = 0;
    for (let column = 0; column < other.length; column += 1)
      square += ((row[column] as number) - (other[column] as number)) ** 2;
    return { index, distance: Math.sqrt(square) };
  })
    .filter(({ index }) => index !== skipped)
    .sort((one, other) => one.distance - other.distance || one.index - other.index);
}

/** The factor by its definition (Breunig et al., 2000), from all distances. */
function factorsByDefinition(known: Matrix, asked: Matrix, neighbours: number): number[] {
  const count = Math.min(neighbours, known.rows - 1);
  const around = (row: ArrayLike<number>, skipped = -1) =>
    sortedOthers(row, known, skipped).slice(0, count);
  const own = Array.from({ length: known.rows }, (_, row) => around(rowOf(known, row), row));
  const reach = own.map((others) => others.at(-1)?.distance as number);
  const density = (others: { index: number; distance: number }[]) => {
    const sum = others.reduce(
      (total, { index, distance }) => total + Math.max(distance, reach[index] as number),
      0,
    );
    return 1 / (sum / others.length + 1e-10);
  };
  const densities = own.map(density);
  return Array.from({ length: asked.rows }, (_, row) => {
    const others = around(rowOf(asked, row));
    const sum = others.reduce((total, { index }) => total + (densities[index] as number), 0);
    return sum / others.length / density(others);
  });
}

describe('nearest neighbours', (it) => {
  it('are those that sorting all distances gives, with and without the row itself', () => {
    fc.assert(
      fc.property(repeating, fc.integer({ min: 1, max: 12 }), (rows, wanted) => {
        const known = matrixOf(rows);
        const count = Math.min(wanted, rows.length - 1);
        const open = nearest(known, known, { count });
        const closed = nearest(known, known, { count, skipped: themselves(known.rows) });
        for (let row = 0; row < known.rows; row += 1) {
          for (const [found, skipped] of [
            [open, -1],
            [closed, row],
          ] as const) {
            const expected = sortedOthers(rowOf(known, row), known, skipped).slice(0, count);
            const places = expected.map((_, place) => row * count + place);
            assert.deepEqual(
              places.map((place) => found.indices[place]),
              expected.map(({ index }) => index),
            );
            assert.deepEqual(
              places.map((place) => found.distances[place]),
              expected.map(({ distance }) => distance),
            );
          }
        }
      }),
    );
  });

  it('are as far by their rank when they are selected without sorting', () => {
    fc.assert(
      fc.property(repeating, fc.integer({ min: 1, max: 12 }), (rows, wanted) => {
        const known = matrixOf(rows);
        const count = Math.min(wanted, rows.length - 1);
        for (const skipped of [themselves(known.rows), new Int32Array(known.rows).fill(-1)]) {
          const sorted = nearest(known, known, { count, skipped }).distances;
          const selected = distanceAtRank(known, known, { rank: count, skipped });
          for (const [row, distance] of selected.entries()) {
            assert.equal(distance, sorted[row * count + count - 1]);
          }
        }
      }),
    );
  });

  it('give the mean distance, also of the references without themselves', () => {
    const model = createNearestNeighbours({ neighbours: 2, scaling: 'none' }, new Random(1));
    model.fit(matrixOf([[0], [1], [3], [7]]));
    assert.deepEqual([...model.score(matrixOf([[0], [10]]))], [0.5, 5]);
    assert.deepEqual([...model.scoreReferences()], [2, 1.5, 2.5, 5]);
    model.fit(matrixOf([[4]]));
    assert.deepEqual([...model.scoreReferences()], [0]);
  });

  it('forget the oldest reference for a new one', () => {
    const model = createNearestNeighbours({ neighbours: 1, scaling: 'none' }, new Random(1));
    model.fit(matrixOf([[0], [100]]));
    model.update(matrixOf([[50]]));
    assert.deepEqual([...model.score(matrixOf([[0], [50], [100]]))], [50, 0, 0]);
    model.update(matrixOf([[51], [52]]));
    assert.deepEqual([...model.score(matrixOf([[100], [50]]))], [48, 1]);
  });

  it('say which column made a row unusual', () => {
    for (const create of [
      createNearestNeighbours,
      createSampledNeighbours,
      createTabularEnsemble,
    ]) {
      const model = create({}, new Random(3));
      model.fit(normalRows(400, 5));
      const shares = model.explain(Float64Array.of(0, 0, 0, -25, 0));
      assert.ok(Math.abs(shares.reduce((sum, share) => sum + share) - 1) < 1e-12);
      assert.equal(shares.indexOf(Math.max(...shares)), 3);
      assert.throws(() => model.explain(Float64Array.of(0, NaN, 0, 0, 0)), { code: 'MODEL_INPUT' });
    }
    const same = createNearestNeighbours({}, new Random(1));
    same.fit(matrixOf([[1, 2]]));
    assert.deepEqual([...same.explain(Float64Array.of(1, 2))], [0.5, 0.5]);
  });

  it('do not depend on the units of columns when these are scaled', () => {
    const samples = normalRows(300, 3);
    const factors = [2 ** 30, 2 ** -20, 1];
    const scaled = {
      ...samples,
      values: samples.values.map((value, index) => value * (factors[index % 3] as number)),
    };
    for (const scaling of ['standard', 'robust', 'compressed'] as const) {
      const scores = [samples, scaled].map((rows) => {
        const model = createNearestNeighbours({ scaling }, new Random(1));
        model.fit(rows);
        return model.score(rows);
      });
      assert.deepEqual(scores[0], scores[1]);
    }
  });
});

describe('sampled neighbours', (it) => {
  it('do not take a row for its own neighbour while fitting', () => {
    const rows = normalRows(40, 2);
    const model = createSampledNeighbours(
      { groups: 4, sampleSize: 20, share: 0.05 },
      new Random(2),
    );
    const known = model.fitAndScore(
      rows,
      Uint32Array.from({ length: 40 }, (_, row) => row),
    );
    const again = model.score(rows);
    assert.ok(known.every((score) => score > 0 && Number.isFinite(score)));
    assert.ok(known.every((score, row) => score >= (again[row] as number)));
    assert.ok(again.some((score, row) => score < (known[row] as number)));
  });

  it('have finite scores while fitting on one, two or three rows', () => {
    for (const count of [1, 2, 3]) {
      const rows = normalRows(count, 2);
      const model = createSampledNeighbours({}, new Random(2));
      const scores = model.fitAndScore(
        rows,
        Uint32Array.from({ length: count }, (_, row) => row),
      );
      assert.ok(scores.every((score) => Number.isFinite(score)));
    }
  });
});

describe('local outlier factor', (it) => {
  it('is what its definition gives, also where rows repeat', () => {
    fc.assert(
      fc.property(repeating, fc.integer({ min: 1, max: 10 }), (rows, neighbours) => {
        const known = matrixOf(rows);
        const model = localOutlierFactor.create({ neighbours, scaling: 'none' }, new Random(1));
        model.fit(known);
        const asked = matrixOf([...rows, (rows[0] as number[]).map((value) => value + 9)]);
        const expected = factorsByDefinition(known, asked, neighbours);
        for (const [row, score] of model.score(asked).entries()) {
          const wanted = expected[row] as number;
          assert.ok(Math.abs(score - wanted) <= 1e-9 * wanted, `${score} ${wanted}`);
        }
      }),
    );
  });

  it('is about 1 in a dense and in a sparse cluster, and more between', () => {
    const random = new Random(5);
    const rows = Array.from({ length: 400 }, (_, row) =>
      row % 2 === 0
        ? [random.normal(0, 0.01), random.normal(0, 0.01)]
        : [random.normal(9, 1), random.normal(9, 1)],
    );
    const model = localOutlierFactor.create({ scaling: 'none' }, new Random(1));
    model.fit(matrixOf(rows));
    const [dense, sparse, between] = model.score(
      matrixOf([
        [0, 0],
        [9, 9],
        [0.3, 0.3],
      ]),
    ) as unknown as [number, number, number];
    assert.ok(Math.abs(dense - 1) < 0.2 && Math.abs(sparse - 1) < 0.2, `${dense} ${sparse}`);
    assert.ok(between > 5, String(between));
  });
});
