import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from '../../../src/store/query/cursor.ts';
import { describe } from '../../support/suite.ts';

const options = { listing: 'test', shape: ['number', 'string'] as const };

describe('cursor', (it) => {
  it('gives back the position it was made of', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), (at, id) => {
        const [time, name] = decodeCursor(encodeCursor('test', [at, id]), options);
        assert.equal(time === at, true);
        assert.equal(name, id);
      }),
    );
  });

  it('refuses anything else', () => {
    const other = [
      '',
      'x',
      encodeCursor('other', [1, 'a']),
      encodeCursor('test', [1]),
      encodeCursor('test', ['1', 'a']),
      encodeCursor('test', [1, 'a', 2]),
      Buffer.from('{"0":"test"}').toString('base64url'),
      Buffer.from('null').toString('base64url'),
    ];
    for (const cursor of other) {
      assert.throws(() => decodeCursor(cursor, options), { code: 'QUERY_INVALID' }, cursor);
    }
    fc.assert(
      fc.property(fc.string(), (cursor) => {
        assert.throws(() => decodeCursor(cursor, options), { code: 'QUERY_INVALID' });
      }),
    );
  });
});
