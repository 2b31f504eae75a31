import assert from 'node:assert/strict';
import { Random } from '../../../src/core/random.ts';
import {
  createSurpriseCalibrator,
  restoreSurpriseCalibrator,
} from '../../../src/ml/calibration/surprise.ts';
import { describe } from '../../support/suite.ts';

/** Weights of the values 0, 1, 2 …, from two values to many. */
const STEPS: Readonly<Record<string, readonly number[]>> = {
  'a value once in 400': [0.9975, 0.0025],
  'a value once in 1,000': [0.999, 0.001],
  'three values': [0.7, 0.27, 0.03],
  'a tenth at each step': [0.9, 0.09, 0.009, 0.0009, 0.00009, 0.00001],
  'a quarter at each step': Array.from({ length: 12 }, (_, step) => 0.75 * 0.25 ** step),
  'a half at each step': Array.from({ length: 16 }, (_, step) => 0.5 ** (step + 1)),
  'squares of ranks': Array.from({ length: 200 }, (_, step) => (step + 1) ** -2),
  'three rare ones': [0.5, 0.4, 0.0985, 0.0005, 0.0005, 0.0005],
};

describe('surprise of scores that come in steps', (it) => {
  for (const [name, weights] of Object.entries(STEPS)) {
    it(`alarms as often as it says, or less: ${name}`, () => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const count of [300, 1000, 4000]) {
        const random = new Random(count, name);
        const rounds = 300;
        let rate = 0;
        for (let round = 0; round < rounds; round += 1) {
          const calibrator = createSurpriseCalibrator();
          calibrator.fit(Float64Array.from({ length: count }, () => drawn(weights, random)));
          // Not sampled: each value alarms or does not.
          for (const [value, weight] of weights.entries()) {
            if (calibrator.surprise(value) >= 3) rate += weight / total / rounds;
          }
        }
        assert.ok(rate <= 1.3e-3, `${count} scores: ${rate}`);
      }
    });
  }

  it('finds what is new surprising though all scores tie', () => {
    for (const count of [400, 1000, 5000]) {
      const calibrator = createSurpriseCalibrator();
      calibrator.fit(new Float64Array(count));
      assert.equal(calibrator.surprise(0), 0);
      assert.ok(calibrator.surprise(0.1) >= 3, `${count}: ${calibrator.surprise(0.1)}`);
      assert.ok(calibrator.surprise(1e300) < Math.log10(count) + 1);
    }
  });

  it('rises beyond the highest, and claims no more than different values bear out', () => {
    const random = new Random(3);
    const calibrator = createSurpriseCalibrator();
    calibrator.fit(Float64Array.from({ length: 2000 }, () => random.poisson(2)));
    const beyond = [12, 13, 20, 1e3, 1e9, 1e300].map((score) => calibrator.surprise(score));
    assert.ok(beyond.every((one, at) => at === 0 || one >= (beyond[at - 1] as number)));
    assert.ok((beyond[0] as number) > 3.3);
    assert.ok((beyond.at(-1) as number) < Math.log10(2001 * Math.E * 12));
  });

  it('counts nearly tied scores where it is told that they come in steps', () => {
    const random = new Random(5);
    const scores = Float64Array.from({ length: 2000 }, (_, at) => {
      return (at % 500 === 0 ? 3.8 : at % 20) + random.unit() / 100;
    });
    const [told, untold] = [true, false].map((stepped) => {
      const calibrator = createSurpriseCalibrator({ stepped });
      calibrator.fit(scores.map((score) => (score > 5 ? 0 : score)));
      return calibrator.surprise(4.2);
    });
    assert.ok((told as number) > 3, `${told}`);
    assert.notEqual(told, untold);
  });

  it('leaves scores that never tie to the fitted tail', () => {
    const random = new Random(7);
    const scores = Float64Array.from({ length: 3000 }, () => -Math.log(1 - random.unit()));
    const calibrator = createSurpriseCalibrator();
    calibrator.fit(scores);
    // An exponential tail: 30 is 13 digits; counting ends at about 4.
    assert.ok(calibrator.surprise(30) > 6);
  });

  it('comes back from a snapshot, also from one of before there were steps', () => {
    const calibrator = createSurpriseCalibrator({ stepped: true });
    const random = new Random(9);
    calibrator.fit(Float64Array.from({ length: 900 }, () => random.unit()));
    const copy = restoreSurpriseCalibrator(structuredClone(calibrator.snapshot()));
    for (let round = 0; round < 400; round += 1) {
      const score = random.unit() * 1.1;
      assert.equal(copy.surprise(score), calibrator.surprise(score));
      copy.update(score);
      calibrator.update(score);
    }
    assert.deepEqual(copy.snapshot(), calibrator.snapshot());
    const { stepped: _, ...before } = createSurpriseCalibrator().snapshot().state as {
      stepped: boolean;
    };
    const old = restoreSurpriseCalibrator({ kind: 'surprise', version: 1, state: before });
    assert.deepEqual(old.snapshot(), createSurpriseCalibrator().snapshot());
  });
});

function drawn(weights: readonly number[], random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = random.unit() * total;
  return Math.max(
    0,
    weights.findIndex((weight) => (left -= weight) < 0),
  );
}
