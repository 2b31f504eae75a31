import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TokenBucket } from '../../../src/gateway/http/token-bucket.ts';
import { describe } from '../../support/suite.ts';

describe('TokenBucket', (it) => {
  it('allows the burst at once, then says how long to wait', () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => bucket.take(1, 0)),
      [0, 0, 0, 500],
    );
    assert.equal(bucket.take(1, 499), 1);
    assert.equal(bucket.take(1, 500), 0);
  });

  it('lets an amount over the burst pass when it is full, and then recovers', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 10 }, 0);
    assert.equal(bucket.take(30, 0), 0);
    assert.equal(bucket.take(1, 0), 2_100);
    assert.equal(bucket.take(1, 2_100), 0);
  });

  it('never lets more through than burst and rate allow', () => {
    const steps = fc.array(fc.tuple(fc.nat(5), fc.nat(400)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (calls) => {
        const bucket = new TokenBucket({ perSecond: 7, burst: 5 }, 0);
        let now = 0;
        let passed = 0;
        for (const [amount, wait] of calls) {
          now += wait;
          if (bucket.take(amount, now) === 0) passed += amount;
        }
        assert.ok(passed <= 5 + (now / 1000) * 7 + 1e-6);
      }),
    );
  });

  it('does not give anything for time that runs back', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 1_000);
    bucket.take(1, 1_000);
    assert.equal(bucket.take(1, 0), 1_000);
  });
});
