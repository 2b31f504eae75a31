import assert from 'node:assert/strict';

import fc from 'fast-check';

import { Random } from '../../../src/core/random.ts';
import type { Finding } from '../../../src/model/finding.ts';
import { compileDetectors } from '../../../src/streams/detector-set.ts';
import {
  dependence,
  MAX_LEVELS,
  passedTo,
  unrisen,
} from '../../../src/streams/detectors/ensemble-rises.ts';
import type { Rises } from '../../../src/streams/detectors/ensemble-rises.ts';
import { describe } from '../../support/suite.ts';
import { MINUTE, SERVICE, START } from '../support.ts';

const STEP = 5 * MINUTE;
const WEEK = 2016;
const MEMBERS = ['error_spike', 'slow_response', 'model_score'];

const surprise = fc.double({ min: 0.01, max: 16, noNaN: true });
const history = fc.array(fc.record({ pause: fc.integer({ min: 1, max: 900 }), surprise }), {
  maxLength: 60,
});

function risen(story: readonly { readonly pause: number; readonly surprise: number }[]): Rises {
  let rises = passedTo(unrisen(WEEK), 0, 4 * WEEK);
  for (const each of story) {
    rises = passedTo({ ...rises, most: each.surprise }, rises.slot + each.pause, 4 * WEEK);
  }
  return rises;
}

describe('rises of an ensemble', (it) => {
  it('takes nothing while nothing rose, and never more than what was counted', () => {
    assert.equal(dependence(unrisen(WEEK), 9), 0);
    fc.assert(
      fc.property(history, surprise, (story, level) => {
        const rises = risen(story);
        const taken = dependence(rises, level);
        const reached = rises.levels.filter((each) => each.surprise >= level);
        const weight = reached.reduce((sum, each) => sum + each.weight, 0);
        assert.ok(taken >= 0 && taken <= Math.max(level, 0) + 1e-9, `${taken} of ${level}`);
        if (weight > 0) assert.ok(level - taken <= -Math.log10(weight / rises.steps) + 1e-9);
      }),
    );
  });

  it('keeps the order of surprises', () => {
    fc.assert(
      fc.property(history, surprise, surprise, (story, one, other) => {
        const rises = risen(story);
        const left = (level: number): number => level - dependence(rises, level);
        assert.ok(left(Math.max(one, other)) >= left(Math.min(one, other)) - 1e-9);
      }),
    );
  });

  it('fades alike step by step and at once, and keeps a bounded number of levels', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 300 }), (story, steps) => {
        const rises = risen(story);
        assert.ok(rises.levels.length <= MAX_LEVELS);
        const once = passedTo(rises, rises.slot + steps, 4 * WEEK);
        let each = rises;
        for (let step = 0; step < steps; step += 1) each = passedTo(each, each.slot + 1, 4 * WEEK);
        assert.ok(Math.abs(once.steps - each.steps) < 1e-6 * once.steps);
        assert.ok(Math.abs(dependence(once, 4) - dependence(each, 4)) < 0.02);
      }),
      { numRuns: 40 },
    );
  });

  it('does not go back with a finding of an earlier step', () => {
    const rises = risen([{ pause: 5, surprise: 3 }]);
    assert.deepEqual(passedTo(rises, rises.slot - 3, 4 * WEEK), rises);
  });
});

describe('ensemble of stationary rules', (it) => {
  const together = (random: Random, rate: number) => {
    const all = random.chance(rate);
    return MEMBERS.map(() => all);
  };
  const apart = (random: Random, rate: number) => MEMBERS.map(() => random.chance(rate));
  const mixed = (random: Random, rate: number) => {
    const two = random.chance(rate);
    return [two, two, random.chance(rate)];
  };
  const modes = { together, apart, mixed };
  for (const [mode, fires] of Object.entries(modes)) {
    it(`opens at most as often as it may when rules fire ${mode}`, () => {
      for (const [perWeek, lasts] of [
        [3, 1],
        [14, 1],
        [14, 12],
        [80, 3],
      ] as const) {
        const rate = opensPerWeek(fires, perWeek, lasts);
        assert.ok(rate <= 1.3, `${perWeek} a week for ${lasts} steps: ${rate}`);
      }
    });
  }

  it('goes on opening for what has not come together before', () => {
    const detector = compiled();
    let state = detector.initial(SERVICE);
    const opens: number[] = [];
    for (let day = 0; day < 20; day += 1) {
      // One rule alone a day; on the last day all.
      const firing = day < 19 ? MEMBERS.slice(0, 1) : MEMBERS;
      for (const action of ['open', 'resolve'] as const) {
        for (const name of firing) {
          const at = START + day * 288 * STEP + (action === 'open' ? 0 : MINUTE);
          const heard = detector.hear?.(state, {
            type: 'findings',
            subject: SERVICE,
            findings: [found(name, action, at)],
            places: ['1'],
          });
          state = heard?.state;
          if (heard?.findings[0]?.action === 'open') opens.push(day);
        }
      }
    }
    assert.deepEqual(opens, [19]);
  });
});

function compiled() {
  const anomalies = [
    { id: 'error_spike' },
    { id: 'slow_response' },
    { id: 'model_score', model: 'm' },
    { id: 'trouble', type: 'ensemble', members: MEMBERS },
  ];
  const set = compileDetectors(JSON.stringify({ anomalies }), 'test.yaml');
  const detector = [...set.detectors, ...set.disabled].find(({ id }) => id === 'trouble');
  if (detector === undefined) throw new Error('There is no ensemble.');
  return detector;
}

function opensPerWeek(
  fires: (random: Random, rate: number) => readonly boolean[],
  perWeek: number,
  lasts: number,
): number {
  const weeks = 30;
  const random = new Random(perWeek, 'rules');
  const detector = compiled();
  let state = detector.initial(SERVICE);
  let opens = 0;
  const until = MEMBERS.map(() => -1);
  const hear = (name: string, action: Finding['action'], at: number): void => {
    const heard = detector.hear?.(state, {
      type: 'findings',
      subject: SERVICE,
      findings: [found(name, action, at)],
      places: ['1'],
    });
    state = heard?.state;
    opens += heard?.findings.filter(({ action: own }) => own === 'open').length ?? 0;
  };
  for (let step = 0; step < weeks * WEEK; step += 1) {
    const at = START + step * STEP;
    const firing = fires(random, perWeek / WEEK);
    for (const [index, name] of MEMBERS.entries()) {
      if (until[index] === step) hear(name, 'resolve', at);
      if (firing[index] !== true || (until[index] ?? -1) > step) continue;
      hear(name, 'open', at);
      until[index] = step + lasts;
    }
  }
  return opens / weeks;
}

function found(detector: string, action: Finding['action'], at: number): Finding {
  return {
    action,
    detector,
    version: 1,
    type: detector,
    severity: 'low',
    subject: SERVICE,
    key: '',
    trigger: `deadline:${at}`,
    at,
    summary: '',
    actionRequired: '',
    evidence: { value: 1, threshold: 1, unit: 'x', windowMs: 0, samples: [], facts: {} },
  };
}
