import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mayHold, nameSet } from '../../../src/store/query/name-set.ts';
import { describe } from '../../support/suite.ts';

describe('name set', (it) => {
  it('holds every name it was made of, listed or filtered', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 200 }), (names) => {
        const set = nameSet(names);
        assert.equal(set instanceof Uint8Array, names.length > 64);
        for (const name of names) assert.equal(mayHold(set, name), true);
      }),
    );
  });

  it('is exact while it is a list', () => {
    const names = Array.from({ length: 64 }, (_, index) => `user-${index}`);
    const set = nameSet([...names, ...names]);
    assert.deepEqual(set, names);
    assert.equal(mayHold(set, 'user-64'), false);
    assert.equal(mayHold(nameSet([]), ''), false);
  });

  it('lets under 2 % of other names through as a filter', () => {
    const set = nameSet(Array.from({ length: 5000 }, (_, index) => `user-${index}`));
    let wrong = 0;
    for (let index = 5000; index < 15_000; index += 1) {
      if (mayHold(set, `user-${index}`)) wrong += 1;
    }
    assert.equal(wrong < 200, true, `${wrong} of 10,000`);
    assert.equal((set as Uint8Array).length, 6250);
  });
});
