import assert from 'node:assert/strict';
import fc from 'fast-check';
import { INCIDENT_MS, incidentsOf } from '../../src/alerts/incidents.ts';
import {
  judgedAlert,
  performanceOf,
  SHIFT_MS,
  type JudgedAlert,
} from '../../src/alerts/performance.ts';
import { wilson } from '../../src/alerts/wilson.ts';
import { ALERT_LABELS } from '../../src/model/alert.ts';
import type { PerformanceRow } from '../../src/model/performance.ts';
import { anAlert } from '../support/fake-site.ts';
import { describe } from '../support/suite.ts';

const MINUTE = 60_000;

function judged(changes: Partial<JudgedAlert> = {}): JudgedAlert {
  return {
    detector: 'error_spike',
    subject: 'service:pay',
    openedAt: 0,
    acknowledgedAt: undefined,
    label: undefined,
    model: undefined,
    ...changes,
  };
}

function rowsOf(
  alerts: readonly JudgedAlert[],
  { known = [], spanMs = SHIFT_MS }: { known?: readonly string[]; spanMs?: number } = {},
): readonly PerformanceRow[] {
  return performanceOf(alerts, { spanMs, known, idOf: ({ detector }) => detector }).rows;
}

const SOME = fc.array(
  fc.record({
    detector: fc.constantFrom('a', 'b', 'c'),
    subject: fc.constantFrom('service:x', 'service:y'),
    openedAt: fc.integer({ min: 0, max: 20 }).map((step) => step * 5 * MINUTE),
    acknowledgedAt: fc.option(fc.integer({ min: 0, max: 8_000_000 }), { nil: undefined }),
    label: fc.option(fc.constantFrom(...ALERT_LABELS), { nil: undefined }),
    model: fc.constant(undefined),
  }),
  { maxLength: 40 },
);

describe('Wilson interval', (it) => {
  const TABLE: readonly (readonly [number, number, number, number])[] = [
    [8, 10, 0.4902, 0.9433],
    [0, 5, 0, 0.4345],
    [5, 5, 0.5655, 1],
    [1, 1, 0.2065, 1],
    [50, 100, 0.4038, 0.5962],
  ];
  for (const [hits, total, low, high] of TABLE) {
    it(`of ${hits} in ${total}`, () => {
      const interval = wilson(hits, total);
      assert.equal(interval.low.toFixed(4), low.toFixed(4));
      assert.equal(interval.high.toFixed(4), high.toFixed(4));
    });
  }

  it('holds the share, lies within 0 to 1, and is mirrored by its opposite', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(5_000), (hits, misses) => {
        fc.pre(hits + misses > 0);
        const total = hits + misses;
        const { low, high } = wilson(hits, total);
        assert.ok(0 <= low && low <= hits / total && hits / total <= high && high <= 1);
        const opposite = wilson(misses, total);
        assert.ok(Math.abs(low + opposite.high - 1) < 1e-9);
      }),
    );
  });
});

describe('incidents', (it) => {
  it('joins alerts on one subject that open less than 15 minutes after the one before', () => {
    const at = (openedAt: number, subject = 'service:pay') => judged({ openedAt, subject });
    const [a, b, c, d] = [at(0), at(INCIDENT_MS - 1), at(2 * INCIDENT_MS - 2), at(3 * INCIDENT_MS)];
    const other = at(1, 'service:mail');
    assert.deepEqual(incidentsOf([d, b, other, a, c]), [[other], [a, b, c], [d]]);
    assert.deepEqual(incidentsOf([at(0), at(INCIDENT_MS)]).length, 2);
    assert.deepEqual(incidentsOf([]), []);
  });

  it('are the same in whatever order alerts come', () => {
    const key = (incidents: readonly JudgedAlert[][]) =>
      incidents.map((each) => each.map((alert) => JSON.stringify(alert)).sort()).sort();
    fc.assert(
      fc.property(
        SOME.chain((alerts) =>
          fc.tuple(
            fc.constant(alerts),
            fc.shuffledSubarray(alerts, { minLength: alerts.length, maxLength: alerts.length }),
          ),
        ),
        ([alerts, shuffled]) => {
          assert.deepEqual(key(incidentsOf(shuffled)), key(incidentsOf(alerts)));
          assert.deepEqual(rowsOf(shuffled), rowsOf(alerts));
        },
      ),
    );
  });

  it('hold every alert once, and leave at least 15 minutes between two on one subject', () => {
    fc.assert(
      fc.property(SOME, (alerts) => {
        const incidents = incidentsOf(alerts);
        assert.equal(incidents.flat().length, alerts.length);
        for (const [index, incident] of incidents.entries()) {
          const next = incidents[index + 1]?.[0];
          const last = incident.at(-1);
          assert.equal(new Set(incident.map(({ subject }) => subject)).size, 1);
          if (next?.subject !== last?.subject) continue;
          assert.ok((next?.openedAt ?? 0) - (last?.openedAt ?? 0) >= INCIDENT_MS);
        }
      }),
    );
  });
});

