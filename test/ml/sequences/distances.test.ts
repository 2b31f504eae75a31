import assert from 'node:assert/strict';

import fc from 'fast-check';

import { EditDistance } from '../../../src/ml/sequences/edit-distance.ts';
import { createGramBag } from '../../../src/ml/sequences/gram-bag.ts';
import { EditPattern } from '../../../src/ml/sequences/edit-pattern.ts';
import { heaviest } from '../../../src/ml/sequences/references.ts';
import { atOnce } from '../../../src/core/steps.ts';
import { Pace } from '../../../src/ml/sequences/pace.ts';
import { describe } from '../../support/suite.ts';

import { session, sessions } from './sessions.ts';

const words = (text: string): Uint32Array =>
  Uint32Array.from(text, (letter) => letter.codePointAt(0) ?? 0);

const edits = (one: Uint32Array, other: Uint32Array, allowed = Infinity): number =>
  atOnce(new EditPattern(one).distance(other, allowed, new Pace()));

/** Wagner and Fischer, J. ACM 21, 1974. */
function byTheBook(one: Uint32Array, other: Uint32Array): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [line, event] of one.entries()) {
    const next = [line + 1];
    for (const [column, known] of other.entries()) {
      const change = (row[column] as number) + (event === known ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] as number) + 1, (next[column] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
}

describe('bags of runs', (it) => {
  it('measures the overlap of sets, worked by hand', () => {
    const model = createGramBag({
      counting: 'present',
      weighting: 'even',
      similarity: 'overlap',
    });
    model.fit([session(1, 2, 2, 3), session(8, 9)]);
    const [same, half, none] = model.score([session(3, 1, 2), session(1, 2, 4), session(5)]);
    assert.deepEqual([same, half, none], [0, 1 - 2 / 4, 1]);
  });

  it('measures cosines of counts, worked by hand', () => {
    const model = createGramBag({ counting: 'plain', weighting: 'even' });
    model.fit([session(1, 1, 1, 2, 2, 2, 2)]);
    const [same, one] = model.score([session(1, 2, 1, 2, 1, 2, 2), session(1)]);
    assert.ok(Math.abs(same as number) < 1e-12);
    assert.ok(Math.abs((one as number) - (1 - 3 / 5)) < 1e-12);
  });

  it('weighs what few sessions have more', () => {
    const model = createGramBag({ counting: 'plain' });
    const normal = Array.from({ length: 30 }, (_, index) =>
      session(1, 2, ...(index < 15 ? [3] : [])),
    );
    model.fit(normal);
    const [common, strange] = model.score([session(2), session(1, 2, 99)]);
    assert.ok((strange as number) > (common as number));
  });

  it('averages over as many sessions as asked, each as often as it came', () => {
    const model = createGramBag({
      counting: 'present',
      weighting: 'even',
      similarity: 'overlap',
      neighbours: 3,
    });
    model.fit([session(1), session(1), session(2), session(3)]);
    assert.ok(Math.abs((model.score([session(1)])[0] as number) - 1 / 3) < 1e-12);
  });

  it('with runs of one event knows no order', () => {
    fc.assert(
      fc.property(sessions(1), sessions(1), (normal, others) => {
        const model = createGramBag({});
        model.fit(normal);
        const turned = others.map((one) => one.slice().sort());
        for (const [index, score] of model.score(others).entries()) {
          assert.ok(Math.abs(score - (model.score([turned[index] ?? session()])[0] ?? 2)) < 1e-9);
          assert.ok(score >= 0 && score <= 1);
        }
        assert.ok(model.score(normal).every((score) => score < 1e-9));
      }),
    );
  });

  it('keeps to its bounds and counts what found no room', () => {
    const model = createGramBag({ order: 3, grams: 40, references: 5 });
    const many = Array.from({ length: 30 }, (_, index) =>
      Uint32Array.from({ length: 20 }, (_each, at) => index * at),
    );
    model.fit(many);
    assert.ok(model.refused > 25);
    assert.ok(model.bytes < 40 * 16 + 5 * (16 + 20 * 12), `${model.bytes} bytes`);
  });

  it('names the runs that the nearest session does not have', () => {
    const model = createGramBag({});
    model.fit([session(1, 2, 3), session(1, 2, 4), session(7, 7)]);
    const [reason] = model.explain(session(1, 2, 9, 3), 1);
    assert.deepEqual([reason?.event, reason?.position], [9, 2]);
  });
});

describe('edit distance to normal sessions', (it) => {
  it('counts what is put in, left out and changed', () => {
    assert.equal(edits(words('kitten'), words('sitting')), 3);
    assert.equal(edits(words(''), words('abc')), 3);
    assert.equal(edits(words('abc'), words('')), 3);
    assert.equal(edits(words('abc'), words('abc')), 0);
    assert.equal(edits(words('abcdef'), words('uvwxyz'), 3), Infinity);
  });

  it('counts in words of bits what one number after the other gives', () => {
    const long = fc
      .array(fc.integer({ min: 1, max: 4 }), { maxLength: 140 })
      .map((events) => Uint32Array.from(events));
    fc.assert(
      fc.property(long, long, fc.integer({ min: 1, max: 150 }), (one, other, allowed) => {
        const exact = byTheBook(one, other);
        assert.equal(edits(one, other), exact);
        assert.equal(edits(one, other, allowed), exact < allowed ? exact : Infinity);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the share of the longer session, 0 for one like one seen', () => {
    const model = new EditDistance({ references: 4, events: 16 });
    model.fit([session(1, 2, 3, 4), session(5, 6)]);
    assert.deepEqual(
      [...model.score([session(1, 2, 3, 4), session(1, 2, 3), session()])],
      [0, 1 / 4, 1],
    );
  });

  it('is what the nearest of all references gives', () => {
    fc.assert(
      fc.property(sessions(1), sessions(1), (normal, others) => {
        const model = new EditDistance({ references: 64, events: 64 });
        model.fit(normal);
        for (const [index, score] of model.score(others).entries()) {
          const one = others[index] ?? session();
          const all = normal.map(
            (other) => byTheBook(one, other) / Math.max(one.length, other.length, 1),
          );
          assert.equal(score, Math.min(...all));
        }
      }),
    );
  });

  it('keeps the most frequent sessions', () => {
    const model = new EditDistance({ references: 1, events: 16 });
    model.fit([session(9), session(1, 2), session(1, 2)]);
    assert.deepEqual([...model.score([session(1, 2), session(9)])], [0, 1]);
    model.update([session(9)]);
    assert.equal(model.refused, 1);
    assert.deepEqual(
      heaviest([session(9), session(1), session(1)], 5).map(({ weight }) => weight),
      [2, 1],
    );
  });
});
