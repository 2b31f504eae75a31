import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sigmoid, tanh } from '../../../src/ml/neural/squash.ts';
import { describe } from '../../support/suite.ts';

describe('tanh and the logistic function without exponentials', (it) => {
  it('come within 2e-8 of the exact ones everywhere', () => {
    for (let x = -20; x <= 20; x += 0.0007) {
      assert.ok(Math.abs(tanh(x) - Math.tanh(x)) < 2e-8, String(x));
      assert.ok(Math.abs(sigmoid(x) - 1 / (1 + Math.exp(-x))) < 2e-8, String(x));
    }
  });

  it('stay within their bounds for any number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => {
        assert.ok(Math.abs(tanh(x)) <= 1.0000001 && tanh(-x) === -tanh(x));
        assert.ok(sigmoid(x) >= -1e-8 && sigmoid(x) <= 1 + 1e-8);
      }),
    );
  });
});
