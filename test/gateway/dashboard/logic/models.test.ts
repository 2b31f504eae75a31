import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatBytes,
  modelRows,
  type ModelEntry,
} from '../../../../src/gateway/dashboard/logic/model-rows.ts';
import {
  ackText,
  formatPerShift,
  formatShare,
  intervalText,
  isUnlabelled,
  performanceNote,
  sortedPerformance,
} from '../../../../src/gateway/dashboard/logic/performance-rows.ts';
import type { MODEL_STAGES } from '../../../../src/model/models.ts';
import type { PerformanceRow } from '../../../../src/model/performance.ts';
import { someModels, somePerformance } from '../../../support/dashboard-fixtures.ts';
import { describe } from '../../../support/suite.ts';

const NOTHING: PerformanceRow = {
  id: 'x',
  ...{ opened: 0, labelled: 0, useful: 0, false: 0, expected: 0 },
  ...{ alertsPerShift: 0, acknowledged: 0 },
};

describe('dashboard: rows of models', (it) => {
  it('show the versions in force and the facts of the live one', () => {
    const [sessions, vitals] = modelRows(
      someModels({ isReadable: false }),
      somePerformance().models,
    );
    assert.deepEqual(
      { ...vitals, performance: vitals?.performance?.useful },
      {
        name: 'vitals',
        kind: 'isolation_forest',
        live: 'aaaaaaaa',
        canary: 'bbbbbbbb',
        canaryShare: '25 % of subjects',
        shadows: [],
        shown: { id: 'aaaaaaaa', stage: 'live' },
        trained: '2026-02-15 14:32:10',
        features: 'vitals v2',
        metrics: ['roc auc 0.971', 'average precision 0.8', 'rows 20,160'],
        size: '184.3 KB',
        performance: 2,
      },
    );
    assert.deepEqual(
      [sessions?.kind, sessions?.shadows, sessions?.shown?.stage, sessions?.size],
      ['', ['cccccccc'], 'shadow', '–'],
    );
  });

  it('take the facts of the canary, the newest shadow or the newest at all, in this order', () => {
    const [{ stages }] = someModels() as [ModelEntry];
    const shown = (...named: readonly (typeof MODEL_STAGES)[number][]) => {
      const models = named.map((stage, index) => ({
        ...{ id: String(index).repeat(64), stage, share: 0, since: index },
      }));
      return modelRows([{ stages: { ...stages, models }, versions: [] }])[0]?.shown?.id[0];
    };
    assert.equal(shown('live', 'canary', 'shadow'), '0');
    assert.equal(shown('shadow', 'canary', 'shadow'), '1');
    assert.equal(shown('shadow', 'shadow', 'retired'), '1');
    assert.equal(shown('retired', 'retired'), '1');
    assert.equal(shown(), undefined);
  });

  it('write sizes in one unit, never as 1,000 of it', () => {
    const table: readonly (readonly [number, string])[] = [
      [0, '0 B'],
      [999, '999 B'],
      [1000, '1 KB'],
      [1250, '1.3 KB'],
      [999_949, '999.9 KB'],
      [999_950, '1 MB'],
      [67_108_864, '67.1 MB'],
    ];
    for (const [bytes, text] of table) assert.equal(formatBytes(bytes), text);
  });
});

describe('dashboard: rows of detectors', (it) => {
  it('come with the most alerts first, whatever order they are given in', () => {
    const { detectors } = somePerformance();
    const row = fc.record({ id: fc.constantFrom('a', 'b', 'c'), opened: fc.nat(2) });
    assert.deepEqual(
      sortedPerformance(detectors).map(({ id }) => id),
      ['error_spike', 'model_score', 'battery_low'],
    );
    fc.assert(
      fc.property(fc.uniqueArray(row, { selector: ({ id }) => id }), (rows) => {
        const full = rows.map((each) => ({ ...NOTHING, ...each }));
        assert.deepEqual(sortedPerformance([...full].reverse()), sortedPerformance(full));
      }),
    );
  });

  it('say shares, intervals and times, or a dash', () => {
    const [, spike = NOTHING] = somePerformance().detectors;
    assert.deepEqual([formatShare(0.754), formatShare(undefined)], ['75 %', '–']);
    assert.deepEqual([intervalText(spike), intervalText(NOTHING)], ['41 to 93 %', undefined]);
    assert.deepEqual([ackText(spike), ackText(NOTHING)], ['4 min, 95 % in 31 min', '–']);
    assert.deepEqual([0, 0.0333, 0.156, 12.04, 30].map(formatPerShift), [
      ...['0', '0.033', '0.2', '12', '30'],
    ]);
  });

  it('say what they are of, and whether anybody gave a label', () => {
    const performance = somePerformance();
    assert.match(performanceNote(performance), /^Alerts since 2026-01-17 .* 8 useful incidents\.$/);
    const cut = { ...performance, isComplete: false, usefulIncidents: 1 };
    assert.match(performanceNote(cut), /^The newest alerts, since .* 1 useful incident\.$/);
    assert.equal(isUnlabelled(performance), false);
    assert.equal(isUnlabelled({ ...performance, detectors: [NOTHING] }), true);
  });
});
