import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Timers } from '../../src/actors/timers.ts';
import type { SubjectId } from '../../src/model/subject.ts';
import { describe } from '../support/suite.ts';

const subject = (n: number): SubjectId => `device:w${n}` as SubjectId;

describe('Timers', (it) => {
  it('fires in order of deadline, then subject', () => {
    const timers = new Timers();
    timers.set(subject(2), 10);
    timers.set(subject(1), 10);
    timers.set(subject(3), 5);
    assert.deepEqual(timers.due(10), [subject(3), subject(1), subject(2)]);
  });

  it('fires at the deadline and not a moment before', () => {
    const timers = new Timers();
    timers.set(subject(1), 600_000);
    assert.deepEqual(timers.due(599_999.999), []);
    assert.deepEqual(timers.due(600_000), [subject(1)]);
    assert.deepEqual(timers.due(700_000), []);
  });

  it('keeps one deadline per subject: the last one set', () => {
    const timers = new Timers();
    timers.set(subject(1), 5);
    timers.set(subject(1), 20);
    assert.deepEqual(timers.due(10), []);
    timers.set(subject(1), undefined);
    assert.deepEqual(timers.due(30), []);
    assert.equal(timers.size, 0);
  });

  it('tells the earliest deadline', () => {
    const timers = new Timers();
    assert.equal(timers.next, undefined);
    timers.set(subject(1), 7);
    timers.set(subject(2), 3);
    timers.set(subject(2), 9);
    assert.equal(timers.next, 7);
  });

  it('behaves as a sorted list would, whatever is set, moved and removed', () => {
    const step = fc.oneof(
      fc.record({ subject: fc.nat(12), at: fc.option(fc.nat(50), { nil: undefined }) }),
      fc.record({ now: fc.nat(60) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const timers = new Timers();
        const model = new Map<SubjectId, number>();
        for (const each of steps) {
          if ('now' in each) {
            const due = [...model].filter(([, at]) => at <= each.now);
            due.sort(([a, atA], [b, atB]) => atA - atB || (a < b ? -1 : 1));
            assert.deepEqual(
              timers.due(each.now),
              due.map(([id]) => id),
            );
            for (const [id] of due) model.delete(id);
          } else {
            timers.set(subject(each.subject), each.at);
            if (each.at === undefined) model.delete(subject(each.subject));
            else model.set(subject(each.subject), each.at);
          }
          assert.equal(timers.size, model.size);
        }
      }),
    );
  });

  it('does not grow with how often a deadline moves', () => {
    const timers = new Timers();
    for (let at = 0; at < 100_000; at += 1) timers.set(subject(at % 10), at);
    assert.equal(timers.size, 10);
    assert.equal(timers.due(1e9).length, 10);
  });
});
