import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { BacktestReport } from '../../src/cli/backtest/report.ts';
import type { Alert } from '../../src/model/alert.ts';
import { fakeTerminal, runIn } from '../cli/fake-terminal.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line } from '../support/e2e/records.ts';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';

/** More errors than a spike needs, a second from each other, in bodies of some. */
async function fail(site: E2eSite): Promise<void> {
  const start = Date.now() - 140_000;
  for (let from = 0; from < 130; from += 26) {
    const body = Array.from({ length: 26 }, (_, index) =>
      line({
        service: 'till',
        level: 'ERROR',
        message: `went wrong ${from + index}`,
        timestamp: start + (from + index) * 1000,
      }),
    );
    await site.logs(body);
  }
}

async function report(site: E2eSite, ...args: readonly string[]): Promise<BacktestReport> {
  const terminal = fakeTerminal({ cwd: site.folder });
  const config = ['--config', site.configFolder, '--from', '-1h', '--json'];
  const { code, out, err } = await runIn(terminal, ['backtest', ...config, ...args]);
  assert.equal(code, 0, err);
  return JSON.parse(out) as BacktestReport;
}

describe('history of a running site', (it) => {
  it(
    'is scored over HTTP and out of its data folder, with the alerts it has',
    async () => {
      const site = await E2eSite.start({ withNats: false });
      try {
        await fail(site);
        const alert = await until('an alert in the store', async () => {
          const { alerts } = await site.handle.parts.store.alerts.list({ type: 'error_spike' });
          return alerts[0];
        });
        await until('the last record in the store', async () =>
          (await site.handle.parts.store.records.count()) === 130 ? true : undefined,
        );
        await site.http.post<Alert>(`/v1/alerts/${alert.id}/label`, { label: 'useful' });
        await until(
          'the label in the store',
          async () => (await site.handle.parts.store.alerts.get(alert.id))?.label,
        );
        const remote = ['--url', site.http.url, '--token', site.token];
        const local = ['--data', join(site.folder, 'data'), '--site', 'local'];
        for (const source of [remote, local]) {
          const { records, diff, detectors } = await report(site, ...source);
          assert.equal(records, 130);
          assert.deepEqual([diff.live, diff.matched], [1, 1]);
          assert.deepEqual([diff.onlyLive, diff.onlyBacktest], [0, 0]);
          const spikes = detectors.find(({ id }) => id === 'error_spike');
          assert.equal(spikes?.precision, 1);
        }
        const last = await report(site, ...local);
        assert.equal((await report(site, ...remote, '--to', String(last.to))).hash, last.hash);
        await site.down();
        assert.equal((await report(site, ...local)).diff.identical, 1);
      } finally {
        await site.close();
      }
    },
    { deadlineMs: 90_000 },
  );
});
