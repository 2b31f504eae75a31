import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import { RateLimiter, addressKey } from '../../../src/gateway/http/rate-limiter.ts';
import { describe } from '../../support/suite.ts';

const RATES = { requests: { perSecond: 1, burst: 1 }, bytes: { perSecond: 100, burst: 100 } };

describe('RateLimiter', (it) => {
  it('counts each caller by itself, requests and bytes apart', () => {
    const clock = new SimulatedClock();
    const limiter = new RateLimiter(clock, RATES);
    assert.equal(limiter.request('a'), 0);
    assert.equal(limiter.request('a'), 1_000);
    assert.equal(limiter.request('b'), 0);
    assert.equal(limiter.bytes('a', 100), 0);
    assert.equal(limiter.bytes('a', 50), 500);
    clock.advance(1_000);
    assert.equal(limiter.request('a'), 0);
  });

  it('forgets the caller seen longest ago beyond 10,000, not the one in use', () => {
    const limiter = new RateLimiter(new SimulatedClock(), RATES);
    limiter.request('busy');
    limiter.request('idle');
    for (let index = 0; index < 9_999; index += 1) {
      limiter.request('busy');
      limiter.request(`other-${index}`);
    }
    assert.ok(limiter.request('busy') > 0);
    assert.equal(limiter.request('idle'), 0);
  });
});

describe('addressKey', (it) => {
  for (const [address, key] of [
    ['192.0.2.1', 'ip:192.0.2.1'],
    ['::ffff:192.0.2.1', 'ip:192.0.2.1'],
    ['::1', 'ip:0:0:0:0'],
    ['2001:db8:1:2:3:4:5:6', 'ip:2001:db8:1:2'],
    ['2001:db8:1:2::9', 'ip:2001:db8:1:2'],
    ['fe80::1%eth0', 'ip:fe80:0:0:0'],
    [undefined, 'ip:unknown'],
  ] as const) {
    it(`counts ${String(address)} under ${key}`, () => {
      assert.equal(addressKey(address), key);
    });
  }
});
