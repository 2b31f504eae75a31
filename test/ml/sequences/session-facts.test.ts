import assert from 'node:assert/strict';

import fc from 'fast-check';

import { Random } from '../../../src/core/random.ts';
import { createSessionFacts } from '../../../src/ml/sequences/session-facts.ts';
import { describe } from '../../support/suite.ts';

import { session, sessions } from './sessions.ts';

/** 99 sessions: open, some work, close; two kinds of work that exclude each other. */
const NORMAL = Array.from({ length: 99 }, (_, index) =>
  index % 3 === 0 ? session(1, 5, 2) : session(1, 6, 6, 2),
);

describe('facts about sessions', (it) => {
  it('has nothing to say about sessions like the normal ones', () => {
    const model = createSessionFacts({});
    model.fit(NORMAL);
    const [usual] = model.score([session(1, 6, 6, 2)]);
    assert.ok((usual as number) < 0.5, `${usual}`);
  });

  it('says how rare each fact is, worked by hand', () => {
    const model = createSessionFacts({});
    model.fit(NORMAL);
    const strongest = (events: Uint32Array): readonly unknown[] => {
      const [reason] = model.explain(events, 1);
      return [reason?.reason, reason?.event, reason?.surprise.toFixed(4)];
    };
    const digits = (share: number): string => Math.log10(share).toFixed(4);
    // Never seen in 99 sessions, one added.
    assert.deepEqual(strongest(session(1, 6, 6, 7, 2)), ['rare_event', 7, digits(100)]);
    // In every one of them.
    assert.deepEqual(strongest(session(6, 6, 2)), ['missing_event', 1, digits(100)]);
    // 33 with 5 and 66 with 6: 22 expected with both, none seen; 5 has 34 of 100.
    const together = digits((100 / 34) * 23);
    const [both] = model.explain(session(1, 5, 6, 6, 2), 1);
    assert.deepEqual([both?.reason, both?.surprise.toFixed(4)], ['never_together', together]);
    // 1 always came once: 99 sessions of one kind of count.
    assert.deepEqual(strongest(session(1, 1, 1, 1, 6, 6, 2, 2, 2, 2)).slice(0, 1), ['count']);
  });

  it('does not hold two rare events against each other', () => {
    const model = createSessionFacts({});
    const random = new Random(3, 'rare');
    const normal = Array.from({ length: 2000 }, (_, index) => {
      const rare = index % 200 === 0 ? [50] : index % 200 === 1 ? [60] : [];
      return session(1, ...rare, random.integer(2, 4));
    });
    model.fit(normal);
    const [one, both] = model.score([session(1, 2, 50), session(1, 2, 50, 60)]);
    assert.ok((both as number) - (one as number) < 0.1, `${both} against ${one}`);
  });

  it('looks at counts as growing things: more than ever is less strange where counts vary', () => {
    const model = createSessionFacts({});
    const normal = Array.from({ length: 400 }, (_, index) =>
      session(1, ...new Array<number>(1 + (index % 20)).fill(2)),
    );
    model.fit(normal);
    const [varied, rigid] = model.score([
      session(1, ...new Array<number>(25).fill(2)),
      session(1, 1, 2, 2),
    ]);
    assert.ok((varied as number) + 0.5 < (rigid as number), `${varied} against ${rigid}`);
  });

  it('knows no order of events, nor of the sessions it learns', () => {
    fc.assert(
      fc.property(sessions(1), sessions(1), (normal, others) => {
        const model = createSessionFacts({});
        model.fit(normal);
        const turned = createSessionFacts({});
        turned.fit([...normal].reverse().map((one) => one.slice().reverse()));
        const scores = model.score(others);
        const again = turned.score(others.map((one) => one.slice().reverse()));
        for (const [index, score] of scores.entries()) {
          assert.ok(Math.abs(score - (again[index] as number)) < 1e-9);
        }
      }),
    );
  });

  it('keeps to its bounds', () => {
    const model = createSessionFacts({ events: 20, pairs: 30, width: 8 });
    const wide = Array.from({ length: 50 }, (_, index) =>
      Uint32Array.from({ length: 200 }, (_each, at) => index * 17 + at * at),
    );
    model.fit(wide);
    assert.ok(model.bytes <= 20 * (8 + 8 + 73 * 8) + 30 * 24, `${model.bytes} bytes`);
    for (const score of model.score(wide)) assert.ok(Number.isFinite(score));
  });
});
