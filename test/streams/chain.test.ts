import assert from 'node:assert/strict';

import { filter, map } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';

import { Chain } from '../../src/streams/chain.ts';
import type { Job, Pipeline } from '../../src/streams/chain.ts';
import type { Detection } from '../../src/streams/detector.ts';
import { describe } from '../support/suite.ts';
import { SERVICE, START } from './support.ts';

const job = (state: number, deadline = START): Job<number> => ({
  state,
  input: {
    type: 'deadline',
    subject: SERVICE,
    deadline,
    activity: { lastTimestamp: START, records: 1, isExpected: false },
  },
});
const counting: Pipeline<number> = (jobs) =>
  jobs.pipe(map(({ state }): Detection<number> => ({ state: state + 1, findings: [] })));

describe('chain', (it) => {
  it('carries state as a value through one synchronous stream', () => {
    const chain = new Chain(counting);
    assert.equal(chain.run(job(1)).state, 2);
    assert.equal(chain.run(job(41)).state, 42);
  });

  it('gives one detection per job, at the job’s own instant', () => {
    const scheduler = new TestScheduler((actual, expected) => {
      assert.deepEqual(actual, expected);
    });
    scheduler.run(({ cold, expectObservable }) => {
      const jobs = cold('-a--b(ab)|', { a: job(1), b: job(5) });
      const one = { state: 2, findings: [] };
      const other = { state: 6, findings: [] };
      expectObservable(counting(jobs)).toBe('-a--b(ab)|', { a: one, b: other });
    });
  });

  it('keeps the state of a job that the pipeline filters out', () => {
    const chain = new Chain<number>((jobs) => counting(jobs.pipe(filter(() => false))));
    assert.deepEqual(chain.run(job(7)), { state: 7, findings: [] });
  });

  it('throws what the pipeline throws, and works again', () => {
    const chain = new Chain<number>((jobs) =>
      jobs.pipe(
        map(({ state }) => {
          if (state === 13) throw new RangeError('unlucky');
          return { state, findings: [] };
        }),
      ),
    );
    assert.throws(() => chain.run(job(13)), /unlucky/);
    assert.equal(chain.run(job(14)).state, 14);
  });
});
