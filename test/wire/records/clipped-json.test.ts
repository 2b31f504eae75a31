import assert from 'node:assert/strict';
import fc from 'fast-check';

import { clippedJson } from '../../../src/wire/records/clipped-json.ts';
import { describe } from '../../support/suite.ts';

describe('clipped JSON', (it) => {
  it('is the beginning of what JSON.stringify gives', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })),
    );
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 60 }), (given, length) => {
        const whole = JSON.stringify(given);
        assert.equal(clippedJson(given, length), whole.slice(0, length));
        assert.equal(clippedJson(given, whole.length), whole);
      }),
      { numRuns: 1_000 },
    );
  });

  it('writes what JSON does not have as JSON.stringify does', () => {
    for (const given of [
      undefined,
      Number.POSITIVE_INFINITY,
      { a: undefined, b: 1 },
      [undefined],
    ]) {
      assert.equal(clippedJson(given, 100), JSON.stringify(given) ?? 'null');
    }
  });

  it('looks at no more of a large value than it writes', () => {
    let seen = 0;
    const items = new Proxy(new Array<number>(1_000_000).fill(1), {
      get(target, key, receiver): unknown {
        seen += 1;
        return Reflect.get(target, key, receiver);
      },
    });
    assert.equal(clippedJson({ items }, 20), '{"items":[1,1,1,1,1,');
    assert.ok(seen < 100, `${seen} looks`);
  });
});
