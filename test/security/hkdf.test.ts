import assert from 'node:assert/strict';
import { fromHex, hex } from '../../src/security/bytes.ts';
import { hkdfExpand, hkdfExtract } from '../../src/security/hkdf.ts';
import { describe } from '../support/suite.ts';

const range = (from: number, to: number): Uint8Array =>
  Uint8Array.from({ length: to - from }, (_, index) => from + index);

/** RFC 5869, appendices A.1 to A.3. */
const VECTORS = [
  {
    input: new Uint8Array(22).fill(0x0b),
    salt: range(0x00, 0x0d),
    info: range(0xf0, 0xfa),
    length: 42,
    key: '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
    output: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
  {
    input: range(0x00, 0x50),
    salt: range(0x60, 0xb0),
    info: range(0xb0, 0x100),
    length: 82,
    key: '06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244',
    output:
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
  },
  {
    input: new Uint8Array(22).fill(0x0b),
    salt: new Uint8Array(0),
    info: new Uint8Array(0),
    length: 42,
    key: '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
    output: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  },
];

describe('hkdf', (it) => {
  for (const [index, vector] of VECTORS.entries()) {
    it(`gives the values of RFC 5869 A.${index + 1}`, () => {
      const key = hkdfExtract(vector.salt, vector.input);
      assert.equal(hex(key), vector.key);
      assert.equal(hex(hkdfExpand(key, vector.info, vector.length)), vector.output);
    });
  }

  it('gives 8,160 bytes and not one more', () => {
    const key = fromHex('00'.repeat(32));
    assert.equal(hkdfExpand(key, key, 8_160).length, 8_160);
    assert.throws(() => hkdfExpand(key, key, 8_161), RangeError);
  });
});
