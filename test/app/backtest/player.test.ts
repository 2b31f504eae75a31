import assert from 'node:assert/strict';
import { IMPORTER } from '../../../src/actors/subject-of.ts';
import type { LiveModel } from '../../../src/actors/ports.ts';
import { fixedModels } from '../../../src/app/backtest/past-models.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { subjectId } from '../../../src/model/subject.ts';
import { heapAfterCollection } from '../../fuzz/heap.ts';
import { backtestOf, MINUTE, past, pastHistory, RULES, SECOND, T0 } from '../../support/past.ts';
import { describe } from '../../support/suite.ts';

const talk = (from: number, count: number, fields = {}) =>
  Array.from({ length: count }, (_, index) => past(from + index * SECOND, fields));
const errors = (from: number, count: number) => talk(from, count, { level: 'ERROR' });
const times = ({ alerts }: Awaited<ReturnType<typeof backtestOf>>) =>
  alerts.map(({ type, openedAt, resolvedAt }) => [
    type,
    openedAt - T0,
    resolvedAt === undefined ? undefined : resolvedAt - T0,
  ]);

describe('virtual time', (it) => {
  it('lets silence be noticed at its deadline, and only when nothing came before', async () => {
    const last = T0 + 2 * SECOND;
    const deadline = last + 10 * MINUTE;
    const [before, after] = await Promise.all([
      backtestOf([...talk(T0, 3), past(deadline - 1)]),
      backtestOf([...talk(T0, 3), past(deadline + 1)]),
    ]);
    assert.deepEqual(times(before), [['service_down', 2 * SECOND + 20 * MINUTE - 1, undefined]]);
    assert.deepEqual(times(after)[0], [
      'service_down',
      2 * SECOND + 10 * MINUTE,
      2 * SECOND + 10 * MINUTE + 1,
    ]);
  });

  it('ticks for a deadline within a second in which nothing came before it', async () => {
    // An update is due ten seconds after the second slow response, at a third of a second.
    const slow = (at: number) => past(T0 + at, { duration_ms: 9000 });
    const rules = 'anomalies:\n  - { id: slow, type: slow_response, threshold: 5s, quiet: 10m }\n';
    const { findings, alerts } = await backtestOf([slow(0), slow(300), slow(10_500)], {
      rules,
      query: { axis: 'ingest', from: T0, to: T0 + MINUTE },
    });
    assert.equal(alerts[0]?.updatedAt, T0 + 20_500);
    assert.equal(findings.get('slow'), 3);
  });

  it('goes on to the end of the range, or ends with the last record', async () => {
    const records = talk(T0, 3);
    assert.equal((await backtestOf(records)).alerts.length, 1);
    const ended = await backtestOf(records, { until: 'last-record' });
    assert.equal(ended.alerts.length, 0);
    assert.equal(ended.to, T0 + 2 * SECOND + 1);
    const early = { axis: 'ingest', from: T0, to: T0 + 9 * MINUTE } as const;
    assert.equal((await backtestOf(records, { query: early })).alerts.length, 0);
  });

  it('begins with the history, so that what is expected is not missed before it', async () => {
    const rules = `${RULES}\nexpected_services: [billing]\n`;
    const query = { axis: 'ingest', from: T0 - 30 * 86_400_000, to: T0 + 11 * MINUTE } as const;
    const { alerts } = await backtestOf(talk(T0, 3), { rules, query });
    assert.deepEqual(
      alerts.map(({ subject, openedAt }) => [subject, openedAt - T0]),
      [
        ['service:billing', 10 * MINUTE],
        ['service:shop', 10 * MINUTE + 2 * SECOND],
      ],
    );
  });

  it('fills windows with what came before, whose alerts do not count', async () => {
    const query = { axis: 'ingest', from: T0, to: T0 + 5 * MINUTE } as const;
    const across = [...errors(T0 - 3 * SECOND, 3), ...errors(T0, 2)];
    const warm = await backtestOf(across, { query });
    assert.deepEqual(times(warm), [['error_spike', SECOND, undefined]]);
    assert.equal(warm.warmUpRecords, 3);
    assert.equal(warm.records, 5);
    assert.equal((await backtestOf(across, { query, warmUpMs: 0 })).alerts.length, 0);
    const early = [...errors(T0 - 10 * SECOND, 6), ...errors(T0, 2)];
    assert.equal((await backtestOf(early, { query })).alerts.length, 0);
  });

  it('gives the same however many records a page has', async () => {
    const records = [...talk(T0, 20), ...errors(T0 + MINUTE, 9), ...talk(T0 + 40 * MINUTE, 5)];
    const { hash } = await backtestOf(records);
    for (const page of [1, 3, 1000]) {
      const again = await backtestOf(records, { history: pastHistory(records, page) });
      assert.equal(again.hash, hash);
    }
    assert.notEqual((await backtestOf(records.slice(0, -5))).hash, hash);
  });
});

