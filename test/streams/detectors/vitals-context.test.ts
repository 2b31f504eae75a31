import assert from 'node:assert/strict';

import type { LogRecord, Vitals } from '../../../src/model/record.ts';
import { subjectId } from '../../../src/model/subject.ts';
import { runDetector } from '../../../src/streams/harness.ts';
import { describe } from '../../support/suite.ts';
import { MINUTE, SECOND, START, record, shipped } from '../support.ts';

const WATCH = subjectId('device', 'w1');
const detector = shipped('vitals_context');

function reading(at: number, vitals: Partial<Vitals>): LogRecord {
  return record(at, {
    deviceId: 'w1',
    vitals: {
      heartRate: undefined,
      hrv: undefined,
      spo2: undefined,
      skinTemperature: undefined,
      steps: 0,
      battery: 80,
      rssi: -60,
      worn: true,
      charging: false,
      ...vitals,
    },
  });
}

/** A reading each 10 s: 66 to 74 bpm, and `rate` from minute 180 to 200. */
function day(rate: number, during: Partial<Vitals> = {}): LogRecord[] {
  return Array.from({ length: 240 * 6 }, (_, index) => {
    const at = index * 10 * SECOND;
    const isEvent = at >= 180 * MINUTE && at < 200 * MINUTE;
    const usual = 70 + ((index * 7) % 5) - 2 + ((index * 13) % 3);
    return reading(
      at,
      isEvent ? { heartRate: rate + (index % 4), ...during } : { heartRate: usual },
    );
  });
}

function run(records: readonly LogRecord[]) {
  const steps = records.map((each) => ({ at: each.timestamp, records: [each] }));
  const end = { at: START + 300 * MINUTE };
  return runDetector(detector, [...steps, end], { subject: WATCH, start: START });
}

describe('vitals_context', (it) => {
  it('opens one alert for a fast heart rate at rest, with band and notice, and resolves it', () => {
    const { findings } = run(day(165));
    const opened = findings.filter(({ action }) => action === 'open');
    const resolved = findings.filter(({ action }) => action === 'resolve');
    assert.equal(opened.length, 1);
    assert.equal(resolved.length, 1);
    const [first] = opened;
    const minute = ((first?.at ?? 0) - START) / MINUTE;
    assert.ok(minute >= 180 && minute <= 190, `it opened in minute ${minute}`);
    const { facts, value, threshold, unit } = first!.evidence;
    assert.equal(unit, 'bpm');
    assert.ok(value > 150 && threshold < value);
    assert.equal(facts['condition'], 'tachycardia_at_rest');
    assert.match(String(facts['expected_band']), /^\d+ to \d+ bpm$/);
    assert.match(String(facts['notice']), /not a medical device/);
    assert.match(first!.summary, /not a medical device/);
    assert.equal(facts['model'], 'vitals_context@1');
  });

  it('is silent on a usual day', () => {
    assert.deepEqual(run(day(70)).findings, []);
  });

  it('judges no watch that is not worn or is charging', () => {
    assert.deepEqual(run(day(165, { worn: false })).findings, []);
    assert.deepEqual(run(day(165, { charging: true })).findings, []);
  });

  it('goes on from a snapshot as if there had been none, and changes no state it is given', () => {
    const records = day(165).slice(0, 190 * 6);
    const feed = (state: unknown, from: number, to: number) =>
      detector.detect(state, {
        type: 'records',
        subject: WATCH,
        records: records.slice(from, to),
        triggers: records.slice(from, to).map((_, index) => `${from + index + 1}.0`),
      });
    const whole = feed(detector.initial(WATCH), 0, records.length);
    for (const cut of [1, 600, 1081, 1100]) {
      const first = feed(detector.initial(WATCH), 0, cut);
      const frozen = JSON.stringify(first.state);
      const stored = structuredClone(detector.snapshot(first.state));
      const second = feed(detector.restore(stored, WATCH), cut, records.length);
      assert.deepEqual(detector.snapshot(second.state), detector.snapshot(whole.state));
      assert.deepEqual([...first.findings, ...second.findings], whole.findings);
      assert.equal(JSON.stringify(first.state), frozen);
    }
  });

  it('starts afresh from data that it cannot read', () => {
    for (const bad of [null, 7, {}, { context: Float64Array.of(1) }])
      assert.deepEqual(detector.restore(bad, WATCH), detector.initial(WATCH));
  });

  it('explains what it expects', () => {
    const context = {
      now: START,
      shiftMs: 0,
      activity: { lastTimestamp: START, records: 1, isExpected: false },
    };
    const said = (state: unknown) => detector.explain?.(state, context);
    assert.equal(said(detector.initial(WATCH))?.state, 'idle');
    assert.match(said(run(day(70)).state)?.text ?? '', /bpm at .*, \d+ bpm expected/);
  });
});
