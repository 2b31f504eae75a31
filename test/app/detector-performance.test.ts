import assert from 'node:assert/strict';
import { DetectorPerformance, PERFORMANCE_LIMITS } from '../../src/app/detector-performance.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { AlertQuery, RecordQuery } from '../../src/store/store.ts';
import { anAlert } from '../support/fake-site.ts';
import { describe } from '../support/suite.ts';

const DAY = 86_400_000;
const { windowMs, alerts: MOST, keepMs, waitMs } = PERFORMANCE_LIMITS;

/** A store of alerts, newest first, that counts how often it is asked. */
class AlertShelf {
  all: Alert[] = [];
  heardAt: number | undefined;
  lists = 0;
  failure: Promise<never> | undefined;
  readonly alerts = {
    list: async (query: AlertQuery) => {
      this.lists += 1;
      await this.failure;
      const found = this.all.filter(({ openedAt }) => openedAt >= (query.from ?? 0));
      const start = Number(query.cursor ?? 0);
      const end = start + (query.limit ?? 100);
      const cursor = end < found.length ? String(end) : undefined;
      return { alerts: found.slice(start, end), cursor };
    },
  };
  readonly records = {
    query: ({ axis, order, limit }: RecordQuery) => {
      assert.deepEqual([axis, order, limit], ['ingest', 'asc', 1]);
      const records = this.heardAt === undefined ? [] : [{ observed_at: this.heardAt }];
      return Promise.resolve({ records });
    },
  };
}

describe('performance of detectors, read from the store', (it) => {
  let clock: SimulatedClock;
  let shelf: AlertShelf;
  let active: Alert[];
  let performance: DetectorPerformance;
  const id = (index: number): string => String(index).padStart(32, '0');
  it.beforeEach(() => {
    clock = new SimulatedClock(100 * DAY);
    shelf = new AlertShelf();
    active = [];
    performance = new DetectorPerformance({
      clock,
      store: shelf as never,
      active: () => active,
      detectors: () => ['error_spike', 'quiet'],
    });
  });

  const youngSite = (store: AlertShelf) =>
    new DetectorPerformance({
      ...{ clock, store: store as never, active: () => [], detectors: () => [] },
    });

  it('looks at 30 days, or less when the site is younger', async () => {
    shelf.all = [
      anAlert({ id: id(1), openedAt: 99 * DAY, label: 'useful' }),
      anAlert({ id: id(2), openedAt: 70 * DAY }),
      anAlert({ id: id(3), openedAt: 70 * DAY - 1 }),
    ];
    shelf.heardAt = 0;
    const { from, at, detectors, isComplete } = await performance.read();
    assert.deepEqual([from, at, isComplete], [at - windowMs, 100 * DAY, true]);
    assert.deepEqual(
      detectors.map((row) => [row.id, row.opened, row.alertsPerShift]),
      [
        ['error_spike', 2, 2 / 90],
        ['quiet', 0, 0],
      ],
    );
    const fresh = new AlertShelf();
    fresh.heardAt = 98 * DAY;
    assert.equal((await youngSite(fresh).read()).from, 98 * DAY);
    assert.equal((await youngSite(new AlertShelf()).read()).from, 100 * DAY);
  });

  it('takes an unresolved alert from the book, where the store is behind', async () => {
    shelf.all = [anAlert({ id: id(1), openedAt: 99 * DAY })];
    active = [
      anAlert({ id: id(1), openedAt: 99 * DAY, label: 'false' }),
      anAlert({ id: id(2), openedAt: 99 * DAY + 1 }),
      anAlert({ id: id(3), openedAt: 1 }),
    ];
    const [row] = (await performance.read()).detectors;
    assert.deepEqual([row?.opened, row?.false, row?.precision], [2, 1, 0]);
  });

  it('asks the store once for all who ask within seconds', async () => {
    const [one, two] = await Promise.all([performance.read(), performance.read()]);
    assert.equal(one, two);
    clock.advance(keepMs - 1);
    assert.equal(await performance.read(), one);
    assert.equal(shelf.lists, 1);
    clock.advance(1);
    assert.notEqual(await performance.read(), one);
    assert.equal(shelf.lists, 2);
  });

  it('looks at the newest alerts only when there are too many, and says since when', async () => {
    shelf.heardAt = 0;
    shelf.all = Array.from({ length: MOST + 700 }, (_, index) =>
      anAlert({ id: id(index), openedAt: 100 * DAY - index * 60_000 }),
    );
    active = [anAlert({ id: id(-1), openedAt: 71 * DAY })];
    const { from, isComplete, detectors } = await performance.read();
    assert.deepEqual([isComplete, detectors[0]?.opened], [false, MOST]);
    assert.equal(from, 100 * DAY - (MOST - 1) * 60_000);
  });

  it('tells who reads that the store fails, and a scrape what it knew', async () => {
    const failed = (): Promise<never> => Promise.reject(new Error('away'));
    shelf.failure = failed();
    await assert.rejects(performance.read(), /away/);
    shelf.failure = failed();
    assert.equal(await performance.readInTime(), undefined);
    shelf.failure = undefined;
    const known = await performance.readInTime();
    assert.ok(known);
    clock.advance(keepMs);
    shelf.failure = failed();
    assert.equal(await performance.readInTime(), known);
  });

  it('lets no scrape wait for a store that does not answer', async () => {
    const known = await performance.read();
    clock.advance(keepMs);
    shelf.failure = new Promise(() => undefined);
    const scrape = performance.readInTime();
    clock.advance(waitMs);
    assert.equal(await scrape, known);
  });
});
