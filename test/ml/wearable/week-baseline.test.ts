import assert from 'node:assert/strict';
import fc from 'fast-check';

import { Random } from '../../../src/core/random.ts';
import { createWeekBaseline, WEEK_SIGNS } from '../../../src/ml/wearable/week-baseline.ts';
import type { VitalReading, WeekVerdict } from '../../../src/ml/wearable/week-baseline.ts';
import { describe } from '../../support/suite.ts';

const MINUTE = 60_000;
const baseline = createWeekBaseline(WEEK_SIGNS.heartRate);

function run(
  readings: readonly VitalReading[],
  from = baseline.initial(),
): { state: Float64Array; verdicts: WeekVerdict[] } {
  let state = from;
  const verdicts: WeekVerdict[] = [];
  for (const reading of readings) {
    const step = baseline.observe(state, reading);
    state = step.state;
    if (step.verdict !== undefined) verdicts.push(step.verdict);
  }
  return { state, verdicts };
}

/** Three weeks: 55 at night, 75 by day. */
function weeks(): VitalReading[] {
  const random = new Random(2);
  return Array.from({ length: 3 * 7 * 24 * 12 }, (_, step) => {
    const timestamp = (step + 1) * 5 * MINUTE;
    const hour = (timestamp / 3_600_000) % 24;
    return { timestamp, value: random.normal(hour >= 7 && hour < 22 ? 75 : 55, 3) };
  });
}

describe('week baseline', (it) => {
  const { state, verdicts } = run(weeks());
  const night = (weeks().at(-1)?.timestamp ?? 0) + 3 * 3_600_000;

  it('learns a person’s hours, and is quiet about them', () => {
    const late = verdicts.slice(-2_000);
    assert.ok(late.every(({ isBreach }) => !isBreach));
    const { verdict } = baseline.observe(state, { timestamp: night, value: 56 });
    assert.ok(verdict !== undefined && Math.abs(verdict.expected - 56) < 3, `${verdict?.expected}`);
  });

  it('finds by night what is normal by day, once it lasts', () => {
    const readings = Array.from({ length: 8 }, (_, step) => ({
      timestamp: night + step * MINUTE,
      value: 85,
    }));
    const found = run(readings, state).verdicts;
    assert.deepEqual(
      found.map(({ bound }) => bound),
      Array(8).fill('personal'),
    );
    assert.deepEqual(
      found.map(({ isBreach }) => isBreach),
      [...Array(5).fill(false), ...Array(3).fill(true)],
    );
  });

  it('holds the bounds for everyone from the first reading', () => {
    const readings = Array.from({ length: 7 }, (_, step) => ({
      timestamp: (step + 1) * MINUTE,
      value: 150,
    }));
    const last = run(readings).verdicts.at(-1);
    assert.equal(last?.bound, 'fixed');
    assert.ok(last.isBreach);
    const active = run(readings.map((one) => ({ ...one, isActive: true }))).verdicts.at(-1);
    assert.equal(active?.isBreach, false);
  });

  it('never judges off the wrist, while charging or without a value, and a pause starts anew', () => {
    for (const odd of [
      { worn: false },
      { charging: true },
      { value: undefined },
      { value: Number.NaN },
    ]) {
      const reading = { timestamp: night, value: 250, ...odd };
      assert.equal(baseline.observe(state, reading).verdict, undefined);
    }
    const outside = [0, 1, 2, 3, 4].map((step) => ({
      timestamp: night + step * MINUTE,
      value: 200,
    }));
    const removed = { timestamp: night + 5 * MINUTE, value: 200, worn: false };
    const again = { timestamp: night + 6 * MINUTE, value: 200 };
    const later = { timestamp: night + 40 * MINUTE, value: 200 };
    assert.equal(run([...outside, removed, again], state).verdicts.at(-1)?.isBreach, false);
    assert.equal(run([...outside, later], state).verdicts.at(-1)?.isBreach, false);
  });

  it('is not led away by what it finds', () => {
    const readings = Array.from({ length: 600 }, (_, step) => ({
      timestamp: night + step * 1_000,
      value: 220,
    }));
    const { verdict } = baseline.observe(run(readings, state).state, {
      timestamp: night + 3_000_000,
      value: 56,
    });
    assert.ok(verdict !== undefined && verdict.expected < 75 && verdict.bound === undefined);
  });

  it('never changes the state given, never breaks it, and goes on bit-equally', () => {
    const reading = fc.record({
      timestamp: fc.oneof(fc.integer({ min: 0, max: 1e8 }), fc.double()),
      value: fc.option(fc.oneof(fc.double(), fc.integer({ min: 0, max: 300 })), { nil: undefined }),
      worn: fc.constantFrom(true, true, false, undefined),
      charging: fc.constantFrom(false, false, true, undefined),
      isActive: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 40 }), (readings) => {
        let one = baseline.initial();
        for (const each of readings) {
          const before = one.slice();
          const step = baseline.observe(one, each);
          assert.deepEqual(one, before);
          assert.deepEqual(baseline.observe(structuredClone(one), each), step);
          assert.ok(baseline.isState(step.state));
          const { verdict } = step;
          assert.ok(
            verdict === undefined ||
              [verdict.low, verdict.high, verdict.expected].every(Number.isFinite),
          );
          one = step.state;
        }
      }),
    );
  });
});
