import assert from 'node:assert/strict';
import { InputFlow } from '../../src/app/input-flow.ts';
import { createMetricsRegistry } from '../../src/gateway/http/metrics-registry.ts';
import { InputCounter } from '../../src/gateway/tcp/input-counts.ts';
import { describe } from '../support/suite.ts';

describe('InputFlow', (it) => {
  it('adds up by input what the inputs count, and leaves the metrics as they are', async () => {
    const flow = new InputFlow();
    const metrics = flow.over(createMetricsRegistry({ processMetrics: false }));
    const syslog = new InputCounter(metrics, 'syslog');
    syslog.add('accepted', 7);
    syslog.add('raw', 2);
    syslog.add('bytes', 900);
    syslog.reject('too_large', 3);
    syslog.reject('connections');
    const ofHttp = (name: string, labels: Readonly<Record<string, string>>): void => {
      metrics.counter(`watchkeeper_input_${name}_total`, 'Help.', labels).inc();
    };
    ofHttp('records_accepted', { input: 'otlp' });
    ofHttp('records_rejected', { input: 'otlp', reason: 'level' });
    ofHttp('requests_refused', { input: 'otlp', reason: 'too_large' });
    metrics.counter('watchkeeper_frames_received_total', 'Help.').inc(5);
    metrics.counter('watchkeeper_frames_rejected_total', 'Help.', { reason: 'stale' }).inc(2);
    metrics.counter('watchkeeper_http_requests_total', 'Help.', { input: 'x' }).inc(2);
    assert.deepEqual(flow.totals(), [
      { name: 'watches', unit: 'frames', taken: 5, refused: 2, unparsed: 0 },
      { name: 'syslog', unit: 'records', taken: 7, refused: 4, unparsed: 2 },
      { name: 'otlp', unit: 'records', taken: 1, refused: 2, unparsed: 0 },
    ]);
    const text = await metrics.text();
    assert.match(text, /watchkeeper_input_accepted_total\{input="syslog"\} 7/);
    assert.match(text, /watchkeeper_frames_received_total 5/);
  });

  it('is there with nothing counted, and keeps instruments of one name and label together', () => {
    const flow = new InputFlow();
    const metrics = flow.over(createMetricsRegistry({ processMetrics: false }));
    assert.deepEqual(
      flow.totals().map(({ name }) => name),
      ['watches'],
    );
    for (let time = 0; time < 3; time += 1) new InputCounter(metrics, 'a').add('accepted', 1);
    assert.equal(flow.totals()[1]?.taken, 3);
  });
});
