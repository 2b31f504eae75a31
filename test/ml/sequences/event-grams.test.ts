import assert from 'node:assert/strict';

import fc from 'fast-check';

import { aggregate } from '../../../src/ml/sequences/aggregate.ts';
import { atOnce } from '../../../src/core/steps.ts';
import { Pace } from '../../../src/ml/sequences/pace.ts';
import { createEventGrams } from '../../../src/ml/sequences/event-grams.ts';
import { describe } from '../../support/suite.ts';

import { session, sessions } from './sessions.ts';

const near = (actual: number, expected: number): void => {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);
};

describe('back-off model of events', (it) => {
  it('gives probabilities that sum to one, over what is known, the end and what is not', () => {
    fc.assert(
      fc.property(
        sessions(1),
        sessions(1),
        fc.record({
          order: fc.integer({ min: 1, max: 5 }),
          grams: fc.integer({ min: 3, max: 40 }),
        }),
        (normal, others, options) => {
          const model = createEventGrams(options);
          model.fit(normal);
          const known = new Set(normal.flatMap((one) => [...one]));
          for (const before of others) {
            const nexts = [...known, undefined, 0x12345678];
            const sum = nexts.reduce(
              (total: number, next) => total + model.probability(before, next),
              0,
            );
            assert.ok(Math.abs(sum - 1) < 1e-9, `${sum}`);
          }
        },
      ),
    );
  });

  it('interpolates as Witten and Bell do, worked by hand', () => {
    const model = createEventGrams({ order: 1 });
    model.fit([session(7, 8), session(7, 7)]);
    // Known: 7, 8, the end and "never seen": a quarter each before anything is counted.
    // Without context: 7 three times, 8 once, the end twice: 6 events of 3 kinds.
    const alone = (count: number): number => (count + 3 * 0.25) / (6 + 3);
    // After 7 came 8, 7 and the end: 3 events of 3 kinds.
    near(model.probability(session(7), 8), (1 + 3 * alone(1)) / (3 + 3));
    // At the beginning always 7: 2 events of 1 kind.
    near(model.probability(session(), 7), (2 + alone(3)) / (2 + 1));
    near(model.probability(session(), 99), alone(0) / (2 + 1));
    // After an event never seen only the frequencies are left.
    near(model.probability(session(99), 8), alone(1));
  });

  it('makes a score of surprises in five ways', () => {
    const surprises = Float64Array.of(1, 0, 5, 4, 0);
    assert.equal(atOnce(aggregate({ how: 'mean', span: 1 }, surprises, new Pace())), 2);
    assert.equal(atOnce(aggregate({ how: 'sum', span: 1 }, surprises, new Pace())), 10);
    assert.equal(atOnce(aggregate({ how: 'median', span: 1 }, surprises, new Pace())), 1);
    assert.equal(atOnce(aggregate({ how: 'max', span: 1 }, surprises, new Pace())), 5);
    assert.equal(atOnce(aggregate({ how: 'top', span: 3 }, surprises, new Pace())), 10 / 3);
    assert.equal(atOnce(aggregate({ how: 'window', span: 2 }, surprises, new Pace())), 4.5);
    assert.equal(atOnce(aggregate({ how: 'window', span: 100 }, surprises, new Pace())), 2);
  });

  it('says where a session leaves the normal ones, and what was expected', () => {
    const model = createEventGrams({ order: 2 });
    model.fit(Array.from({ length: 20 }, () => session(1, 2, 3, 4)));
    const [reason] = model.explain(session(1, 2, 9, 4), 1);
    assert.equal(reason?.reason, 'unexpected_next');
    assert.equal(reason.position, 2);
    assert.equal(reason.event, 9);
    assert.equal(reason.expected[0]?.event, 3);
    assert.ok(reason.expected[0].share > 0.9);
    const [cutOff] = model.explain(session(1, 2), 1);
    assert.deepEqual([cutOff?.event, cutOff?.position], [undefined, 2]);
  });

  it('keeps to its bounds and counts what found no room', () => {
    const model = createEventGrams({ order: 4, grams: 50, events: 10 });
    const many = Uint32Array.from({ length: 5000 }, (_, index) => (index * index) % 997);
    model.fit([many]);
    assert.ok(model.bytes <= 50 * 16 + 10 * 8, `${model.bytes} bytes`);
    assert.ok(model.refused > 1000);
    assert.ok(Number.isFinite(model.score([many])[0]));
  });
});
