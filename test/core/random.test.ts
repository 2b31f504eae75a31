import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Random } from '../../src/core/random.ts';
import { describe } from '../support/suite.ts';

const take = (random: Random, count: number): number[] =>
  Array.from({ length: count }, () => random.uint32());

/** sfc32 written once more with BigInt words, as the published recurrence reads. */
function reference(words: readonly bigint[], count: number): number[] {
  const mask = 0xffffffffn;
  let [a, b, c] = words as [bigint, bigint, bigint];
  let counter = 1n;
  const outputs: number[] = [];
  for (let round = 0; round < 12 + count; round += 1) {
    const sum = (a + b + counter) & mask;
    counter += 1n;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = ((((c << 21n) | (c >> 11n)) & mask) + sum) & mask;
    if (round >= 12) outputs.push(Number(sum));
  }
  return outputs;
}

describe('Random', (it) => {
  it('follows the sfc32 recurrence', () => {
    assert.deepEqual(take(new Random(7), 50), reference([7n, 0x811c9dc5n, 0x9e3779b9n], 50));
  });

  it('repeats itself for the same seed and stream, and differs for others', () => {
    const first = take(new Random(1, 'watch-1'), 20);
    assert.deepEqual(take(new Random(1, 'watch-1'), 20), first);
    assert.notDeepEqual(take(new Random(2, 'watch-1'), 20), first);
    assert.notDeepEqual(take(new Random(1, 'watch-2'), 20), first);
  });

  it('keeps whole numbers within both bounds and reaches each of them', () => {
    const random = new Random(3);
    const seen = new Set(Array.from({ length: 300 }, () => random.integer(-1, 2)));
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [-1, 0, 1, 2],
    );
  });

  it('keeps fractions in [0, 1) for any seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), (seed, stream) => {
        const value = new Random(seed, stream).unit();
        return value >= 0 && value < 1;
      }),
    );
  });

  it('draws normal and Poisson numbers with the asked mean and spread', () => {
    const random = new Random(11);
    const normals = Array.from({ length: 20_000 }, () => random.normal(70, 4));
    const mean = normals.reduce((sum, x) => sum + x, 0) / normals.length;
    const deviation = Math.sqrt(
      normals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / normals.length,
    );
    assert.ok(Math.abs(mean - 70) < 0.15, `mean ${mean}`);
    assert.ok(Math.abs(deviation - 4) < 0.15, `deviation ${deviation}`);
    for (const expected of [0, 0.3, 5, 45]) {
      const counts = Array.from({ length: 5000 }, () => random.poisson(expected));
      const average = counts.reduce((sum, x) => sum + x, 0) / counts.length;
      assert.ok(Math.abs(average - expected) < 0.05 + expected * 0.05, `${expected}: ${average}`);
    }
  });

  it('goes on from its state as if nothing had been', () => {
    const random = new Random(3, 'trees');
    random.unit();
    const state = random.state();
    const next = [random.uint32(), random.uint32()];
    const other = Random.from(structuredClone(state));
    assert.deepEqual([other.uint32(), other.uint32()], next);
  });

  it('picks from a list, refuses an empty one, and honours certain chances', () => {
    const random = new Random(5);
    assert.ok(['a', 'b'].includes(random.pick(['a', 'b'])));
    assert.throws(() => random.pick([]), /at least one item/);
    assert.equal(random.chance(0), false);
    assert.equal(random.chance(1), true);
    const value = random.between(2, 3);
    assert.ok(value >= 2 && value < 3);
  });
});
