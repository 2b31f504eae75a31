import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { fromHex } from '../../src/security/bytes.ts';
import { checkShape } from '../../src/wire/msgpack-shape.ts';
import { describe } from '../support/suite.ts';

const packr = new Packr({ useRecords: false, variableMapSize: true });
const wide = { maxDepth: 64, maxValues: 1e6 };
const malformed = (error: unknown): boolean => isWatchkeeperError(error, 'FRAME_MALFORMED');

describe('msgpack shape', (it) => {
  it('accepts what an encoder writes, and no prefix or extension of it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const bytes = new Uint8Array(packr.pack(value));
        checkShape(bytes, wide);
        assert.throws(() => checkShape(bytes.subarray(0, -1), wide), malformed);
        assert.throws(() => checkShape(new Uint8Array([...bytes, 0]), wide), malformed);
      }),
    );
  });

  it('accepts each type of the format by its length', () => {
    const types = [
      '00 7f e0 ff c0 c2 c3 80 90 a0 a161 8101c0 9101',
      'cc00 cd0000 ce00000000 cf0000000000000000 d000 d10000 d200000000 d30000000000000000',
      'ca00000000 cb0000000000000000 c40101 c5000101 c60000000101 d90161 da000161 db0000000161',
      'dc000100 dd0000000100 de00010000 df000000010000',
    ];
    for (const type of types.join(' ').split(' ')) checkShape(fromHex(type), wide);
  });

  it('refuses extension types and the byte that is never used', () => {
    for (const type of [
      'c1',
      'c70100ff',
      'c8000100ff',
      'c90000000100ff',
      'd40000',
      'd60000000000',
    ]) {
      assert.throws(() => checkShape(fromHex(type), wide), malformed, type);
    }
  });

  it('refuses lengths that lie, at once', () => {
    for (const lie of ['ddffffffff', 'dfffffffff', 'dbffffffff', 'c6ffffffff', 'dcffff00']) {
      assert.throws(() => checkShape(fromHex(lie), wide), malformed, lie);
    }
  });

  it('counts depth and values', () => {
    const nested = (depth: number) =>
      new Uint8Array([...new Array<number>(depth).fill(0x91), 0x01]);
    checkShape(nested(3), { maxDepth: 3, maxValues: 9 });
    assert.throws(() => checkShape(nested(4), { maxDepth: 3, maxValues: 9 }), malformed);
    checkShape(nested(60_000), { maxDepth: 60_000, maxValues: 1e6 });
    checkShape(fromHex('9401020304'), { maxDepth: 1, maxValues: 5 });
    assert.throws(
      () => checkShape(fromHex('9401020304'), { maxDepth: 1, maxValues: 4 }),
      malformed,
    );
  });
});
