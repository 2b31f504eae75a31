import assert from 'node:assert/strict';
import { gammaShare, upperQuantile } from '../../../bench/support/ml/upper-quantile.ts';
import { Random } from '../../../src/core/random.ts';
import { describe } from '../../support/suite.ts';

describe('a threshold that a share of scores exceeds', (it) => {
  it('is the quantile, and steadier than one order statistic', () => {
    const random = new Random(1, 'quantile');
    const [smooth, single] = [[] as number[], [] as number[]];
    for (let round = 0; round < 400; round += 1) {
      const scores = Float64Array.from({ length: 2000 }, () => -Math.log(1 - random.unit()));
      smooth.push(upperQuantile(scores, 1e-3));
      single.push(scores.sort()[1998] as number);
    }
    assert.ok(Math.abs(meanOf(smooth) - Math.log(1000)) < 0.4, `${meanOf(smooth)}`);
    assert.ok(spreadOf(smooth) < spreadOf(single), `${spreadOf(smooth)} ${spreadOf(single)}`);
  });

  it('lies within the scores, however few there are', () => {
    assert.equal(upperQuantile(Float64Array.of(3), 1e-4), 3);
    assert.equal(upperQuantile(new Float64Array(0), 1e-3), Infinity);
    const value = upperQuantile(Float64Array.of(1, 2, 9), 0.5);
    assert.ok(value > 1 && value < 9);
  });

  it('weighs by the Gamma distribution', () => {
    assert.ok(Math.abs(gammaShare(1, 2) - (1 - Math.exp(-2))) < 1e-11);
    // Shape 1/2 at 1/2 is the square of a normal within one deviation.
    assert.ok(Math.abs(gammaShare(0.5, 0.5) - 0.682689492137) < 1e-9);
    assert.equal(gammaShare(2, 0), 0);
  });
});

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spreadOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
}
