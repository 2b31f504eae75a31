import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { matrixOf, rowOf } from '../../../src/ml/matrix.ts';
import type { Matrix } from '../../../src/ml/matrix.ts';
import type { Model, ModelSnapshot } from '../../../src/ml/model.ts';
import { motion } from '../../../src/ml/vector/motion-model.ts';
import { describe } from '../../support/suite.ts';

const packr = new Packr({ useRecords: false, moreTypes: true });

const cell = fc.oneof(
  fc.double({ min: -1e300, max: 1e300, noNaN: true }),
  fc.integer({ min: -2, max: 2 }),
);
const rowsOf3 = fc.array(fc.tuple(cell, cell, cell), { minLength: 2, maxLength: 40 });

describe('motion model', (it) => {
  it('finds a jump, and a combination that each column alone has seen', () => {
    const model = fitted(walk(3, 2000));
    const normal = walk(4, 500);
    const usual = model.score(normal).toSorted();
    const jump = normal.values.slice();
    for (let row = 250; row < 260; row += 1) jump[row * 3] = 12;
    const apart = normal.values.slice();
    for (let row = 250; row < 260; row += 1) apart[row * 3 + 1] = -(apart[row * 3] as number) - 2;
    for (const values of [jump, apart]) {
      const scores = model.score({ ...normal, values });
      assert.ok(Math.max(...scores.slice(250, 262)) > (usual[499] as number));
    }
  });

  it('gives the same scores whatever unit columns are in', () => {
    const train = walk(5, 400);
    const test = walk(6, 100);
    const other = (matrix: Matrix): Matrix => ({
      ...matrix,
      values: matrix.values.map((value, index) => 1000 * value * (1 + (index % 3)) - 77),
    });
    const expected = fitted(train).score(test);
    const scores = fitted(other(train)).score(other(test));
    for (const [row, score] of scores.entries()) {
      assert.ok(Math.abs(score - (expected[row] as number)) < 1e-6 * (1 + score));
    }
  });

  it('scores row by row as it scores all at once', () => {
    const test = walk(8, 60);
    const model = fitted(walk(7, 300));
    const expected = model.score(test);
    for (let row = 0; row < test.rows; row += 1) {
      const one: Matrix = { rows: 1, columns: 3, values: rowOf(test, row).slice() };
      assert.equal(model.score(one)[0], expected[row]);
      model.update(one);
    }
  });

  it('gives finite scores whatever finite numbers come', () => {
    fc.assert(
      fc.property(rowsOf3, rowsOf3, (train, test) => {
        const model = motion.create({ references: 10 }, new Random(1));
        model.fit(matrixOf(train));
        for (const score of model.score(matrixOf(test))) assert.ok(score >= 0 && score < 1e12);
      }),
    );
  });

  it('goes on bit-equal from a snapshot, also through msgpack', () => {
    const model = fitted(walk(9, 300));
    model.update(walk(10, 20));
    const rest = walk(11, 50);
    for (const snapshot of [
      structuredClone(model.snapshot()),
      packr.unpack(packr.pack(model.snapshot())) as ModelSnapshot,
    ]) {
      const copy = motion.restore(snapshot);
      assert.deepEqual(copy.score(rest), model.score(rest));
      copy.update(rest);
      assert.deepEqual(copy.snapshot().kind, 'motion');
    }
    const empty = motion.restore(motion.create({}, new Random(1)).snapshot());
    assert.throws(() => empty.score(rest), has('MODEL_UNFITTED'));
  });

  it('refuses corrupt snapshots, wrong widths and what is no number', () => {
    const model = fitted(walk(12, 100));
    const { state } = model.snapshot();
    const fields = state as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(fields)) {
      for (const wrong of ['x', -1, { a: 1 }, new Float64Array(1)]) {
        const broken = { ...model.snapshot(), state: { ...fields, [name]: wrong } };
        assert.throws(
          () => motion.restore(broken),
          has('MODEL_INVALID'),
          `${name} ${String(wrong)}`,
        );
      }
    }
    assert.throws(() => motion.restore({ ...model.snapshot(), version: 9 }), has('MODEL_INVALID'));
    assert.throws(() => motion.restore({ ...model.snapshot(), kind: 'x' }), has('MODEL_INVALID'));
    assert.throws(() => model.score(matrixOf([[1, 2]])), has('MODEL_INPUT'));
    assert.throws(() => model.fit(matrixOf([[1, 2]])), has('MODEL_INPUT'));
    const bad = { rows: 1, columns: 3, values: Float64Array.of(1, NaN, 2) };
    for (const call of [() => model.score(bad), () => model.update(bad), () => model.fit(bad)]) {
      assert.throws(call, has('MODEL_INPUT'));
    }
  });
});

function has(code: 'MODEL_INVALID' | 'MODEL_INPUT' | 'MODEL_UNFITTED') {
  return (error: unknown) => isWatchkeeperError(error, code);
}

function fitted(train: Matrix): Model<Matrix> {
  const model = motion.create({ references: 200 }, new Random(1));
  model.fit(train);
  return model;
}

/** Two columns that go together, and one that never changes. */
function walk(seed: number, rows: number): Matrix {
  const random = new Random(seed);
  let level = 0;
  return matrixOf(
    Array.from({ length: rows }, () => {
      level = 0.9 * level + random.normal(0, 1);
      return [level, level + random.normal(0, 0.1), 5];
    }),
  );
}
