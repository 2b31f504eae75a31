import assert from 'node:assert/strict';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { createSurpriseCalibrator } from '../../../src/ml/calibration/surprise.ts';
import { thresholdFor } from '../../../src/ml/calibration/threshold.ts';
import { describe } from '../../support/suite.ts';

type Draw = (random: Random) => number;

const NOISE: Readonly<Record<string, Draw>> = {
  normal: (random) => random.normal(0, 1),
  exponential: (random) => -Math.log(1 - random.unit()),
  lognormal: (random) => Math.exp(random.normal(0, 1)),
  uniform: (random) => random.unit(),
  'Pareto 3': (random) => (1 - random.unit()) ** (-1 / 3),
};

describe('false alarms', (it) => {
  for (const [name, draw] of Object.entries(NOISE)) {
    it(`come as often as they should on ${name} noise, early and late`, () => {
      const random = new Random(1, name);
      const rates = [0, 0];
      for (let seed = 0; seed < 6; seed += 1) {
        const calibrator = fitted(5000, () => draw(random));
        for (let step = 0; step < 20_000; step += 1) {
          const score = draw(random);
          const half = step < 10_000 ? 0 : 1;
          if (calibrator.surprise(score) >= 3) rates[half] = (rates[half] as number) + 1 / 60;
          calibrator.update(score);
        }
      }
      // 60 expected in each half: four standard deviations of chance, and of the fits.
      for (const rate of rates) assert.ok(rate > 0.45 && rate < 1.65, `${name} ${rate}`);
    });
  }

  it('never come more often than ties allow', () => {
    const random = new Random(2);
    const calibrator = fitted(10_000, () => random.poisson(3));
    let alarms = 0;
    for (let step = 0; step < 20_000; step += 1) {
      const score = random.poisson(3);
      if (calibrator.surprise(score) >= 2) alarms += 1;
      calibrator.update(score);
    }
    // P(X ≥ 8) is 0.0119, P(X ≥ 9) is 0.0038.
    assert.ok(alarms / 20_000 > 0.002 && alarms / 20_000 < 0.012, `${alarms}`);
  });

  for (const [name, change] of Object.entries({
    'a higher mean': (score: number) => score + 5,
    'a lower mean': (score: number) => score - 5,
    'a larger spread': (score: number) => 3 * score,
    'a smaller spread': (score: number) => score / 3,
  })) {
    it(`are as often again 2,000 scores after ${name}`, () => {
      const random = new Random(3);
      let alarms = 0;
      for (let seed = 0; seed < 4; seed += 1) {
        const calibrator = fitted(8000, () => random.normal(0, 1));
        for (let step = 0; step < 17_000; step += 1) {
          const score = change(random.normal(0, 1));
          if (step >= 2000 && calibrator.surprise(score) >= 3) alarms += 1;
          calibrator.update(score);
        }
      }
      assert.ok(alarms > 20 && alarms < 120, `${alarms} instead of 60`);
    });
  }

  it('follow a level that rises forever, with a window', () => {
    const random = new Random(4);
    let alarms = 0;
    const draw = (step: number) => step / 50 + random.normal(0, 1);
    const calibrator = createSurpriseCalibrator({ window: 200 });
    calibrator.fit(Array.from({ length: 9000 }, (_, step) => draw(step)));
    for (let step = 9000; step < 59_000; step += 1) {
      const score = draw(step);
      if (calibrator.surprise(score) >= 3) alarms += 1;
      calibrator.update(score);
    }
    assert.ok(alarms > 20 && alarms < 110, `${alarms} instead of 50`);
  });

  it('count alarms among what is known', () => {
    const random = new Random(5);
    const calibrator = fitted(8000, () => random.normal(0, 1));
    const before = calibrator.surprise(8);
    for (let step = 0; step < 40; step += 1) calibrator.update(8);
    for (let step = 0; step < 300; step += 1) calibrator.update(random.normal(0, 1));
    assert.ok(before > 5, `${before}`);
    assert.ok(calibrator.surprise(8) > 2 && calibrator.surprise(8) < 4);
  });
});

describe('a threshold from false alarms a week', (it) => {
  it('is the surprise that as many scores reach', () => {
    assert.equal(thresholdFor({ falseAlarmsPerWeek: 1, scoresPerWeek: 10_000 }), 4);
    assert.equal(thresholdFor({ falseAlarmsPerWeek: 20, scoresPerWeek: 10 }), 0);
    assert.equal(thresholdFor({ falseAlarmsPerWeek: 1e-20, scoresPerWeek: 1e4 }), 16);
  });

  it('needs numbers above 0', () => {
    for (const wrong of [0, -1, NaN, Infinity]) {
      for (const budget of [
        { falseAlarmsPerWeek: wrong, scoresPerWeek: 1 },
        { falseAlarmsPerWeek: 1, scoresPerWeek: wrong },
      ]) {
        if (budget.scoresPerWeek === Infinity) continue;
        assert.throws(
          () => thresholdFor(budget),
          (error) => isWatchkeeperError(error, 'MODEL_INPUT'),
        );
      }
    }
  });
});

function fitted(count: number, draw: () => number) {
  const calibrator = createSurpriseCalibrator();
  calibrator.fit(Array.from({ length: count }, draw));
  return calibrator;
}
