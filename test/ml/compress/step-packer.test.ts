import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  keptOf,
  pack,
  packProblem,
  StepPacker,
  unpack,
} from '../../../src/ml/compress/step-packer.ts';
import { describe } from '../../support/suite.ts';

const LARGEST = 60_000;
const floats = fc.array(fc.float({ noNaN: true, min: -LARGEST, max: LARGEST }), { maxLength: 300 });
const bits = fc.integer({ min: 2, max: 8 });

describe('packing numbers in steps', (it) => {
  it('keeps each within half a step of its group, and the step near the smallest that will do', () => {
    fc.assert(
      fc.property(floats, bits, (numbers, width) => {
        const values = Float32Array.from(numbers, (value) => (Math.abs(value) < 1e-3 ? 1 : value));
        const back = unpack(pack(values, width));
        assert.equal(back.length, values.length);
        values.forEach((value, at) => {
          const start = at - (at % 64);
          const largest = Math.max(...values.subarray(start, start + 64).map(Math.abs));
          const half = (largest / (2 ** (width - 1) - 1) / 2) * 1.13;
          assert.ok(Math.abs(value - (back[at] as number)) <= half, `${value} ${back[at]}`);
        });
      }),
    );
  });

  it('sets the part that is smallest to 0, with what was 0 before', () => {
    const values = Float32Array.from({ length: 200 }, (_, at) => (at % 4 === 0 ? 0 : at + 1));
    for (const [prune, zeros] of [
      [0, 50],
      [0.2, 50],
      [0.5, 100],
      [1, 200],
    ] as const) {
      const back = unpack(pack(values, 8, prune));
      assert.equal(back.filter((value) => value === 0).length, zeros);
      assert.equal(back[199] === 0, prune === 1);
    }
  });

  it('writes no mask for few zeros', () => {
    const values = new Float32Array(100).fill(3).fill(0, 0, 10);
    assert.equal(pack(values, 8).kept, undefined);
    assert.equal(pack(values.fill(0, 0, 20), 8).kept?.length, 13);
    assert.deepEqual(keptOf([0, 1, 2]), Uint8Array.of(0, 1, 1));
  });

  it('keeps zeros and nothing', () => {
    assert.deepEqual(unpack(pack(new Float32Array(100), 7)), new Float32Array(100));
    assert.deepEqual(unpack(pack(new Float32Array(0), 7)), new Float32Array(0));
  });

  it('takes numbers that are changed before they are rounded, cut off where they outgrow the group', () => {
    const packer = new StepPacker([1, 0.5, 0.25], 8, new Uint8Array(3).fill(1));
    const first = packer.put(0);
    packer.values[1] = 0.75;
    packer.values[2] = 99;
    const rounded = [first, packer.put(1), packer.put(2)];
    assert.deepEqual([...unpack(packer.packed())], rounded.map(Math.fround));
    assert.ok(Math.abs((rounded[1] ?? 0) - 0.75) < 0.005);
    assert.ok((rounded[2] ?? 0) < 1.13);
  });

  it('says what does not fit together', () => {
    const whole = pack(
      Float32Array.from({ length: 100 }, (_, at) => at % 3),
      8,
    );
    assert.equal(packProblem(whole), undefined);
    for (const wrong of [
      { bits: 1 },
      { bits: 9 },
      { length: 2 ** 25 },
      { length: 164 },
      { scales: new Uint8Array(1) },
      { steps: whole.steps.subarray(1) },
      { kept: new Uint8Array(1) },
      { kept: new Uint8Array(13).fill(255) },
    ])
      assert.notEqual(packProblem({ ...whole, ...wrong }), undefined, JSON.stringify(wrong));
  });
});
