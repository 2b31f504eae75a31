import assert from 'node:assert/strict';
import fc from 'fast-check';

import { averagePrecision, f1At, rocAuc } from '../../../bench/support/ml/measures.ts';
import { describe } from '../../support/suite.ts';

/** Scores with ties, and labels of both kinds. */
const samples = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 1 })), {
    minLength: 2,
    maxLength: 60,
  })
  .filter((pairs) => new Set(pairs.map(([, label]) => label)).size === 2)
  .map((pairs) => ({
    scores: pairs.map(([score]) => score),
    labels: pairs.map(([, label]) => label),
  }));

describe('measures of models', (it) => {
  it('gives the area under the ROC curve as the share of pairs in order', () => {
    fc.assert(
      fc.property(samples, ({ scores, labels }) => {
        let inOrder = 0;
        let pairs = 0;
        for (const [one, label] of labels.entries()) {
          for (const [other, second] of labels.entries()) {
            if (label !== 1 || second !== 0) continue;
            pairs += 1;
            const difference = Number(scores[one]) - Number(scores[other]);
            inOrder += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
          }
        }
        assert.ok(Math.abs(rocAuc(scores, labels) - inOrder / pairs) < 1e-12);
      }),
    );
  });

  it('gives average precision as worked out by hand, ties together', () => {
    assert.equal(averagePrecision([4, 3, 2, 1], [1, 0, 1, 0]), (1 + 2 / 3) / 2);
    assert.equal(averagePrecision([1, 1, 1, 1], [1, 0, 0, 0]), 0.25);
    assert.equal(averagePrecision([1, 2, 3], [0, 0, 1]), 1);
  });

  it('does not depend on the order of the samples', () => {
    fc.assert(
      fc.property(samples, ({ scores, labels }) => {
        const back = [scores.toReversed(), labels.toReversed()] as const;
        assert.ok(Math.abs(averagePrecision(scores, labels) - averagePrecision(...back)) < 1e-12);
        assert.ok(Math.abs(rocAuc(scores, labels) - rocAuc(...back)) < 1e-12);
      }),
    );
  });

  it('counts what scores at the threshold as an alarm', () => {
    assert.equal(f1At([1, 2, 3], [0, 1, 1], 2), 1);
    assert.equal(f1At([1, 2, 3], [0, 1, 1], 3), 2 / 3);
    assert.equal(f1At([1, 2, 3], [0, 1, 1], 4), 0);
  });
});
