import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import { IdempotencyCache } from '../../../src/gateway/http/idempotency.ts';
import { describe } from '../../support/suite.ts';

const BODY = Uint8Array.of(1);

describe('IdempotencyCache', (it) => {
  it('forgets an answer after 10 minutes', async () => {
    const clock = new SimulatedClock();
    const cache = new IdempotencyCache<number>(clock);
    let runs = 0;
    const run = () => cache.run({ key: 'k', body: BODY }, () => Promise.resolve((runs += 1)));
    assert.equal(await run(), 1);
    clock.advance(599_999);
    assert.equal(await run(), 1);
    clock.advance(1);
    assert.equal(await run(), 2);
  });

  it('remembers 10,000 answers and forgets the oldest', async () => {
    const cache = new IdempotencyCache<number>(new SimulatedClock());
    const run = (key: number, answer: number) =>
      cache.run({ key: String(key), body: BODY }, () => Promise.resolve(answer));
    for (let key = 0; key <= 10_000; key += 1) await run(key, 1);
    assert.equal(await run(1, 2), 1);
    assert.equal(await run(0, 2), 2);
  });
});
