import assert from 'node:assert/strict';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { BaseRate } from '../../../src/ml/ensemble/base-rate.ts';
import { describe } from '../../support/suite.ts';

describe('base rate of a rule', (it) => {
  it('is how surprising it is that the rule fires', () => {
    const random = new Random(1);
    const rate = new BaseRate();
    assert.equal(rate.surprise(true), 0);
    for (let step = 0; step < 20_000; step += 1) rate.update(random.chance(0.01));
    assert.ok(Math.abs(rate.surprise(true) - 2) < 0.1);
    assert.equal(rate.surprise(false), 0);
  });

  it('follows a rule that fires more often, with a horizon', () => {
    const rate = new BaseRate(100);
    for (let step = 0; step < 1000; step += 1) rate.update(false);
    const before = rate.surprise(true);
    for (let step = 0; step < 300; step += 1) rate.update(true);
    assert.ok(before > 1.9 && rate.surprise(true) < 0.05);
  });

  it('goes on bit-equal from its state, and refuses a corrupt one', () => {
    for (const rate of [new BaseRate(), new BaseRate(37)]) {
      for (let step = 0; step < 50; step += 1) rate.update(step % 7 === 0);
      const copy = BaseRate.from(structuredClone(rate.state()));
      for (let step = 0; step < 50; step += 1) {
        rate.update(step % 5 === 0);
        copy.update(step % 5 === 0);
        assert.equal(copy.surprise(true), rate.surprise(true));
      }
    }
    for (const wrong of [
      null,
      {},
      { horizon: -1, steps: 1, fired: 0 },
      { horizon: 0, steps: 1, fired: 2 },
    ]) {
      assert.throws(
        () => BaseRate.from(wrong),
        (error) => isWatchkeeperError(error, 'MODEL_INVALID'),
      );
    }
  });
});
