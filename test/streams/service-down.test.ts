import assert from 'node:assert/strict';

import { runDetector } from '../../src/streams/harness.ts';
import { describe } from '../support/suite.ts';
import { MINUTE, SERVICE, START, record, shipped } from './support.ts';

const detector = shipped('service_down');
const options = { subject: SERVICE, start: START };

describe('service_down', (it) => {
  it('fires at the deadline and resolves with the next record', () => {
    const steps = [
      { at: START, records: [record(0)] },
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
      { at: START + MINUTE, records: [record(MINUTE)] },
      { at: START + 12 * MINUTE, records: [record(0), record(MINUTE)] },
    ];
    const { findings } = runDetector(detector, steps, options);
    assert.deepEqual(
      findings.map(({ action }) => action),
      ['open'],
    );
  });

  it('counts blind time as no silence', () => {
    const up = detector.initial(SERVICE);
    const activity = { lastTimestamp: START };
    const deadline = START + 25 * MINUTE;
    const moved = { type: 'deadline', subject: SERVICE, deadline, activity } as const;
    assert.equal(detector.detect(up, moved).findings[0]?.at, deadline);
    const early = { ...moved, deadline: START + 10 * MINUTE - 1 };
    assert.deepEqual(detector.detect(up, early).findings, []);
  });

  it('asks for no records while the service is up, and for no deadline while it is down', () => {
    const up = detector.initial(SERVICE);
    assert.equal(detector.selector(up), undefined);
    assert.equal(detector.deadline(up, { lastTimestamp: START }), START + 10 * MINUTE);
    const { state } = runDetector(detector, [{ at: START + 10 * MINUTE }], options);
    assert.equal(detector.deadline(state, { lastTimestamp: START }), undefined);
    assert.equal(detector.selector(state)?.(record(1)), true);
    assert.deepEqual(detector.restore(detector.snapshot(state), SERVICE), state);
    assert.deepEqual(detector.restore(detector.snapshot(up), SERVICE), up);
    assert.deepEqual(detector.restore('nonsense', SERVICE), up);
  });
});
