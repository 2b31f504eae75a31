import assert from 'node:assert/strict';

import { isWatchkeeperError } from '../../src/core/errors.ts';
import { runConfigTests } from '../../src/streams/config-tests.ts';
import { compileDetectors } from '../../src/streams/detector-set.ts';
import { streamGraph } from '../../src/streams/stream-graph.ts';
import { describe } from '../support/suite.ts';

const FILE = 'config/anomaly_schema.yaml';

const spike = (where: string): string => `anomalies:
  - id: spike
    type: error_spike
    threshold: 5
    clear_at: 2
${where}`;

const complaint = (text: string): string => {
  try {
    compileDetectors(text, FILE);
  } catch (error) {
    assert.ok(isWatchkeeperError(error, 'CONFIG_INVALID'), String(error));
    return error.message;
  }
  throw new Error('It compiled.');
};

describe('where of a detector', (it) => {
  it('lets only matching records through', () => {
    const set = compileDetectors(
      `${spike("    where: 'path:/checkout* -user_id:probe-*'\n")}
tests:
  - name: Errors elsewhere do not count
    detector: spike
    records: [{ at: 0s, repeat: 50, every: 1s, level: ERROR, attributes: { path: /health } }]
    alerts: []
  - name: Probes do not count
    detector: spike
    records: [{ at: 0s, repeat: 50, every: 1s, level: ERROR, user_id: probe-1, attributes: { path: /checkout } }]
    alerts: []
  - name: The sixth error at the checkout does, whatever stands between
    detector: spike
    records:
      - { at: 0s, repeat: 40, every: 1s, level: ERROR, attributes: { path: /health } }
      - { at: 0s, repeat: 6, every: 2s, level: ERROR, attributes: { path: /checkout/pay } }
      - { at: 1s, repeat: 40, every: 1s, level: INFO, attributes: { path: /checkout/pay } }
    alerts: [{ at: 10s }]
`,
      FILE,
    );
    for (const { name, reason } of runConfigTests(set)) assert.equal(reason, '', name);
  });

  it('is in the hash, the detector and the stream graph', () => {
    const plain = compileDetectors(spike(''), FILE);
    const filtered = compileDetectors(spike("    where: 'level>=ERROR'\n"), FILE);
    assert.notEqual(filtered.hash, plain.hash);
    assert.equal(filtered.detectors[0]?.where, 'level>=ERROR');
    const selects = (set: typeof plain): unknown =>
      streamGraph(set).nodes.find(({ kind }) => kind === 'select')?.where;
    assert.equal(selects(filtered), 'level>=ERROR');
    assert.equal(selects(plain), undefined);
    assert.ok(!('where' in (plain.detectors[0] ?? {})));
  });

  it('is checked when the detector is not enabled', () => {
    assert.match(complaint(spike("    enabled: false\n    where: 'servce:x'\n")), /:7:13 There is/);
  });

  it('names the column inside the expression', () => {
    assert.equal(
      complaint(spike("    where: 'level>=ERROR servce:x'\n")),
      `${FILE}:6:26 There is no field "servce". Did you mean "service"? An attribute of that name is "attributes.servce".`,
    );
  });

  it('refuses what a detector cannot see', () => {
    assert.match(
      complaint(spike("    where: 'a (b OR subject:service:x)'\n")),
      /:6:12 A detector's "where" cannot use "subject"/,
    );
    assert.match(
      complaint("anomalies:\n  - id: service_down\n    where: 'level>=ERROR'\n"),
      /:3:5 A "service_down" cannot have a "where": it judges the silence/,
    );
  });
});
