import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { decodeSnappy } from '../../../src/wire/inputs/snappy.ts';
import { snappy } from '../../support/snappy-writer.ts';
import { describe } from '../../support/suite.ts';

const MAX = 4_194_304;

describe('snappy block', (it) => {
  it('reads what a writer wrote', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('abcd', 'xyz', '0123456789', '\u0000', 'q')),
        (words) => {
          const bytes = Buffer.from(words.join(''));
          assert.deepEqual(decodeSnappy(snappy(bytes), MAX), bytes);
        },
      ),
    );
    const long = Buffer.from('{"level":"INFO","message":"paid"}\n'.repeat(20_000));
    assert.deepEqual(decodeSnappy(snappy(long), MAX), long);
  });

  for (const [what, hex, text] of [
    ['a literal', '0308616263', 'abc'],
    ['nothing', '00', ''],
    // A copy that reaches into itself: "ab" and 6 bytes from 2 back.
    ['a copy into itself', '080461620902', 'abababab'],
    ['a copy of a 2-byte offset', '080461621602 00'.replace(' ', ''), 'abababab'],
    ['a copy of a 4-byte offset', '0804616217020000 00'.replace(' ', ''), 'abababab'],
    ['a literal of a 1-byte length', 'f002616263'.replace('f0', '03f0'), 'abc'],
  ] as const) {
    it(`reads ${what}`, () => {
      assert.equal(decodeSnappy(Buffer.from(hex, 'hex'), MAX).toString(), text);
    });
  }

  for (const [what, hex, code] of [
    ['no bytes', '', 'PAYLOAD_INVALID'],
    ['a length without end', 'ffffffffffff', 'PAYLOAD_INVALID'],
    ['more than the limit', '8080808002', 'TOO_LARGE'],
    ['a length that the input cannot come to', '80800461', 'PAYLOAD_INVALID'],
    ['a copy from before the start', '0804616209ff', 'PAYLOAD_INVALID'],
    ['a copy of offset 0', '080461620900', 'PAYLOAD_INVALID'],
    ['a literal beyond the input', '0410616263', 'PAYLOAD_INVALID'],
    ['less than the length', '0408616263', 'PAYLOAD_INVALID'],
    ['more than the length', '0208616263', 'PAYLOAD_INVALID'],
    ['half a tag', '03f0', 'PAYLOAD_INVALID'],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => decodeSnappy(Buffer.from(hex, 'hex'), MAX),
        (error) => isWatchkeeperError(error, code),
      );
    });
  }

  it('answers any bytes with bytes or a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          assert.ok(decodeSnappy(bytes, 1_000).length <= 1_000);
        } catch (error) {
          assert.ok(isWatchkeeperError(error));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
