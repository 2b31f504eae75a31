import assert from 'node:assert/strict';
import { Turns } from '../../../src/app/models/turns.ts';
import { systemClock, type Clock } from '../../../src/core/clock.ts';
import type { Steps } from '../../../src/core/steps.ts';
import { describe } from '../../support/suite.ts';

/** A millisecond goes by with each look at it. */
const ticking = (): Clock => {
  let now = 0;
  return { ...systemClock, monotonic: () => (now += 1) };
};

function* parts(count: number, note: () => void): Steps<number> {
  for (let part = 0; part < count; part += 1) {
    note();
    yield;
  }
  return count;
}

describe('work in turns', (it) => {
  it('is done at once when a slice is enough', () => {
    assert.equal(new Turns(ticking()).run(parts(2, () => undefined)), 2);
  });

  it('goes on piece by piece, with at most one slice in a turn', async () => {
    const turns = new Turns(ticking());
    const order: string[] = [];
    const run = (name: string): Promise<number> | number =>
      turns.run(parts(9, () => order.push(name)));
    const all = [run('a'), run('b')];
    assert.deepEqual(order, ['a', 'a', 'a'], 'the second waits for its turn');
    assert.deepEqual(await Promise.all(all), [9, 9]);
    assert.deepEqual(order.join(''), 'aaaaaabbbaaabbbbbb');
    assert.equal(turns.run(parts(1, () => undefined)), 1, 'nothing is left waiting');
  });

  it('passes on what is thrown, and goes on with the rest', async () => {
    const turns = new Turns(ticking());
    function* failing(): Steps<number> {
      for (let part = 0; part < 5; part += 1) yield;
      throw new Error('no more');
    }
    const first = turns.run(failing());
    const second = turns.run(parts(9, () => undefined));
    await assert.rejects(async () => first, /no more/);
    assert.equal(await second, 9);
    function* atOnce(): Steps<number> {
      if (Number.isNaN(0)) yield;
      throw new Error('at once');
    }
    assert.throws(() => turns.run(atOnce()), /at once/);
  });
});
