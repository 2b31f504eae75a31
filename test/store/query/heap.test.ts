import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Heap } from '../../../src/store/query/heap.ts';
import { describe } from '../../support/suite.ts';

describe('heap', (it) => {
  it('gives items back in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (numbers) => {
        const heap = new Heap<number>((a, b) => a < b);
        numbers.forEach((each) => {
          heap.push(each);
        });
        assert.equal(heap.size, numbers.length);
        assert.equal(heap.items().length, numbers.length);
        const sorted = [...numbers].sort((a, b) => a - b);
        assert.equal(heap.peek(), sorted[0]);
        assert.deepEqual(
          numbers.map(() => heap.pop()),
          sorted,
        );
        assert.equal(heap.pop(), undefined);
      }),
    );
  });
});
