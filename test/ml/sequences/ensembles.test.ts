import assert from 'node:assert/strict';

import { Random } from '../../../src/core/random.ts';
import { LikeLengthGauge } from '../../../src/ml/sequences/like-length-gauge.ts';
import { createLogSession } from '../../../src/ml/sequences/log-session.ts';
import { heldOutScores, scoresOf } from '../../../src/ml/sequences/held-out.ts';
import { createSessionFacts } from '../../../src/ml/sequences/session-facts.ts';
import { createTrace } from '../../../src/ml/sequences/trace.ts';
import { describe } from '../../support/suite.ts';

import { session } from './sessions.ts';

/** Sessions that open, work a while, and close. */
function normalSessions(count: number): Uint32Array[] {
  const random = new Random(4, 'normal sessions');
  return Array.from({ length: count }, () => {
    const work = Array.from({ length: random.integer(1, 6) }, () => random.pick([10, 11, 12]));
    return session(1, 2, ...work, 3);
  });
}

describe('ensembles of models of sequences', (it) => {
  it('finds what is new, missing, out of order or too often in log sessions', () => {
    const model = createLogSession({});
    model.fit(normalSessions(400));
    const usual = model.score(normalSessions(100)).sort();
    const high = usual[97] as number;
    for (const strange of [
      session(1, 2, 10, 99, 3),
      session(1, 10, 11, 3),
      session(3, 11, 10, 2, 1),
      session(1, 2, 2, 2, 2, 10, 3),
    ]) {
      const [score] = model.score([strange]);
      assert.ok((score as number) > high, `${strange.join(' ')}: ${score}, normal ${high}`);
    }
  });

  it('says which member found it, and why', () => {
    const model = createLogSession({});
    model.fit(normalSessions(400));
    const strange = session(1, 2, 10, 99, 3);
    const names = model.verdicts(strange).map(({ name }) => name);
    assert.deepEqual(names, ['facts', 'counts', 'order']);
    const [first] = model.explain(strange, 3);
    assert.deepEqual([first?.event, first?.position], [99, 3]);
  });

  it('takes what it learns online for normal after a while', () => {
    const model = createLogSession({});
    model.fit(normalSessions(200));
    const fresh = session(1, 2, 50, 3);
    const [before] = model.score([fresh]);
    model.update(Array.from({ length: 60 }, () => fresh));
    const [after] = model.score([fresh]);
    assert.ok((after as number) < (before as number) / 2, `${before} to ${after}`);
  });

  it('leaves out a member of weight 0', () => {
    const model = createTrace({ runs: 0, order: 0 });
    model.fit(normalSessions(60));
    const verdicts = model.verdicts(session(1, 2, 99));
    assert.deepEqual(
      verdicts.map(({ weighted }) => weighted > 0),
      [true, false, false],
    );
  });

  it('scores each session without having learned it', () => {
    const model = createSessionFacts({});
    const normal = [...Array.from({ length: 19 }, () => session(1, 2)), session(1, 77)];
    const held = heldOutScores(model, normal);
    model.fit(normal);
    assert.ok((held[19] as number) > (model.score([session(1, 77)])[0] as number));
  });
});

describe('scores of many sessions', (it) => {
  it('are those of each, however often it comes', () => {
    const model = createLogSession({});
    model.fit(normalSessions(50));
    const some = normalSessions(60);
    const many = [...some, session(), ...some, session(1, 2, 99), session()];
    assert.deepEqual(scoresOf(model, many), model.score(many));
  });
});

describe('surprise among sessions of like length', (it) => {
  it('judges a score by those about as long', () => {
    const gauge = new LikeLengthGauge();
    const lengths = Array.from({ length: 400 }, (_, index) => index + 1);
    gauge.fit(
      lengths,
      lengths.map((length) => (length > 200 ? 10 : 1) + (length % 7) / 10),
    );
    assert.ok(gauge.surprise(20, 9) > 2);
    assert.ok(gauge.surprise(380, 9) < 0.1);
    assert.ok(gauge.surprise(20, 4) > gauge.surprise(20, 2), 'higher beyond what was seen');
  });

  it('forgets the oldest and is finite with nothing, or with equal scores', () => {
    const gauge = new LikeLengthGauge();
    assert.ok(Number.isFinite(gauge.surprise(5, 1)));
    for (let index = 0; index < 5000; index += 1) gauge.update(3, 1);
    const { scores } = gauge.snapshot().state as { scores: Float64Array };
    assert.equal(scores.length, 4096);
    assert.ok(gauge.surprise(3, 1) < 0.4);
    assert.ok(Number.isFinite(gauge.surprise(3, 1e300)));
    assert.ok(gauge.surprise(3, 2) > 2);
  });
});
