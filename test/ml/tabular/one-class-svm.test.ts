import assert from 'node:assert/strict';
import fc from 'fast-check';

import { Random } from '../../../src/core/random.ts';
import { matrixOf } from '../../../src/ml/matrix.ts';
import { solveOneClass } from '../../../src/ml/tabular/one-class-solver.ts';
import { oneClassSvm } from '../../../src/ml/tabular/one-class-svm.ts';
import { oneClassSvmRff } from '../../../src/ml/tabular/one-class-svm-rff.ts';
import { radialMatrix, scaleGamma } from '../../../src/ml/tabular/radial-kernel.ts';
import { describe } from '../../support/suite.ts';
import { normalRows } from './rows-of.ts';

const TOLERANCE = 1e-3;

describe('one-class solver', (it) => {
  it('meets the optimality conditions within the tolerance', () => {
    const row = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (points, nu) => {
          const rows = points.length;
          const kernel = radialMatrix(matrixOf(points), 0.3);
          const { alpha, rho } = solveOneClass({ rows, kernel, nu, tolerance: TOLERANCE });
          assert.ok(
            Math.abs(alpha.reduce((sum, weight) => sum + weight) - nu * rows) < 1e-9 * rows,
          );
          for (let index = 0; index < rows; index += 1) {
            const weight = alpha[index] as number;
            assert.ok(weight >= 0 && weight <= 1);
            let sum = 0;
            for (let other = 0; other < rows; other += 1) {
              sum += (alpha[other] as number) * (kernel[index * rows + other] as number);
            }
            if (weight < 1) assert.ok(sum >= rho - 2 * TOLERANCE, `${sum} ${rho}`);
            if (weight > 0) assert.ok(sum <= rho + 2 * TOLERANCE, `${sum} ${rho}`);
          }
        },
      ),
    );
  });
});

describe('one-class support vector machine', (it) => {
  it('leaves at most the share nu of the rows outside, and nearly that', () => {
    const samples = normalRows(500, 3);
    for (const nu of [0.1, 0.3, 0.5]) {
      const model = oneClassSvm.create({ nu, tolerance: 1e-5 }, new Random(1));
      model.fit(samples);
      const outside = model.score(samples).filter((score) => score > 1e-4).length;
      assert.ok(outside <= nu * 500 && outside > nu * 500 - 40, `${nu}: ${outside}`);
    }
  });

  it('takes the width of the kernel from the data unless told', () => {
    assert.equal(
      scaleGamma(
        matrixOf([
          [1, 3],
          [3, 1],
        ]),
      ),
      0.5,
    );
    assert.equal(scaleGamma(matrixOf([[2, 2]])), 1);
    const samples = normalRows(100, 2);
    const told = oneClassSvm.create({ gamma: 5 }, new Random(1));
    told.fit(samples);
    assert.equal((told.snapshot().state as { fitted: { gamma: number } }).fitted.gamma, 5);
  });
});

describe('one-class support vector machine on random features', (it) => {
  it('orders rows as the exact one does', () => {
    const samples = normalRows(1000, 3);
    const asked = normalRows(300, 3, 2);
    const [exact, online] = [oneClassSvm, oneClassSvmRff].map((kind) => {
      const model = kind.create({}, new Random(1));
      model.fit(samples);
      return model.score(asked);
    }) as [Float64Array, Float64Array];
    let agreed = 0;
    let pairs = 0;
    for (let one = 0; one < asked.rows; one += 1) {
      for (let other = 0; other < one; other += 1) {
        const [left, right] = [exact, online].map((scores) =>
          Math.sign((scores[one] as number) - (scores[other] as number)),
        );
        pairs += 1;
        if (left === right) agreed += 1;
      }
    }
    assert.ok(agreed / pairs > 0.9, String(agreed / pairs));
  });

  it('learns a shift from updates', () => {
    const model = oneClassSvmRff.create({ memory: 200 }, new Random(1));
    model.fit(normalRows(500, 2));
    const shifted = normalRows(1000, 2, 3);
    const asked = matrixOf([
      [0, 0],
      [3, 3],
    ]);
    const [oldBefore, newBefore] = model.score(asked);
    model.update({ ...shifted, values: shifted.values.map((value) => value + 3) });
    const [oldAfter, newAfter] = model.score(asked);
    assert.ok((newBefore as number) > (oldBefore as number));
    assert.ok((newAfter as number) < (oldAfter as number));
  });
});
