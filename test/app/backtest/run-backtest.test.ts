import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NO_MODELS, type LiveModels } from '../../../src/actors/ports.ts';
import { storeHistory } from '../../../src/app/backtest/history.ts';
import { runBacktest } from '../../../src/app/backtest/run-backtest.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import type { Alert } from '../../../src/model/alert.ts';
import type { ScoreResult } from '../../../src/model/journal-entry.ts';
import {
  askedModels,
  everyDetector,
  playSite,
  RULES_FILE,
  type PlayedSite,
} from '../../support/played-site.ts';
import { describe } from '../../support/suite.ts';

const rules = everyDetector();

async function backtest(
  { store, from, to }: Pick<PlayedSite, 'store' | 'from' | 'to'>,
  options: { readonly models?: LiveModels; readonly batchRows?: number } = {},
) {
  const alerts: Alert[] = [];
  const scores = new Map<string, ScoreResult>();
  const result = await runBacktest({
    history: storeHistory(store),
    query: { axis: 'ingest', from, to: to + 1 },
    ...{ site: 'test', rules, rulesFile: RULES_FILE, models: NO_MODELS, ...options },
    onAlert: (alert) => alerts.push(alert),
    onScores({ rows }) {
      for (const { subject, detector, key, answer } of rows) {
        scores.set([subject, detector, key].join(' '), answer);
      }
    },
  });
  return { ...result, scores, all: alerts.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

describe('a backtest', (it) => {
  it(
    'raises the alerts of the site again, with the same ids, times, counts and evidence',
    async () => {
      const seeds = fc.integer({ min: 1, max: 1_000_000 });
      await fc.assert(
        fc.asyncProperty(seeds, async (seed) => {
          const site = await playSite({ seed, minutes: 21, rules });
          try {
            const again = await backtest(site);
            assert.ok(site.alerts.length >= 5, `${site.alerts.length} alerts`);
            assert.deepEqual(again.all, site.alerts);
            assert.equal(again.records, await site.store.records.count());
          } finally {
            await site.close();
          }
        }),
        { numRuns: 2 },
      );
    },
    { deadlineMs: 300_000 },
  );

  it(
    'scores as the site did bit for bit, and the same however requests are cut into batches',
    async () => {
      const models = askedModels();
      const site = await playSite({ seed: 5, minutes: 12, rules, models });
      try {
        const first = await backtest(site, { models });
        assert.ok(first.scores.size > 100, `${first.scores.size} scores`);
        assert.deepEqual(first.fallbacks, {});
        assert.equal(first.models.length, 2);
        for (const [place, answer] of site.scores)
          assert.deepEqual(first.scores.get(place), answer);
        const byModel = site.alerts.filter(({ evidence }) => evidence.facts['model'] !== undefined);
        assert.ok(byModel.length > 0);
        assert.deepEqual(first.all, site.alerts);
        for (const batchRows of [256, 7, 1]) {
          const again = await backtest(site, { models, batchRows });
          assert.equal(again.hash, first.hash);
          assert.deepEqual(again.all, first.all);
        }
        const without = await backtest(site);
        assert.notEqual(without.hash, first.hash);
        assert.equal(without.fallbacks.missing, first.scores.size);
      } finally {
        await site.close();
      }
    },
    { deadlineMs: 300_000 },
  );

  it('says where the rules are wrong before it reads anything', async () => {
    const history = {
      records: () => {
        throw new Error('It was read.');
      },
    };
    const wrong = rules.replace('threshold: 100', 'treshold: 100');
    const query = { axis: 'ingest', from: 0, to: 1 } as const;
    const run = runBacktest({
      ...{ history, query, site: 's', rules: wrong, rulesFile: 'new.yaml', models: NO_MODELS },
    });
    await assert.rejects(
      run,
      (error) =>
        isWatchkeeperError(error, 'CONFIG_INVALID') &&
        /new\.yaml:\d+:\d+.*treshold/s.test(error.message),
    );
  });
});
