import assert from 'node:assert/strict';

import { runDetector } from '../../src/streams/harness.ts';
import { describe } from '../support/suite.ts';
import { MINUTE, SERVICE, START, configured, record, series, shipped } from './support.ts';

const detector = shipped('service_down');
/** As many records at one time as make a service. */
const spoken = (at: number) => series(10, { from: at, every: 0 }, record);
const options = { subject: SERVICE, start: START };

describe('service_down', (it) => {
  it('fires at the deadline and resolves with the next record', () => {
    const steps = [
      { at: START, records: spoken(0) },
      { at: START + 25 * MINUTE, records: [record(25 * MINUTE)] },
    ];
    const { findings } = runDetector(detector, steps, options);
    const [down, up] = findings;
    assert.equal(down?.action, 'open');
    assert.equal(down?.at, START + 10 * MINUTE);
    assert.equal(down?.trigger, `deadline:${START + 10 * MINUTE}`);
    assert.equal(down?.summary, 'No logs for 10 minutes');
    assert.equal(up?.action, 'resolve');
    assert.equal(up?.trigger, '2.0');
    assert.equal(up?.summary, 'Logs again after 25 minutes');
  });

  it('is not resolved by a record from before the outage', () => {
    const steps = [
      { at: START + MINUTE, records: spoken(MINUTE) },
      { at: START + 12 * MINUTE, records: [record(0), record(MINUTE)] },
    ];
    const { findings } = runDetector(detector, steps, options);
    assert.deepEqual(
      findings.map(({ action }) => action),
      ['open'],
    );
  });

  it('says nothing of a service that sent fewer than min_records, unless it is expected', () => {
    const opened = (count: number, isExpected: boolean, from = detector): number[] => {
      const steps = [
        { at: START, records: spoken(0).slice(0, count) },
        { at: START + 600 * MINUTE },
      ];
      const { findings } = runDetector(from, steps, { ...options, isExpected });
      return findings.map(({ at }) => at);
    };
    assert.deepEqual(opened(9, false), []);
    assert.deepEqual(opened(10, false), [START + 10 * MINUTE]);
    assert.deepEqual(opened(1, true), [START + 10 * MINUTE]);
    assert.deepEqual(opened(0, false), [START + 10 * MINUTE], 'known only as expected');
    const any = configured('service_down', { min_records: 1 });
    assert.deepEqual(opened(1, false, any), [START + 10 * MINUTE]);
  });

  it('counts the records of all batches', () => {
    const one = (minute: number) => ({
      at: START + minute * MINUTE,
      records: [record(minute * MINUTE)],
    });
    const steps = [...Array(10).keys()].map((index) => one(index * 30));
    const { findings } = runDetector(detector, [...steps, { at: START + 9999 * MINUTE }], options);
    assert.deepEqual(
      findings.map(({ at }) => at),
      [START + (270 + 10) * MINUTE],
    );
  });

  it('counts blind time as no silence', () => {
    const up = detector.initial(SERVICE);
    const activity = { lastTimestamp: START, records: 10, isExpected: false };
    const deadline = START + 25 * MINUTE;
    const moved = { type: 'deadline', subject: SERVICE, deadline, activity } as const;
    assert.equal(detector.detect(up, moved).findings[0]?.at, deadline);
    const early = { ...moved, deadline: START + 10 * MINUTE - 1 };
    assert.deepEqual(detector.detect(up, early).findings, []);
  });

  it('asks for no records while the service is up, and for no deadline while it is down', () => {
    const up = detector.initial(SERVICE);
    assert.equal(detector.selector(up), undefined);
    const activity = { lastTimestamp: START, records: 10, isExpected: false };
    assert.equal(detector.deadline(up, activity), START + 10 * MINUTE);
    const { state } = runDetector(detector, [{ at: START + 10 * MINUTE }], options);
    assert.equal(detector.deadline(state, activity), undefined);
    assert.equal(detector.selector(state)?.(record(1)), true);
    assert.deepEqual(detector.restore(detector.snapshot(state), SERVICE), state);
    assert.deepEqual(detector.restore(detector.snapshot(up), SERVICE), up);
    assert.deepEqual(detector.restore('nonsense', SERVICE), up);
  });
});
