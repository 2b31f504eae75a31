import assert from 'node:assert/strict';
import type { Alert } from '../../src/model/alert.ts';
import type { Performance } from '../../src/model/performance.ts';
import { fakeTerminal, runIn } from '../cli/fake-terminal.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { lines } from '../support/e2e/records.ts';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';

const SERVICES = ['good', 'bad', 'drill'];

async function spikes(site: E2eSite): Promise<readonly Alert[]> {
  for (const service of SERVICES) await site.logs(lines(101, { service }));
  await site.settled();
  const { alerts } = await site.http.get<{ alerts: readonly Alert[] }>('/v1/alerts');
  return SERVICES.map((service) => {
    const alert = alerts.find(({ subject }) => subject === `service:${service}`);
    assert.ok(alert, service);
    return alert;
  });
}

describe('performance of detectors on a running site', (it) => {
  let site: E2eSite;
  it.beforeEach(async () => {
    site = await E2eSite.start({ withNats: false });
  });
  it.afterEach(() => site.close());

  const cli = async (...args: readonly string[]) =>
    runIn(fakeTerminal(), [...args, '--url', site.handle.url, '--token', site.token]);
  const act = (alert: Alert, verb: string, body: object = {}): Promise<Alert> =>
    site.http.post<Alert>(`/v1/alerts/${alert.id}/${verb}`, body);

  it('is the same on the API, on /metrics and at the command line, and survives a restart', async () => {
    const [good, bad, drill] = (await spikes(site)) as [Alert, Alert, Alert];
    await act(good, 'ack', { note: 'mine' });
    assert.equal((await act(good, 'label', { label: 'useful' })).label, 'useful');
    await act(bad, 'resolve');
    const labelled = await act(bad, 'label', { label: 'false', note: 'a load test' });
    assert.deepEqual(
      [labelled.state, labelled.label, labelled.note],
      ['resolved', 'false', 'a load test'],
    );
    const { code } = await cli('alerts', 'label', drill.id, 'expected');
    assert.equal(code, 0);

    const performance = await site.http.get<Performance>('/v1/detectors/performance');
    const row = performance.detectors.find(({ id }) => id === 'error_spike');
    assert.ok(row);
    const { opened, useful, precision, recall, acknowledged, alertsPerShift } = row;
    assert.deepEqual(
      { opened, useful, false: row.false, expected: row.expected, precision, recall },
      { opened: 3, useful: 1, false: 1, expected: 1, precision: 0.5, recall: 1 },
    );
    assert.deepEqual([acknowledged, alertsPerShift, performance.isComplete], [1, 3, true]);
    assert.ok(performance.at - performance.from < 600_000);
    const silent = performance.detectors.find(({ id }) => id === 'service_down');
    assert.deepEqual([silent?.opened, silent?.precision, silent?.recall], [0, undefined, 0]);

    const metrics = await (await fetch(`${site.handle.url}/metrics`)).text();
    for (const line of [
      'watchkeeper_detector_precision{detector="error_spike"} 0.5',
      'watchkeeper_detector_recall{detector="error_spike"} 1',
      'watchkeeper_detector_alerts{detector="error_spike",label="useful"} 1',
      'watchkeeper_detector_alerts{detector="error_spike",label="none"} 0',
      'watchkeeper_detector_alerts_per_shift{detector="service_down"} 0',
    ]) {
      assert.ok(metrics.includes(`${line}\n`), line);
    }
    assert.match(metrics, /^watchkeeper_detector_time_to_ack_seconds\{.*quantile="0.95"\} \d/m);
    assert.ok(!metrics.includes('watchkeeper_detector_precision{detector="service_down"}'));

    const { out } = await cli('alerts', 'stats');
    assert.match(out, /^error_spike +3 +3 +1 +1 +1 +50 % \(9–91\) +100 %/m);
    const printed = JSON.parse((await cli('alerts', 'stats', '--json')).out) as Performance;
    assert.deepEqual(
      printed.detectors.find(({ id }) => id === 'error_spike'),
      row,
    );

    await site.down();
    await site.up();
    const after = await until('the labels again', () =>
      site.http.get<Performance>('/v1/detectors/performance'),
    );
    assert.equal(after.detectors.find(({ id }) => id === 'error_spike')?.precision, 0.5);
    const { alerts } = await site.http.get<{ alerts: readonly Alert[] }>('/v1/alerts', {
      filter: 'label:false',
    });
    assert.deepEqual(
      alerts.map(({ id, labelledBy }) => [id, labelledBy]),
      [[bad.id, labelled.labelledBy]],
    );
  });
});
