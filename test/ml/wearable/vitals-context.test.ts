import assert from 'node:assert/strict';
import fc from 'fast-check';

import { Random } from '../../../src/core/random.ts';
import { createVitalsContext } from '../../../src/ml/wearable/vitals-context.ts';
import { vitalsFleetPrior } from '../../../src/ml/wearable/vitals-prior.ts';
import type { VitalsSample, VitalsVerdict } from '../../../src/ml/wearable/vitals-verdict.ts';
import { describe } from '../../support/suite.ts';
import { wearerMinutes } from './wearer.ts';

const context = createVitalsContext();
const MINUTE = 60_000;

function judge(samples: readonly VitalsSample[], state = context.initial()): VitalsVerdict[] {
  return samples
    .map((sample) => context.advance(state, sample))
    .filter((verdict) => verdict !== undefined);
}

/** Learns four days, then judges the fifth from 10:00 with `change` on its minutes. */
function afterDays(
  change: (sample: VitalsSample, minute: number) => VitalsSample,
): VitalsVerdict[] {
  const samples = wearerMinutes(5);
  const state = context.initial();
  judge(samples.slice(0, 4 * 1_440 + 600), state);
  return judge(samples.slice(4 * 1_440 + 600, 4 * 1_440 + 640).map(change), state);
}

const reading = fc.record({
  timestamp: fc.oneof(
    fc.integer({ min: 0, max: 10_000_000 }),
    fc.double(),
    fc.constantFrom(1.7e12, 8.64e15, -1e15),
  ),
  heartRate: fc.oneof(fc.double(), fc.integer({ min: 0, max: 420 }), fc.constant(undefined)),
  steps: fc.oneof(fc.double(), fc.integer({ min: 0, max: 300 }), fc.constant(undefined)),
  intensity: fc.oneof(fc.double(), fc.integer({ min: 0, max: 3 }), fc.constant(undefined)),
  worn: fc.constantFrom(true, true, true, false, undefined),
  charging: fc.constantFrom(false, false, false, true, undefined),
});

