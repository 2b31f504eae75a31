import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AlertBrief } from '../../../src/app/backtest/alert-tally.ts';
import { compareAlerts } from '../../../src/app/backtest/compare-alerts.ts';
import { ScoreTally } from '../../../src/app/backtest/score-tally.ts';
import { subjectId } from '../../../src/model/subject.ts';
import { describe } from '../../support/suite.ts';

const brief = (id: string, openedAt: number, changes: Partial<AlertBrief> = {}): AlertBrief => ({
  id,
  type: 'error_spike',
  detector: 'error_spike',
  subject: subjectId('service', 'shop'),
  key: '',
  severity: 'high',
  openedAt,
  updatedAt: openedAt,
  resolvedAt: openedAt + 10,
  acknowledgedAt: undefined,
  summary: '',
  count: 1,
  label: undefined,
  model: undefined,
  ...changes,
});

describe('the difference of alerts', (it) => {
  it('is by type, subject and time', () => {
    const live = [brief('a', 0), brief('b', 100), brief('c', 200), brief('d', 300)];
    const found = [
      brief('x', 10),
      brief('y', 100, { type: 'slow_response' }),
      brief('z', 200, { subject: subjectId('service', 'bank') }),
      brief('w', 311),
    ];
    const diff = compareAlerts(live, found);
    assert.equal(diff.matched, 1);
    assert.equal(diff.identical, 0);
    assert.deepEqual(
      diff.onlyLive.map(({ id }) => id),
      ['b', 'c', 'd'],
    );
    assert.deepEqual(
      diff.onlyBacktest.map(({ id }) => id),
      ['y', 'z', 'w'],
    );
  });

  it('knows the very same, and what of them differs', () => {
    const live = brief('a', 0, { resolvedAt: undefined });
    assert.equal(compareAlerts([live], [live]).identical, 1);
    for (const change of [{ updatedAt: 5 }, { severity: 'low' as const }, { resolvedAt: 9 }]) {
      const diff = compareAlerts([live], [{ ...live, ...change }]);
      assert.deepEqual([diff.matched, diff.identical], [1, 0]);
    }
  });

  it('hands labels on, those of the very same first', () => {
    const live = [
      brief('a', 0, { resolvedAt: undefined, label: 'false', acknowledgedAt: 3 }),
      brief('b', 5, { label: 'useful' }),
    ];
    const { labelled } = compareAlerts(live, [brief('b', 5), brief('q', 6), brief('n', -50)]);
    assert.deepEqual(
      labelled.map(({ label }) => label),
      ['useful', 'false', undefined],
    );
    assert.equal(labelled[1]?.acknowledgedAt, 3);
  });

  it('is none between alerts and themselves, whatever they are', () => {
    const alerts = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 50 }), of: fc.constantFrom('p', 'q') }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(alerts, (given) => {
        const all = given.map(({ at, of }, index) =>
          brief(String(index), at, { subject: subjectId('service', of) }),
        );
        const diff = compareAlerts(all, all);
        assert.equal(diff.identical, all.length);
        assert.equal(diff.onlyLive.length + diff.onlyBacktest.length, 0);
      }),
    );
  });
});

describe('surprises', (it) => {
  it('have quantiles to a hundredth, by model, and failures are counted', () => {
    const tally = new ScoreTally();
    const rows = Array.from({ length: 1000 }, (_, index) => ({
      ...{ subject: 's', detector: 'd', key: String(index) },
      answer: { surprise: index / 100, contributions: [] },
    }));
    tally.take({ model: 'a', rows });
    const late = { subject: 's', detector: 'd', key: 'k', answer: { failure: 'late' } } as const;
    tally.take({ model: '', rows: [late, late] });
    tally.take({ model: 'b', rows: [{ ...late, answer: { surprise: 16, contributions: [] } }] });
    const [a, b] = tally.models();
    assert.equal(a?.rows, 1000);
    assert.equal(a.max, 9.99);
    for (const [got, want] of [
      [a.quantiles.p50, 5],
      [a.quantiles.p99, 9.9],
    ] as const) {
      assert.ok(Math.abs(got - want) < 0.021, `${got}`);
    }
    assert.equal(b?.quantiles.p50, 16);
    assert.deepEqual(tally.failures(), { late: 2 });
  });
});
