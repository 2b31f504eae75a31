import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  bigEndian,
  concatBytes,
  equalBytes,
  fromHex,
  hex,
  utf8,
  utf8Text,
} from '../../src/security/bytes.ts';
import { describe } from '../support/suite.ts';

describe('bytes', (it) => {
  it('turns bytes to hex and back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.equal(hex(bytes), Buffer.from(bytes).toString('hex'));
        assert.deepEqual(fromHex(hex(bytes)), bytes);
      }),
    );
    assert.throws(() => fromHex('abc'), RangeError);
    assert.throws(() => fromHex('zz'), RangeError);
  });

  it('joins parts in order', () => {
    assert.deepEqual(
      concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)),
      Uint8Array.of(1, 2, 3),
    );
    assert.deepEqual(concatBytes(), new Uint8Array(0));
  });

  it('compares by content', () => {
    assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true);
    assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
    assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1)), false);
  });

  it('writes numbers up to 2^53 − 1 most significant byte first', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        assert.equal(BigInt(`0x${hex(bigEndian(value, 8))}`), BigInt(value));
      }),
    );
    assert.equal(hex(bigEndian(Number.MAX_SAFE_INTEGER, 12)), '00000000001fffffffffffff');
  });

  it('reads UTF-8 and refuses what is not', () => {
    assert.equal(utf8Text(utf8('Zürich ⌚')), 'Zürich ⌚');
    assert.throws(() => utf8Text(Uint8Array.of(0xff)), TypeError);
  });
});
