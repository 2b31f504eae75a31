import assert from 'node:assert/strict';
import { atOnce, inTurns, type Steps } from '../../src/core/steps.ts';
import { describe } from '../support/suite.ts';

function* counting(to: number, done: number[]): Steps<string> {
  for (let number = 0; number < to; number += 1) {
    done.push(number);
    yield;
  }
  return 'done';
}

describe('work in steps', (it) => {
  it('is done at once, or with a turn for others between any two steps', async () => {
    const done: number[] = [];
    assert.equal(atOnce(counting(3, done)), 'done');
    const seen: number[] = [];
    const turn = (): Promise<void> => {
      seen.push(done.length);
      return Promise.resolve();
    };
    assert.equal(await inTurns(counting(2, done), turn), 'done');
    assert.deepEqual(done, [0, 1, 2, 0, 1]);
    assert.deepEqual(seen, [4, 5]);
  });

  it('ends with the error that a step throws', async () => {
    // eslint-disable-next-line require-yield -- it fails before it could
    function* failing(): Steps<never> {
      throw new Error('no');
    }
    assert.throws(() => atOnce(failing()), /^Error: no$/);
    await assert.rejects(
      inTurns(failing(), () => Promise.resolve()),
      /^Error: no$/,
    );
  });
});