describe('performance of detectors', (it) => {
  it('counts labels, and leaves expected alerts out of precision', () => {
    const labels = ['useful', 'useful', 'useful', 'false', 'expected', undefined] as const;
    const [row] = rowsOf(
      labels.map((label, index) => judged({ label, openedAt: index * 20 * MINUTE })),
    );
    assert.deepEqual(row, {
      id: 'error_spike',
      opened: 6,
      labelled: 5,
      useful: 3,
      false: 1,
      expected: 1,
      precision: 0.75,
      precisionLow: wilson(3, 4).low,
      precisionHigh: wilson(3, 4).high,
      recall: 1,
      alertsPerShift: 6,
      acknowledged: 0,
    });
  });

  it('estimates recall by incidents, not by alerts', () => {
    const alerts = [
      judged({ detector: 'a', label: 'useful' }),
      judged({ detector: 'b', openedAt: 10 * MINUTE }),
      judged({ detector: 'b', openedAt: 12 * MINUTE, label: 'useful' }),
      judged({ detector: 'b', subject: 'service:mail', label: 'useful' }),
      judged({ detector: 'a', subject: 'service:quiet', label: 'false' }),
      judged({ detector: 'c', subject: 'service:quiet' }),
    ];
    const recalls = Object.fromEntries(rowsOf(alerts).map(({ id, recall }) => [id, recall]));
    assert.deepEqual(recalls, { a: 1 / 2, b: 1, c: 0 });
  });

  it('has a row for a detector that never fired, without shares', () => {
    assert.deepEqual(rowsOf([], { known: ['service_down'] }), [
      {
        id: 'service_down',
        ...{ opened: 0, labelled: 0, useful: 0, false: 0, expected: 0 },
        ...{ alertsPerShift: 0, acknowledged: 0 },
      },
    ]);
  });

  it('takes a window shorter than a shift for one shift', () => {
    const alerts = [judged(), judged({ openedAt: 1 }), judged({ openedAt: 2 })];
    const per = (spanMs: number) => rowsOf(alerts, { spanMs })[0]?.alertsPerShift;
    assert.deepEqual([0, SHIFT_MS, 3 * SHIFT_MS, 6 * SHIFT_MS].map(per), [3, 3, 1, 0.5]);
  });

  it('takes times to acknowledgement by nearest rank, none of them negative', () => {
    const acks = [4, 1, 3, 2].map((minutes) => judged({ acknowledgedAt: minutes * MINUTE }));
    const [row] = rowsOf([...acks, judged({ openedAt: 60 * MINUTE, acknowledgedAt: 0 }), judged()]);
    assert.equal(row?.acknowledged, 5);
    assert.equal(row.ackP50Ms, 2 * MINUTE);
    assert.equal(row.ackP95Ms, 4 * MINUTE);
  });

  it('tells versions of models apart by what alerts name', () => {
    const facts = { model: 'v1' };
    const alert = anAlert({ label: 'useful' });
    const named = anAlert({ label: 'false', evidence: { ...alert.evidence, facts } });
    const { rows } = performanceOf([alert, named].map(judgedAlert), {
      spanMs: SHIFT_MS,
      idOf: ({ model }) => model,
    });
    assert.deepEqual(
      rows.map(({ id, opened, precision }) => ({ id, opened, precision })),
      [{ id: 'v1', opened: 1, precision: 0 }],
    );
  });

  it('keeps every share within its bounds and every count within the alerts', () => {
    fc.assert(
      fc.property(SOME, (alerts) => {
        const rows = rowsOf(alerts);
        assert.equal(
          rows.reduce((sum, { opened }) => sum + opened, 0),
          alerts.length,
        );
        for (const row of rows) {
          const { precision = 0, precisionLow = 0, precisionHigh = 0, recall = 0 } = row;
          assert.ok(0 <= precisionLow && precisionLow <= precision);
          assert.ok(precision <= precisionHigh && precisionHigh <= 1);
          assert.ok(0 <= recall && recall <= 1);
          assert.ok(row.labelled <= row.opened && row.acknowledged <= row.opened);
          assert.ok((row.ackP50Ms ?? 0) <= (row.ackP95Ms ?? 0));
          // Whoever fired usefully took part in a useful incident.
          assert.equal(row.useful > 0, row.useful > 0 && recall > 0);
        }
      }),
    );
  });
});
