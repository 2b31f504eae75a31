import assert from 'node:assert/strict';
import fc from 'fast-check';
import { cellAt, heatLayout } from '../../../../src/gateway/dashboard/logic/heat-layout.ts';
import { balanceLedger } from '../../../../src/gateway/dashboard/logic/ledger-balance.ts';
import { backoffMs, linkState } from '../../../../src/gateway/dashboard/logic/link-state.ts';
import { rateNote, siteTime } from '../../../../src/gateway/dashboard/logic/site-time.ts';
import { listSubjects } from '../../../../src/gateway/dashboard/logic/subject-list.ts';
import {
  scrollToRow,
  virtualRange,
} from '../../../../src/gateway/dashboard/logic/virtual-range.ts';
import {
  latestVital,
  mergeVitals,
  VITALS_KEPT,
  vitalSeries,
} from '../../../../src/gateway/dashboard/logic/vitals-series.ts';
import { aLedger, aVitalPoint, someSubjects } from '../../../support/dashboard-fixtures.ts';
import { describe } from '../../../support/suite.ts';

describe('dashboard virtual lists', (it) => {
  it('render every row that is in view, and few others', () => {
    const input = fc.record({
      count: fc.nat(20_000),
      rowHeight: fc.integer({ min: 1, max: 100 }),
      scrollTop: fc.nat(3_000_000),
      viewport: fc.nat(2000),
    });
    fc.assert(
      fc.property(input, ({ count, rowHeight, scrollTop, viewport }) => {
        const { start, end, offset, height } = virtualRange({
          count,
          rowHeight,
          scrollTop,
          viewport,
        });
        assert.ok(start >= 0 && start <= end && end <= count);
        assert.equal(offset, start * rowHeight);
        assert.equal(height, count * rowHeight);
        assert.ok(end - start <= Math.ceil(viewport / rowHeight) + 13);
        const top = Math.min(scrollTop, Math.max(0, height - viewport));
        if (count === 0 || viewport === 0) return;
        assert.ok(start * rowHeight <= top);
        assert.ok(end * rowHeight >= Math.min(top + viewport, height));
      }),
    );
  });

  it('scroll just enough to reveal a row', () => {
    const input = { count: 100, rowHeight: 10, scrollTop: 200, viewport: 100 };
    assert.equal(scrollToRow(input, 25), 200);
    assert.equal(scrollToRow(input, 19), 190);
    assert.equal(scrollToRow(input, 30), 210);
  });
});

describe('dashboard link state', (it) => {
  it('tells live, stale, down and connecting', () => {
    assert.equal(linkState({ phase: 'connecting', lastMessageAt: undefined }, 0), 'connecting');
    assert.equal(linkState({ phase: 'connecting', lastMessageAt: 5 }, 10), 'down');
    assert.equal(linkState({ phase: 'waiting', lastMessageAt: undefined }, 10), 'down');
    assert.equal(linkState({ phase: 'open', lastMessageAt: undefined }, 10), 'connecting');
    assert.equal(linkState({ phase: 'open', lastMessageAt: 1000 }, 4000), 'live');
    assert.equal(linkState({ phase: 'open', lastMessageAt: 1000 }, 4001), 'stale');
  });

  it('waits longer after each failure, up to a bound', () => {
    assert.equal(backoffMs(0, 0.5), 500);
    assert.equal(backoffMs(3, 0.5), 4000);
    assert.equal(backoffMs(50, 1), 18_750);
    assert.equal(backoffMs(50, 0), 11_250);
  });
});

describe('dashboard site time', (it) => {
  it('runs at the rate of the site', () => {
    assert.equal(siteTime({ site: 1000, rate: 1, monotonic: 0 }, 500, 9e9), 1500);
    assert.equal(siteTime({ site: 1000, rate: 30, monotonic: 0 }, 500, 9e9), 16_000);
    assert.equal(siteTime({ site: 1000, rate: 0, monotonic: 0 }, 500, 9e9), 1000);
  });

  it('runs fast only until it meets the wall clock, and never back', () => {
    assert.equal(siteTime({ site: 1000, rate: 30, monotonic: 0 }, 500, 10_000), 10_000);
    assert.equal(siteTime({ site: 20_000, rate: 30, monotonic: 0 }, 500, 10_000), 20_500);
    assert.equal(siteTime({ site: 1000, rate: 30, monotonic: 500 }, 400, 10_000), 1000);
  });

  it('explains a clock that is not the wall clock', () => {
    assert.equal(rateNote(1), undefined);
    assert.equal(rateNote(30), '30× until it meets the wall clock');
    assert.equal(rateNote(0.5), 'runs at 0.5×');
  });
});

