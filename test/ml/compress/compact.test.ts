import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { readCompact } from '../../../src/ml/compress/compact-reader.ts';
import { writeCompact } from '../../../src/ml/compress/compact-writer.ts';
import { KNOWN_TEXTS } from '../../../src/ml/compress/compact-format.ts';
import { pack } from '../../../src/ml/compress/step-packer.ts';
import { describe } from '../../support/suite.ts';

const write = (value: unknown): Uint8Array => writeCompact(value, (values) => pack(values, 8));
const isInvalid = (error: unknown): boolean => isWatchkeeperError(error, 'MODEL_INVALID');

const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double({ noNaN: false }),
  fc.integer(),
  fc.nat(),
  fc.string(),
  fc.constantFrom(...KNOWN_TEXTS),
  fc.uint8Array(),
  fc.array(fc.constantFrom(0, 1)).map((bits) => Uint8Array.from(bits)),
  fc.float64Array(),
  fc.array(fc.nat()).map((numbers) => Float64Array.from(numbers)),
  fc.float32Array({ noNaN: true }).map((numbers) => Float64Array.from(numbers)),
  fc.uint32Array(),
  fc.int8Array(),
);
const key = fc
  .oneof(fc.constantFrom(...KNOWN_TEXTS), fc.string())
  .filter((name) => name !== '__proto__');
const plain = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('any'), { maxLength: 5 }),
    fc.dictionary(key, tie('any'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).any;

describe('the compact form of plain data', (it) => {
  it('gives everything back, bit for bit', () => {
    fc.assert(
      fc.property(plain, (value) => {
        assert.deepEqual(readCompact(write(value)), value);
      }),
    );
  });

  it('takes a byte for a name that models have, and half for doubles that are singles', () => {
    assert.equal(write({ trained: { columns: 5 } }).length, 7);
    assert.equal(write(Float64Array.of(0.5, 0.25)).length, 10);
    assert.equal(write(Float64Array.of(1, 2, 300)).length, 6);
    assert.equal(write(new Uint8Array(80).fill(1)).length, 12);
  });

  it('refuses what is no plain data', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100; level += 1) deep = [deep];
    for (const value of [
      undefined,
      1n,
      () => 1,
      Symbol('x'),
      new DataView(new ArrayBuffer(1)),
      deep,
    ])
      assert.throws(() => write(value), isInvalid);
  });

  it('refuses any bytes that it cannot read, and never takes them for more than they hold', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 60 }), (bytes) => {
        try {
          readCompact(bytes);
        } catch (error) {
          assert.ok(isInvalid(error), String(error));
        }
      }),
      { numRuns: 2_000 },
    );
    const whole = write({ state: [Float64Array.of(0.1, 2), 'abc', new Float32Array(90).fill(2)] });
    for (let length = 0; length < whole.length; length += 1)
      assert.throws(() => readCompact(whole.subarray(0, length)), isInvalid);
    assert.throws(() => readCompact(Uint8Array.of(...whole, 0)), isInvalid);
    // 2^40 texts, singles, wholes and bits that are not there.
    for (const tag of [0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d])
      assert.throws(() => readCompact(Uint8Array.of(tag, 128, 128, 128, 128, 128, 32)), isInvalid);
  });

  it('refuses names twice, and one that would reach the prototype', () => {
    assert.throws(() => readCompact(Uint8Array.of(0x88, 2, 0xc0, 1, 0xc0, 1)), isInvalid);
    const name = Buffer.from('__proto__');
    assert.throws(
      () => readCompact(Uint8Array.of(0x88, 1, 0x86, name.length, ...name, 1)),
      isInvalid,
    );
  });

  it('keeps the places of its known texts', () => {
    assert.equal(KNOWN_TEXTS.length, new Set(KNOWN_TEXTS).size);
    assert.ok(KNOWN_TEXTS.length <= 64);
    assert.deepEqual(
      [0, 8, 18, 38].map((place) => KNOWN_TEXTS[place]),
      ['kind', 'weights', 'lstm_next_event', 'squares'],
    );
  });
});
