import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  escapeKeys,
  renameFields,
  toCamel,
  toSnake,
  unescapeKeys,
} from '../../../src/store/mongodb/field-names.ts';
import { describe } from '../../support/suite.ts';

describe('field names', (it) => {
  it('are free of dots and leading dollars, and come back as they were', () => {
    const key = fc.oneof(fc.string(), fc.constantFrom('a.b', '$where', '%2e', '%', 'x$y', 'a\0b'));
    const plain = { noNullPrototype: true };
    const inner = fc.dictionary(key, fc.integer(), plain);
    fc.assert(
      fc.property(fc.dictionary(key, fc.oneof(fc.integer(), inner), plain), (value) => {
        const escaped = escapeKeys([value, { deep: value }]);
        for (const name of keysIn(escaped)) assert.equal(/^\$|\.|\0/.test(name), false, name);
        assert.deepEqual(unescapeKeys(escaped), [value, { deep: value }]);
      }),
    );
  });

  it('leave what is no plain object alone', () => {
    const date = new Date(0);
    assert.deepEqual(escapeKeys({ date, none: null, list: [1, 'a.b'] }), {
      date,
      none: null,
      list: [1, 'a.b'],
    });
  });

  it('change between camel case and snake case', () => {
    assert.equal(toSnake('detectorVersion'), 'detector_version');
    assert.equal(toCamel('detector_version'), 'detectorVersion');
    assert.deepEqual(renameFields({ openedAt: { innerKey: 1 } }, toSnake), {
      opened_at: { innerKey: 1 },
    });
  });
});

function keysIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const deeper = Object.values(value).flatMap(keysIn);
  return Array.isArray(value) ? deeper : [...Object.keys(value), ...deeper];
}
