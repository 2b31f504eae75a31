import assert from 'node:assert/strict';

import { isWatchkeeperError } from '../../src/core/errors.ts';
import { runConfigTests } from '../../src/streams/config-tests.ts';
import { compileDetectors } from '../../src/streams/detector-set.ts';
import { longestSpanMs } from '../../src/streams/longest-span.ts';
import { describe } from '../support/suite.ts';
import { CONFIG, CONFIG_TEXT } from './support.ts';

function complaint(text: string): string {
  try {
    compileDetectors(text, 'config/anomaly_schema.yaml');
  } catch (error) {
    assert.ok(isWatchkeeperError(error, 'CONFIG_INVALID'), String(error));
    return error.message.replace('config/anomaly_schema.yaml:', '');
  }
  throw new Error('It compiled.');
}

const TABLE: readonly (readonly [string, string, RegExp])[] = [
  [
    'misspelt option',
    'anomalies:\n  - id: error_spike\n    treshold: 5\n',
    /^3:5 Unknown key "treshold"\. Did you mean "threshold"\?$/,
  ],
  [
    'misspelt type',
    'anomalies:\n  - id: x\n    type: eror_spike\n',
    /^3:11 Unknown type of detector "eror_spike"\. Did you mean "error_spike"\?$/,
  ],
  [
    'unknown id without type',
    'anomalies:\n  - id: nothing_like_it_at_all\n',
    /^2:9 Unknown type of detector .* Known are: error_spike/,
  ],
  [
    'misspelt top key',
    'anomalys: []\n',
    /^1:1 Unknown key "anomalys"\. Did you mean "anomalies"\?$/,
  ],
  [
    'wrong kind of value',
    'anomalies:\n  - id: error_spike\n    threshold: many\n',
    /^3:16 Expected "threshold" to be a whole number from 1 to 10000, got "many"\.$/,
  ],
  [
    'value out of range',
    'anomalies:\n  - id: error_spike\n    threshold: 0\n',
    /^3:16 Expected "threshold"/,
  ],
  [
    'wrong duration',
    'anomalies:\n  - id: error_spike\n    window: 5 parsecs\n',
    /^3:13 Expected "window" to be a duration from 1 second to 7 days, got "5 parsecs"\.$/,
  ],
  [
    'wrong severity',
    'anomalies:\n  - id: error_spike\n    severity: hihg\n',
    /^3:15 .*Did you mean "high"\?$/,
  ],
  [
    'clear_at above threshold',
    'anomalies:\n  - id: error_spike\n    threshold: 50\n',
    /^2:5 Expected "clear_at" \(50\) below "threshold"\.$/,
  ],
  [
    'unsafe pattern',
    'anomalies:\n  - id: database_connection_failure\n    patterns: ["/(a+)+/"]\n',
    /^2:5 A repeated group may not/,
  ],
  [
    'same id twice',
    'anomalies:\n  - id: error_spike\n  - id: error_spike\n',
    /^3:9 The id "error_spike" stands here twice\.$/,
  ],
  [
    'same key twice',
    'anomalies:\n  - id: error_spike\n    window: 5m\n    window: 6m\n',
    /^4:5 The key "window" stands here twice\.$/,
  ],
  ['no id', 'anomalies:\n  - severity: high\n', /^2:5 The key "id" is missing here\.$/],
  ['no anomalies', 'tests: []\n', /^1:1 The key "anomalies" is missing here\.$/],
  [
    'service that is no name',
    'anomalies: []\nexpected_services: [auth, a b]\n',
    /^2:27 Expected a service name/,
  ],
  ['number of services', 'anomalies: []\nmax_services: 0\n', /^2:15 /],
  ['not a map', '[]', /^1:1 Expected the file to be a map of keys, got a list\.$/],
  ['broken YAML', 'anomalies:\n  - id: [error_spike\n', /^\d+:\d+ /],
  [
    'test of an unknown detector',
    'anomalies: []\ntests:\n  - name: x\n    detector: y\n',
    /^4:15 Unknown detector "y"\./,
  ],
  [
    'test with a wrong subject',
    'anomalies:\n  - id: error_spike\ntests:\n  - { name: x, detector: error_spike, subject: me }\n',
    /^4:48 Expected a subject, got "me"\.$/,
  ],
];

describe('detector set', (it) => {
  for (const [what, text, expected] of TABLE) {
    it(`names place and likely spelling: ${what}`, () => {
      assert.match(complaint(text), expected);
    });
  }

  it('compiles the shipped configuration', () => {
    assert.deepEqual(
      CONFIG.detectors.map(({ id }) => id),
      [
        'error_spike',
        'service_down',
        'slow_response',
        'suspicious_user_activity',
        'database_connection_failure',
        'vitals_context',
      ],
    );
    assert.deepEqual(
      CONFIG.forKind('user').map(({ id }) => id),
      ['suspicious_user_activity'],
    );
    assert.equal(CONFIG.forKind('device').length, 4);
    assert.match(CONFIG.hash, /^[0-9a-f]{64}$/);
  });

  it('checks but leaves out what is not enabled, and reads maps by id', () => {
    const set = compileDetectors(
      'anomalies:\n  error_spike: { enabled: false }\n  spikes: { type: error_spike, severity: low }\nexpected_services: [auth, auth]\n',
      'x.yaml',
    );
    assert.deepEqual(
      set.detectors.map(({ id, type }) => `${id} ${type}`),
      ['spikes error_spike'],
    );
    assert.deepEqual(set.expectedServices, ['auth']);
    assert.equal(set.maxServices, undefined);
    assert.equal(compileDetectors('anomalies: []\nmax_services: 7\n', 'x').maxServices, 7);
    assert.equal(longestSpanMs(CONFIG.forKind('user')), 3_600_000);
    assert.equal(longestSpanMs(CONFIG.forKind('service')), 3_600_000);
    const long = compileDetectors('anomalies:\n  - { id: error_spike, window: 6h }\n', 'x');
    assert.equal(longestSpanMs(long.detectors), 6 * 3_600_000);
  });

  it('proves itself by its own tests', () => {
    const results = runConfigTests(CONFIG);
    assert.ok(results.length >= 14);
    assert.deepEqual(
      results.filter(({ passed }) => !passed),
      [],
    );
  });

  it('fails the tests of a threshold that is off by one', () => {
    const text = CONFIG_TEXT.replace('threshold: 100', 'threshold: 101');
    const failed = runConfigTests(compileDetectors(text, 'x.yaml')).filter(({ passed }) => !passed);
    assert.ok(failed.length >= 2);
    assert.match(failed[0]?.reason ?? '', /Expected 1 alerts, got 0/);
    assert.match(failed[0]?.place ?? '', /^x\.yaml:\d+:\d+$/);
  });

  it('tells what differs from an expected alert', () => {
    const text = `anomalies: [{ id: slow_response }]
tests:
  - name: wrong
    detector: slow_response
    records: [{ at: 1s, duration_ms: 6000 }]
    alerts: [{ at: 2s, severity: high, key: x, resolved_at: never }]
  - name: late arrival
    detector: slow_response
    records: [{ at: 1s, arrives: 5s, duration_ms: 6000 }]
    alerts: [{ at: 1s }]
`;
    const [wrong, late] = runConfigTests(compileDetectors(text, 'x.yaml'));
    assert.equal(
      wrong?.reason,
      'Got an alert at 1000 ms instead of 2000 ms, severity medium instead of high, key "payment" instead of "x", resolved at 601000 ms instead of never.',
    );
    assert.equal(late?.passed, true);
  });
});