describe('dashboard ledger', (it) => {
  it('balances when every frame is somewhere', () => {
    const balance = balanceLedger(aLedger());
    assert.ok(balance.balances);
    assert.deepEqual(
      balance.parts.map(({ name, value }) => [name, value]),
      [
        ['stored', 48_032],
        ['pending', 29],
        ['shed', 96],
        ['quarantined', 3],
      ],
    );
    assert.equal([balance.duplicates, balance.rejected].join(), '51,3');
    assert.ok(Math.abs(balance.parts.reduce((sum, part) => sum + part.share, 0) - 1) < 1e-9);
  });

  it('counts what is missing on either side', () => {
    assert.equal(balanceLedger(aLedger({ stored: 48_030 })).missing, 2);
    assert.equal(balanceLedger(aLedger({ received: 48_215 })).missing, 1);
    assert.equal(balanceLedger(aLedger({ pending: 30 })).balances, false);
  });

  it('has no shares when nothing came in', () => {
    const none = aLedger({
      received: 0,
      accepted: 0,
      stored: 0,
      pending: 0,
      quarantined: 0,
      duplicates: 0,
      rejected: {},
      shed: { 0: 0, 1: 0, 2: 0, 3: 0 },
    });
    assert.ok(balanceLedger(none).balances);
    assert.ok(balanceLedger(none).parts.every((part) => part.share === 0));
  });
});

describe('dashboard vitals', (it) => {
  const at = (
    timestamp: number,
    heartRate: number | undefined = 70,
  ): ReturnType<typeof aVitalPoint> => aVitalPoint({ timestamp, heartRate });

  it('merge in order of time, the later word for one time, and the newest only', () => {
    const merged = mergeVitals([at(3), at(1)], [at(2), at(3, 99)]);
    assert.deepEqual(
      merged.map(({ timestamp, heartRate }) => [timestamp, heartRate]),
      [
        [1, 70],
        [2, 70],
        [3, 99],
      ],
    );
    const many = mergeVitals(
      [],
      Array.from({ length: VITALS_KEPT + 5 }, (_, index) => at(index)),
    );
    assert.equal(many.length, VITALS_KEPT);
    assert.equal(many[0]?.timestamp, 5);
  });

  it('draw silence of more than three intervals as a gap', () => {
    const steady = [0, 2, 4, 6].map((second) => at(second * 1000));
    assert.deepEqual(vitalSeries(steady, 'heartRate').values, [70, 70, 70, 70]);
    const { times, values } = vitalSeries([...steady, at(12_001)], 'heartRate');
    assert.deepEqual(values, [70, 70, 70, 70, null, 70]);
    assert.equal(times[4], 9.0005);
    assert.deepEqual(
      vitalSeries([...steady, at(12_000)], 'heartRate').values.includes(null),
      false,
    );
  });

  it('draw a missing value as a gap', () => {
    assert.deepEqual(
      vitalSeries([at(0), { ...at(1000), heartRate: undefined }], 'heartRate').values,
      [70, null],
    );
    assert.deepEqual(vitalSeries([], 'steps'), { times: [], values: [] });
  });

  it('give the newest value there is', () => {
    assert.equal(latestVital([at(0), { ...at(1000), heartRate: undefined }], 'heartRate'), 70);
    assert.equal(latestVital([], 'spo2'), undefined);
  });
});

describe('dashboard heat map', (it) => {
  it('makes cells as large as fit', () => {
    assert.deepEqual(heatLayout(45, 900, 126), { pitch: 18, columns: 50, rows: 1, height: 18 });
    const many = heatLayout(10_000, 900, 126);
    assert.equal(many.pitch, 5);
    assert.ok(many.columns * many.rows >= 10_000);
    assert.ok(heatLayout(1000, 900, 126).height <= 126);
  });

  it('finds the cell under a point', () => {
    const layout = heatLayout(100, 180, 400);
    assert.equal(cellAt(layout, 0, 0), 0);
    assert.equal(cellAt(layout, 179, 0), 9);
    assert.equal(cellAt(layout, 19, 19), 11);
    assert.equal(cellAt(layout, 181, 0), undefined);
    assert.equal(cellAt(layout, 0, 9999), undefined);
    assert.equal(cellAt(layout, -1, 0), undefined);
  });
});

describe('dashboard subjects', (it) => {
  it('come with trouble first, then those online, then by name', () => {
    const devices = someSubjects().filter(({ kind }) => kind === 'device');
    const names = (query: string): string[] =>
      listSubjects(devices, query).map(({ id }) => id.slice(-2));
    assert.deepEqual(names(''), ['03', '05', '01', '02', '04']);
    assert.deepEqual(names(' WATCH-04 '), ['04']);
    assert.deepEqual(names('none'), []);
  });
});