describe('imported records', (it) => {
  const imported = errors(T0, 6).map((record) => ({
    ...record,
    subject: subjectId('service', IMPORTER),
    observed_at: T0 + 30 * MINUTE,
  }));

  it('are left out where history is played as it came in', async () => {
    const result = await backtestOf([...talk(T0, 3), ...imported]);
    assert.equal(result.skipped, 6);
    assert.ok(result.alerts.every(({ type }) => type === 'service_down'));
  });

  it('are played by their own time on the axis of events', async () => {
    const query = { axis: 'event', from: T0, to: T0 + 5 * MINUTE } as const;
    const result = await backtestOf(imported, { query });
    assert.equal(result.skipped, 0);
    assert.deepEqual(times(result), [['error_spike', 4 * SECOND, undefined]]);
    assert.ok(result.subjects.has('service:shop'));
  });

  it('of a watch are played as the watch; whose name cannot be one are left out', async () => {
    const query = { axis: 'event', from: T0, to: T0 + 5 * MINUTE } as const;
    const [first, second] = imported;
    assert.ok(first !== undefined && second !== undefined);
    const result = await backtestOf(
      [
        { ...first, device_id: 'w1' },
        { ...second, service: 'no name' },
      ],
      { query },
    );
    assert.deepEqual([...result.subjects], ['device:w1']);
    assert.equal(result.skipped, 1);
  });
});

describe('models of a backtest', (it) => {
  const rules = `
anomalies:
  - { id: odd, type: model_score, model: m, window: 10s, min_windows: 1, lateness: 0s, scale: none }
`;
  const model = (score: LiveModel['score']) =>
    fixedModels(new Map([['m', { live: { id: 'x', takes: 'vectors', score }, shadows: [] }]]));

  it('that fail leave the rule to decide, and are counted', async () => {
    const broken = model(() => {
      throw new Error('No.');
    });
    const result = await backtestOf(talk(T0, 60), { rules, models: broken });
    assert.ok((result.fallbacks.broken ?? 0) >= 4);
    assert.deepEqual(result.models, []);
  });

  it('are never late, however slowly they answer', async () => {
    const slow = model(async (inputs) => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
      return inputs.map(() => ({ raw: 1, surprise: 9, contributions: [] }));
    });
    const { fallbacks, models, alerts } = await backtestOf(talk(T0, 60), { rules, models: slow });
    assert.deepEqual(fallbacks, {});
    assert.equal(models[0]?.quantiles.p50, 9);
    assert.equal(alerts.length, 1);
  });
});

describe('a long history', (it) => {
  it('is not held in memory', async () => {
    let [peak, pages] = [0, 0];
    const start = heapAfterCollection();
    const history = {
      async *records() {
        for (pages = 0; pages < 60; pages += 1) {
          const from = T0 + pages * 1000;
          yield await Promise.resolve(
            Array.from({ length: 1000 }, (_, index) =>
              past(from + index, {
                lsn: 1 + pages * 1000 + index,
                message: `number ${index} ${'x'.repeat(200)}`,
              }),
            ),
          );
        }
      },
    };
    const result = await backtestOf([], {
      history,
      onProgress: () => {
        if (pages % 10 === 0) peak = Math.max(peak, heapAfterCollection() - start);
      },
    });
    assert.equal(result.records, 60_000);
    // All of the records would be above 40 MB.
    assert.ok(peak < 12_000_000, `${peak} bytes`);
  });

  it('can be ended between pages', async () => {
    let played = 0;
    const result = await backtestOf(talk(T0, 100), {
      onProgress: (_, records) => (played = records),
      // The last entry of a page may go on in the next.
      isStopped: () => played >= 13,
    });
    assert.equal(result.records, 14);
  });

  it('of a reader that fails fails with its error', async () => {
    const history = {
      async *records() {
        yield await Promise.resolve(talk(T0, 3).map((record, lsn) => ({ ...record, lsn })));
        throw new TypeError('It is gone.');
      },
    };
    await assert.rejects(backtestOf([], { history }), TypeError);
    await assert.rejects(backtestOf([], { rules: 'anomalies: 3' }), (error) =>
      isWatchkeeperError(error, 'CONFIG_INVALID'),
    );
  });
});
