import assert from 'node:assert/strict';
import { createMetricsRegistry } from '../../../src/gateway/http/metrics-registry.ts';
import { describe } from '../../support/suite.ts';

describe('metrics registry', (it) => {
  it('writes what was counted, set, observed and read, in the text format', async () => {
    const metrics = createMetricsRegistry({ processMetrics: false });
    metrics.counter('watchkeeper_x_total', 'X.', { kind: 'a' }).inc();
    metrics.counter('watchkeeper_x_total', 'X.', { kind: 'a' }).inc(2);
    metrics.counter('watchkeeper_x_total', 'X.', { kind: 'b' }).inc();
    metrics.counter('watchkeeper_y_total', 'Y.').inc();
    metrics.gauge('watchkeeper_g', 'G.').set(7);
    metrics.gauge('watchkeeper_g', 'G.').set(8);
    metrics.gauge('watchkeeper_h', 'H.', { kind: 'a' }).set(1);
    metrics.histogram('watchkeeper_s_seconds', 'S.', [1, 2]).observe(1.5);
    metrics.histogram('watchkeeper_s_seconds', 'S.', [1, 2]).observe(5);
    metrics.observed('watchkeeper_o', 'O.', () => 1);
    metrics.observed('watchkeeper_o', 'O.', () => 42);
    const text = await metrics.text();
    for (const line of [
      'watchkeeper_x_total{kind="a"} 3',
      'watchkeeper_x_total{kind="b"} 1',
      'watchkeeper_y_total 1',
      'watchkeeper_g 8',
      'watchkeeper_h{kind="a"} 1',
      'watchkeeper_s_seconds_bucket{le="1"} 0',
      'watchkeeper_s_seconds_bucket{le="2"} 1',
      'watchkeeper_s_seconds_count 2',
      'watchkeeper_o 42',
    ]) {
      assert.ok(text.includes(`${line}\n`), line);
    }
    assert.match(metrics.contentType, /^text\/plain/);
  });

  it('reads rows at each scrape, and forgets those that are gone', async () => {
    const metrics = createMetricsRegistry({ processMetrics: false });
    let rows = [
      { labels: { who: 'a' }, value: 0.5 },
      { labels: { who: 'b' }, value: 1 },
    ];
    const labelNames = ['who'];
    metrics.observedRows('watchkeeper_r', 'R.', { labelNames, read: () => Promise.resolve([]) });
    metrics.observedRows('watchkeeper_r', 'R.', { labelNames, read: () => Promise.resolve(rows) });
    assert.match(
      await metrics.text(),
      /^watchkeeper_r\{who="a"\} 0\.5\nwatchkeeper_r\{who="b"\} 1\n/m,
    );
    rows = [{ labels: { who: 'b' }, value: 2 }];
    const text = await metrics.text();
    assert.match(text, /^watchkeeper_r\{who="b"\} 2\n/m);
    assert.ok(!text.includes('who="a"'));
  });

  it('gives the same instrument for the same name and labels', () => {
    const metrics = createMetricsRegistry({ processMetrics: false });
    const labels = { a: '1', b: '2' };
    assert.equal(
      metrics.counter('n', 'N.', labels),
      metrics.counter('n', 'N.', { b: '2', a: '1' }),
    );
    assert.notEqual(
      metrics.counter('n', 'N.', labels),
      metrics.counter('n', 'N.', { a: '1', b: '3' }),
    );
  });

  it("adds the process's own metrics under the prefix", async () => {
    assert.match(await createMetricsRegistry().text(), /^watchkeeper_process_cpu_seconds_total/m);
  });
});