describe('vitals context', (it) => {
  it('keeps a wearer in less than 2 KB', () => {
    assert.ok(context.size * 8 < 2_048, `${context.size * 8}`);
    assert.equal(context.initial().length, context.size);
  });

  it('is quiet about a normal day, most of the time', () => {
    const verdicts = judge(wearerMinutes(10)).slice(6 * 1_440);
    const alarms = verdicts.filter(
      ({ isAlarm }, index) => isAlarm && !verdicts[index - 1]?.isAlarm,
    );
    assert.ok(alarms.length <= 6, `${alarms.length} alarms in 4 days`);
    const inside = verdicts.filter(
      ({ heartRate, low, high }) => heartRate >= low && heartRate <= high,
    );
    assert.ok(inside.length / verdicts.length > 0.97, `${inside.length / verdicts.length}`);
  });

  it('judges every reading of a watch that comes late by up to 25 seconds', () => {
    const minutes = wearerMinutes(2);
    const random = new Random(3);
    const late = minutes.map((sample) => ({
      ...sample,
      timestamp: sample.timestamp + random.integer(0, 25_000),
    }));
    assert.equal(judge(late).length, minutes.length);
  });

  it('gathers readings of seconds to about one verdict a minute', () => {
    const minutes = wearerMinutes(1).slice(0, 600);
    const seconds = minutes.flatMap((sample) =>
      [0, 1, 2, 3, 4, 5].map((tenth) => {
        const steps = (sample.steps ?? 0) / 6;
        return { ...sample, steps, timestamp: sample.timestamp + tenth * 10_000 };
      }),
    );
    const verdicts = judge(seconds);
    assert.ok(Math.abs(verdicts.length - 600) <= 2, `${verdicts.length}`);
  });

  it('gives bit-equal verdicts whole days later, and nearly so at another hour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 86_399_999 }),
        (days, later) => {
          const minutes = wearerMinutes(1);
          const moved = (by: number): number[] =>
            judge(
              minutes.map((sample) => ({ ...sample, timestamp: sample.timestamp + 6e11 + by })),
            ).map(({ surprise }) => surprise);
          const expected = moved(0);
          assert.deepEqual(moved(days * 86_400_000), expected);
          for (const [index, surprise] of moved(later).entries()) {
            const far = Math.abs(surprise - (expected[index] as number));
            assert.ok(far < 1e-6, `${index}: off by ${far}`);
          }
        },
      ),
      { numRuns: 6 },
    );
  });

  it('finds a racing pulse at rest', () => {
    const verdicts = afterDays((sample) => ({
      ...sample,
      heartRate: (sample.heartRate ?? 0) + (sample.steps === 0 ? 45 : 0),
    }));
    const alarm = verdicts.find(({ isAlarm }) => isAlarm);
    assert.ok(alarm !== undefined);
    assert.ok(['tachycardia_at_rest', 'unexpected_rate'].includes(alarm.condition));
    assert.ok(alarm.heartRate > alarm.high && alarm.high > alarm.expected);
  });

  it('finds a pulse far too slow', () => {
    const verdicts = afterDays((sample) => ({
      ...sample,
      heartRate: (sample.heartRate ?? 0) - 28,
    }));
    const alarm = verdicts.find(({ isAlarm }) => isAlarm);
    assert.equal(alarm?.condition, 'bradycardia');
    assert.ok(alarm.heartRate < alarm.low && alarm.low < alarm.expected);
  });

  it('finds a sensor that repeats its last reading', () => {
    const verdicts = afterDays((sample) => ({ ...sample, heartRate: 71 }));
    const alarm = verdicts.find(({ isAlarm }) => isAlarm);
    assert.equal(alarm?.condition, 'stuck_sensor');
    assert.ok(alarm.flatMinutes >= 4 && alarm.flatMinutes <= 30, `${alarm.flatMinutes}`);
  });

  it('finds effort that the pulse does not answer', () => {
    const random = new Random(4);
    const verdicts = afterDays((sample) => ({
      ...sample,
      steps: 115,
      heartRate: Math.round(random.normal(66, 2)),
    }));
    const most = verdicts.reduce((one, other) => (other.surprise > one.surprise ? other : one));
    assert.ok(most.isAlarm);
    assert.ok(['no_response', 'bradycardia'].includes(most.condition), most.condition);
  });

  it('never judges off the wrist or while charging, and drops the minute begun', () => {
    const state = context.initial();
    for (const flags of [{ worn: false }, { charging: true }]) {
      for (let index = 0; index < 50; index += 1) {
        const timestamp = (index + (flags.worn === false ? 1 : 100)) * MINUTE;
        assert.equal(
          context.advance(state, { timestamp, heartRate: 220, steps: 0, ...flags }),
          undefined,
        );
      }
    }
    const next = context.advance(state, { timestamp: 200 * MINUTE, heartRate: 66, steps: 0 });
    assert.equal(next?.heartRate, 66);
    assert.equal(next.flatMinutes, 0);
  });

  it('judges readings of seconds once a minute, by their mean', () => {
    const state = context.initial();
    const verdicts: VitalsVerdict[] = [];
    for (let second = 0; second <= 600; second += 5) {
      const heartRate = second % 10 === 0 ? 60 : 70;
      const verdict = context.advance(state, {
        timestamp: second * 1_000 + 1,
        heartRate,
        steps: 0,
      });
      if (verdict !== undefined) verdicts.push(verdict);
    }
    assert.ok(verdicts.length >= 10 && verdicts.length <= 12, `${verdicts.length}`);
    assert.ok(verdicts.slice(1).every(({ heartRate }) => Math.abs(heartRate - 65) <= 1));
  });

  it('passes over what is out of order, and begins anew when the clock was far ahead', () => {
    const state = context.initial();
    judge(wearerMinutes(1), state);
    const kept = state.slice();
    for (const timestamp of [1_439 * MINUTE, 5 * MINUTE, Number.NaN]) {
      assert.equal(context.advance(state, { timestamp, heartRate: 66, steps: 0 }), undefined);
    }
    assert.deepEqual(state, kept);
    context.advance(state, { timestamp: 4e12, heartRate: 66, steps: 0 });
    assert.ok(context.advance(state, { timestamp: 1_500 * MINUTE, heartRate: 66, steps: 0 }));
  });

  it('leaves the state given to `observe` as it was, and agrees with `advance`', () => {
    const samples = wearerMinutes(1).slice(0, 400);
    const own = context.initial();
    let state = context.initial();
    for (const sample of samples) {
      const before = state.slice();
      const step = context.observe(state, sample);
      assert.deepEqual(state, before);
      assert.deepEqual(step.verdict, context.advance(own, sample));
      state = step.state;
    }
    assert.deepEqual(state, own);
  });

  it('goes on bit-equally from a copy of its state, and knows nothing of what comes', () => {
    const samples = wearerMinutes(2);
    const whole = judge(samples);
    for (const cut of [1, 777, 2_000]) {
      const state = context.initial();
      const first = judge(samples.slice(0, cut), state);
      const copy = structuredClone(state);
      assert.ok(context.isState(copy));
      assert.deepEqual([...first, ...judge(samples.slice(cut), copy)], whole);
    }
  });

  it('never gives a NaN and never breaks its state, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 80 }), (samples) => {
        const state = context.initial();
        for (const sample of samples) {
          const verdict = context.advance(state, sample);
          assert.ok(context.isState(state));
          if (verdict === undefined) continue;
          const { surprise, expected, low, high, members } = verdict;
          assert.ok(surprise >= 0 && surprise <= 16);
          assert.ok([expected, low, high].every(Number.isFinite) && low <= high);
          assert.ok(members.every((member) => member.surprise >= 0 && member.surprise <= 16));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('judges a new wearer as the fleet is, and the more so the fewer it has seen', () => {
    const athletes = [1, 2, 3].map((seed) => {
      const state = context.initial();
      judge(wearerMinutes(4, seed, 44), state);
      return state;
    });
    const fleet = createVitalsContext({ prior: vitalsFleetPrior(athletes) });
    const first = { timestamp: 2 * 3_600_000, heartRate: 44, steps: 0 };
    const known = fleet.advance(fleet.initial(), first);
    const plain = context.advance(context.initial(), first);
    assert.ok(known !== undefined && plain !== undefined);
    assert.ok(Math.abs(known.expected - 44) < 6, `${known.expected}`);
    assert.ok(known.surprise < plain.surprise);
    assert.deepEqual(vitalsFleetPrior([]), context.initial());
  });

  it('gives fewer alarms when fewer are allowed', () => {
    const alarms = (alarmsPerWeek: number): number => {
      const machine = createVitalsContext({ alarmsPerWeek });
      const state = machine.initial();
      return wearerMinutes(4).filter((sample) => machine.advance(state, sample)?.isAlarm).length;
    };
    const [few, some, many] = [0.01, 3.5, 70].map(alarms);
    assert.ok((few ?? 9) <= (some ?? 0) && (some ?? 9) < (many ?? 0), `${few} ${some} ${many}`);
  });
});
