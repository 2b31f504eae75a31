import assert from 'node:assert/strict';
import fc from 'fast-check';

import { compileFilter } from '../../../src/core/filter/compile-filter.ts';
import { decideFilter, UNKNOWN } from '../../../src/core/filter/decide-filter.ts';
import { parseFilter } from '../../../src/core/filter/parse-filter.ts';
import { describe } from '../../support/suite.ts';

type Fields = Readonly<Record<string, unknown>>;

const read = (record: Fields, field: string): unknown =>
  Object.hasOwn(record, field) ? record[field] : UNKNOWN;

const decide = (text: string, known: Fields): boolean | undefined =>
  decideFilter<Fields>(parseFilter(text), read)(known);

const TABLE: readonly (readonly [string, Fields, boolean | undefined])[] = [
  ['', {}, true],
  ['a:1', { a: '1' }, true],
  ['a:1', { a: '2' }, false],
  ['a:1', { a: undefined }, false],
  ['a:1', {}, undefined],
  ['-a:1', {}, undefined],
  ['-a:1', { a: '2' }, true],
  ['a:*', {}, undefined],
  ['a:1 b:1', { a: '1' }, undefined],
  ['a:1 b:1', { a: '2' }, false],
  ['a:1 OR b:1', { a: '1' }, true],
  ['a:1 OR b:1', { a: '2' }, undefined],
  ['-(a:1 b:1)', { a: '2' }, true],
  ['a>1', { a: 2 }, true],
];

/** A filter of a, b and c, and what is in them. */
const filters = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(1)).map(([name, value]) => `${name}:${value}`),
    tie('filter').map((one) => `-(${one})`),
    fc.tuple(tie('filter'), tie('filter')).map(([one, other]) => `(${one} ${other})`),
    fc.tuple(tie('filter'), tie('filter')).map(([one, other]) => `(${one} OR ${other})`),
  ),
})).filter;

describe('decideFilter', (it) => {
  for (const [text, known, expected] of TABLE) {
    it(`says ${expected} of ${text || 'nothing'} with ${JSON.stringify(known)}`, () => {
      assert.equal(decide(text, known), expected);
    });
  }

  it('never says what a completion of the unknown fields denies', () => {
    const whole = fc.record({ a: fc.nat(1), b: fc.nat(1), c: fc.nat(1) });
    const known = fc.subarray(['a', 'b', 'c'] as const);
    fc.assert(
      fc.property(filters, whole, known, (text, record, names) => {
        const part = Object.fromEntries(names.map((name) => [name, record[name]]));
        const said = decide(text, part);
        const holds = compileFilter<Fields>(
          parseFilter(text),
          (each, field) => each[field],
        )(record);
        if (said !== undefined) assert.equal(said, holds);
        if (names.length === 3) assert.notEqual(said, undefined);
      }),
      { numRuns: 2_000 },
    );
  });
});
