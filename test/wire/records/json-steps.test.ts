import assert from 'node:assert/strict';
import fc from 'fast-check';

import { atOnce } from '../../../src/core/steps.ts';
import { MAX_JSON_KEYS } from '../../../src/wire/records/json-scan.ts';
import { NOT_JSON, parseJson, parseJsonSteps } from '../../../src/wire/records/json-steps.ts';
import { utf8Steps } from '../../../src/wire/records/utf8-steps.ts';
import { describe } from '../../support/suite.ts';

const DEPTH = 64;

/** Keys are compared in their order too, and `__proto__` as the key that it is. */
function shown(value: unknown): string {
  return value === NOT_JSON ? 'not JSON' : JSON.stringify(value);
}

function agree(bytes: Buffer, pieceBytes: number): void {
  const whole = parseJson(bytes, DEPTH);
  const inSteps = atOnce(parseJsonSteps(bytes, DEPTH, pieceBytes));
  assert.equal(shown(inSteps), shown(whole), bytes.toString('latin1'));
}

const piece = fc.integer({ min: 1, max: 40 });
const value = fc.oneof(fc.jsonValue({ maxDepth: 6 }), fc.array(fc.jsonValue(), { maxLength: 30 }));
const spaced = fc
  .tuple(value, fc.constantFrom(0, 1, '\t', '\r\n'))
  .map(([given, space]) => JSON.stringify(given, undefined, space));
const fragments = fc.constantFrom(
  ...['[', ']', '{', '}', ',', ':', '"', '\\', ' ', '\n', '1', '-', '"a"', '"a":', 'null', 'tru'],
  ...[
    '"__proto__":',
    '[1,2]',
    '{"b":[3]}',
    '\u00e9',
    '"\u20ac"',
    '\ufeff',
    '\u0000',
    '"\\""',
    '1e9',
  ],
);

describe('JSON parsed in steps', (it) => {
  it('gives what JSON parsed at once gives', () => {
    fc.assert(
      fc.property(spaced, piece, (text, pieceBytes) => {
        agree(Buffer.from(text), pieceBytes);
      }),
    );
  });

  it('refuses and takes what JSON parsed at once refuses and takes', () => {
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 24 }), piece, (parts, pieceBytes) => {
        agree(Buffer.from(`[${parts.join('')}]`), pieceBytes);
        agree(Buffer.from(`{"a":[${parts.join('')}]}`), pieceBytes);
        agree(Buffer.from(parts.join('')), pieceBytes);
      }),
      { numRuns: 3_000 },
    );
  });

  it('judges damaged JSON alike', () => {
    const damage = fc.tuple(
      fc.nat(),
      fc.constantFrom(...Buffer.from('[]{},:"\\ 1a\xff\x00', 'latin1')),
    );
    fc.assert(
      fc.property(spaced, damage, piece, (text, [where, byte], pieceBytes) => {
        const bytes = Buffer.from(text);
        bytes[where % bytes.length] = byte;
        agree(bytes, pieceBytes);
        agree(bytes.subarray(0, where % bytes.length), pieceBytes);
      }),
      { numRuns: 2_000 },
    );
  });

  for (const text of [
    ...['[]', '{}', '[[]]', '[{}]', '[ ]', '[,]', '[1,]', '[,1]', '[1,,2]', '[[1,2],]', '[[1,2]3]'],
    ...[
      '[[1,2] [3]]',
      '{"a":[1,2],}',
      '{"a":[1,2]"b":1}',
      '{"a" [1,2]}',
      '{[1,2]}',
      '{"a":1[1,2]}',
    ],
    ...['[1,2}', '{"a":[1}]', '[1,2]]', '[1,2] x', '[1,2] \n', '\ufeff[1,2]', '{"a":1,"a":[2,3]}'],
    ...['{"__proto__":[1,2],"a":{"__proto__":{"b":1,"c":2}}}', '{"a":{},"b":[[[[1,2],3],4],5]}'],
    ...['{"9":[1,2],"1":[3,4]}', '"text"', '12', '', ' ', 'nul', '[1', '["a', '[{"a":"b,c]"},2]'],
  ]) {
    it(`agrees on ${JSON.stringify(text)}`, () => {
      for (let pieceBytes = 1; pieceBytes < 8; pieceBytes += 1)
        agree(Buffer.from(text), pieceBytes);
    });
  }

  it('holds to the same depth and number of keys', () => {
    const nested = (levels: number): Buffer =>
      Buffer.from('[1,'.repeat(levels) + '2' + ']'.repeat(levels));
    for (const levels of [DEPTH - 1, DEPTH, DEPTH + 1]) agree(nested(levels), 4);
    for (const count of [MAX_JSON_KEYS, MAX_JSON_KEYS + 1]) {
      agree(Buffer.from(`{"b":[1,2]${',"a":1'.repeat(count - 1)}}`), 16);
    }
  });

  it('stops often: a step parses no more than some pieces', () => {
    const bytes = Buffer.from(
      JSON.stringify({ a: { b: Array.from({ length: 1_000 }, () => [1]) } }),
    );
    const steps = [...parseJsonSteps(bytes, DEPTH, 64)].length;
    assert.ok(steps >= Math.floor(bytes.length / (2 * 64)), `${steps} steps`);
  });
});

describe('UTF-8 decoded in steps', (it) => {
  it('gives the same text as at once, valid or not', () => {
    const part = fc.oneof(
      fc.constantFrom(...['a', '\u00e9', '\u20ac', '\u{1f600}'].map((each) => Buffer.from(each))),
      fc.integer({ min: 0x70, max: 0xff }).map((byte) => Buffer.of(byte)),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        (parts, step) => {
          const bytes = Buffer.concat(parts);
          assert.equal(atOnce(utf8Steps(bytes, step)), bytes.toString('utf8'));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
