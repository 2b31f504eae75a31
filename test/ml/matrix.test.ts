import assert from 'node:assert/strict';
import fc from 'fast-check';

import { asMatrix, matrixOf, requireColumns, rowOf } from '../../src/ml/matrix.ts';
import { describe } from '../support/suite.ts';

const refusal = { name: 'WatchkeeperError', code: 'MODEL_INPUT' };

describe('matrix', (it) => {
  it('keeps each row where it says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }).chain((columns) =>
          fc.array(
            fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
              minLength: columns,
              maxLength: columns,
            }),
            { minLength: 1, maxLength: 20 },
          ),
        ),
        (rows) => {
          const matrix = matrixOf(rows);
          assert.equal(matrix.rows, rows.length);
          for (const [index, row] of rows.entries()) {
            assert.deepEqual([...rowOf(matrix, index)], row);
          }
        },
      ),
    );
  });

  it('refuses NaN and infinities, and names their place but no value', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      assert.throws(
        () =>
          matrixOf([
            [1, 2],
            [3, bad],
          ]),
        {
          ...refusal,
          message: 'Row 1, column 1 is not a finite number.',
        },
      );
      assert.throws(() => asMatrix(Float64Array.of(bad), 1), refusal);
    }
    assert.equal(matrixOf([[Number.MAX_VALUE, -Number.MAX_VALUE]]).rows, 1);
  });

  it('refuses rows of unequal width, half rows and foreign widths', () => {
    assert.throws(() => matrixOf([[1, 2], [3]]), refusal);
    assert.throws(() => asMatrix(new Float64Array(5), 2), refusal);
    assert.throws(() => asMatrix(new Float64Array(4), 0), refusal);
    const matrix = asMatrix(new Float64Array(4), 2);
    assert.equal(requireColumns(matrix, 2), matrix);
    assert.throws(() => requireColumns(matrix, 3), refusal);
  });

  it('takes no rows at all as an empty matrix', () => {
    assert.deepEqual(matrixOf([]), { rows: 0, columns: 0, values: new Float64Array(0) });
  });
});
