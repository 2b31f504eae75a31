import assert from 'node:assert/strict';

import { Random } from '../../../src/core/random.ts';
import { Ensemble } from '../../../src/ml/ensemble/ensemble.ts';
import { describe } from '../../support/suite.ts';

const RATE = 1e-3;
const SEEDS = 4;
const SETTLING = 2_000;
const STEPS = 15_000;

/** Tail probabilities of four members in a normal step. */
const DRAWS: Readonly<Record<string, (random: Random) => readonly number[]>> = {
  'that say the same': (random) => {
    const one = probability(random);
    return [one, one, one, one];
  },
  'that are independent': (random) => [0, 1, 2, 3].map(() => probability(random)),
  'of which two say nearly the same': (random) => {
    const one = probability(random);
    const nearly = random.chance(0.8) ? one : probability(random);
    return [one, nearly, probability(random), probability(random)];
  },
};

describe('ensemble of stationary members', (it) => {
  for (const [which, draw] of Object.entries(DRAWS)) {
    it(`alarms as often as it should with members ${which}`, () => {
      const ratio = alarmRatio(draw);
      assert.ok(ratio < 1.3 && ratio > 0.7, `${ratio}`);
    });
  }

  it('does not take members that say the same for independent ones in its first steps', () => {
    const ensemble = new Ensemble();
    const random = new Random(1);
    let alarms = 0;
    for (let round = 0; round < 50_000; round += 1) {
      const surprise = -Math.log10(probability(random));
      const members = ['a', 'b', 'c'].map((name) => ({ name, surprise }));
      if (ensemble.verdict(members).surprise >= 3) alarms += 1;
    }
    assert.ok(alarms < 1.3 * RATE * 50_000, `${alarms}`);
  });
});

/** How often a verdict of 3 or more came, over how often it should. */
function alarmRatio(draw: (random: Random) => readonly number[]): number {
  let alarms = 0;
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const random = new Random(seed, 'stationary');
    const ensemble = new Ensemble();
    for (let step = 0; step < SETTLING + STEPS; step += 1) {
      const members = draw(random).map((each, index) => {
        return { name: `${index}`, surprise: -Math.log10(each) };
      });
      if (step >= SETTLING && ensemble.verdict(members).surprise >= 3) alarms += 1;
      ensemble.update(members);
    }
  }
  return alarms / (SEEDS * STEPS * RATE);
}

function probability(random: Random): number {
  return 1 - random.unit();
}
