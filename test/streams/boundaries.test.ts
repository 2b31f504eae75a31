import assert from 'node:assert/strict';

import type { LogRecord } from '../../src/model/record.ts';
import { runDetector } from '../../src/streams/harness.ts';
import { describe } from '../support/suite.ts';
import {
  HOUR,
  MINUTE,
  SECOND,
  SERVICE,
  START,
  USER,
  error,
  record,
  series,
  shipped,
} from './support.ts';

/** Event times, relative to START, at which alerts open when the records come one by one. */
function opens(id: string, records: readonly LogRecord[], until = 0): number[] {
  const steps = records.map((each) => ({ at: each.timestamp, records: [each] }));
  const all = until === 0 ? steps : [...steps, { at: START + until }];
  const subject = id === 'suspicious_user_activity' ? USER : SERVICE;
  const { findings } = runDetector(shipped(id), all, { subject, start: START });
  return findings.filter(({ action }) => action === 'open').map(({ at }) => at - START);
}

const failure = (at: number): LogRecord => error(at, { message: 'Connection refused by db-1' });
const slow = (durationMs: number): LogRecord => record(0, { durationMs });

const TABLE: readonly (readonly [string, string, readonly LogRecord[], readonly number[]])[] = [
  ['error_spike', '100 errors', series(100), []],
  ['error_spike', '101 errors', series(101), [100 * SECOND]],
  ['error_spike', '150 errors are one alert', series(150), [100 * SECOND]],
  [
    'error_spike',
    '101 records that are warnings',
    series(101, {}, (at) => record(at, { level: 'WARNING' })),
    [],
  ],
  [
    'error_spike',
    'CRITICAL counts',
    series(101, {}, (at) => record(at, { level: 'CRITICAL' })),
    [100 * SECOND],
  ],
  [
    'error_spike',
    '4:59.999 apart',
    [error(0), ...series(99, { from: 1, every: 1 }), error(5 * MINUTE - 1)],
    [5 * MINUTE - 1],
  ],
  [
    'error_spike',
    '5:00.000 apart',
    [error(0), ...series(99, { from: 1, every: 1 }), error(5 * MINUTE)],
    [],
  ],
  ['error_spike', 'all at once', series(101, { every: 0 }), [0]],
  ['suspicious_user_activity', '49 errors', series(49, { every: MINUTE }), []],
  ['suspicious_user_activity', '50 errors', series(50, { every: MINUTE }), [49 * MINUTE]],
  [
    'suspicious_user_activity',
    '50 within 59:59.999',
    [error(0), ...series(48, { from: 1, every: 1 }), error(HOUR - 1)],
    [HOUR - 1],
  ],
  [
    'suspicious_user_activity',
    '50 over 1:00:00.000',
    [error(0), ...series(48, { from: 1, every: 1 }), error(HOUR)],
    [],
  ],
  ['database_connection_failure', '9 failures', series(9, {}, failure), []],
  ['database_connection_failure', '10 failures', series(10, {}, failure), [9 * SECOND]],
  [
    'database_connection_failure',
    '10 within 1:59.999',
    [failure(0), ...series(8, { from: 1 }, failure), failure(2 * MINUTE - 1)],
    [2 * MINUTE - 1],
  ],
  [
    'database_connection_failure',
    '10 over 2:00.000',
    [failure(0), ...series(8, { from: 1 }, failure), failure(2 * MINUTE)],
    [],
  ],
  ['slow_response', '5,000 ms', [slow(5000)], []],
  ['slow_response', '5,000.001 ms', [slow(5000.001)], [0]],
];

/** As many records at one time as make a service. */
const spoken = (at: number) => series(10, { from: at, every: 0 }, record);

describe('boundaries of the shipped detectors', (it) => {
  for (const [id, what, records, expected] of TABLE) {
    it(`${id}: ${what}`, () => {
      assert.deepEqual(opens(id, records), expected);
    });
  }

  it('service_down: silent for 9:59.999 and for 10:00.000', () => {
    assert.deepEqual(opens('service_down', spoken(0), 10 * MINUTE - 1), []);
    assert.deepEqual(opens('service_down', spoken(0), 10 * MINUTE), [10 * MINUTE]);
    assert.deepEqual(
      opens('service_down', [...spoken(0), record(10 * MINUTE - 1)], 15 * MINUTE),
      [],
    );
  });

  it('service_down: once per outage', () => {
    const records = [...spoken(0), record(30 * MINUTE)];
    assert.deepEqual(opens('service_down', records, 2 * HOUR), [10 * MINUTE, 40 * MINUTE]);
  });

  it('have the severities and actions of the configuration', () => {
    const table = [
      ['error_spike', 'high', series(101)],
      ['suspicious_user_activity', 'medium', series(50)],
      ['database_connection_failure', 'critical', series(10, {}, failure)],
      ['slow_response', 'medium', [slow(6000)]],
    ] as const;
    for (const [id, severity, records] of table) {
      const detector = shipped(id);
      const steps = [{ at: START + HOUR, records }];
      const { findings } = runDetector(detector, steps, { subject: SERVICE, start: START });
      assert.equal(findings[0]?.severity, severity);
      assert.equal(findings[0]?.type, id);
      assert.equal(findings[0]?.detector, id);
      assert.ok((findings[0]?.actionRequired.length ?? 0) > 0);
    }
  });
});
