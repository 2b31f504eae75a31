import assert from 'node:assert/strict';
import { createSimulation } from '../../src/sim/simulation.ts';
import { initialWatch, stepWatch, type WatchSample } from '../../src/sim/watch-model.ts';
import { watchProfile } from '../../src/sim/watch-profile.ts';
import { describe } from '../support/suite.ts';

const MONDAY = Date.UTC(2026, 0, 5);
const SAMPLE_MS = 10_000;

function day(index: number): { readonly at: number; readonly sample: WatchSample }[] {
  const profile = watchProfile(7, index);
  let state = initialWatch(profile, MONDAY);
  const samples: { at: number; sample: WatchSample }[] = [];
  for (let at = MONDAY; at < MONDAY + 24 * 3_600_000; at += SAMPLE_MS) {
    const step = stepWatch(profile, state, at);
    state = step.state;
    samples.push({ at, sample: step.sample });
  }
  return samples;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

describe('stepWatch', (it) => {
  const days = [0, 1, 2, 3].map(day);

  it('keeps every vital within what a body can show', () => {
    for (const { sample } of days.flat()) {
      if (sample.body === undefined) continue;
      const { heartRate, hrv, spo2, skinTemperature, steps } = sample.body;
      assert.ok(heartRate >= 35 && heartRate <= 205, `heart rate ${heartRate}`);
      assert.ok(hrv >= 1 && hrv < 150, `hrv ${hrv}`);
      assert.ok(spo2 >= 92 && spo2 <= 100, `spo2 ${spo2}`);
      assert.ok(skinTemperature > 29 && skinTemperature < 37, `skin ${skinTemperature}`);
      assert.ok(steps >= 0 && steps <= 35, `steps ${steps}`);
      assert.ok(sample.battery >= 0 && sample.battery <= 100);
    }
  });

  it('beats faster and steadier in effort than asleep', () => {
    const bodies = (activity: string): NonNullable<WatchSample['body']>[] =>
      days
        .flat()
        .flatMap(({ sample }) =>
          sample.activity === activity && sample.body !== undefined ? [sample.body] : [],
        );
    const [asleep, resting, walking] = ['sleep', 'rest', 'walk'].map(bodies);
    assert.ok(mean(asleep!.map((b) => b.heartRate)) < mean(resting!.map((b) => b.heartRate)));
    assert.ok(mean(resting!.map((b) => b.heartRate)) + 10 < mean(walking!.map((b) => b.heartRate)));
    assert.ok(mean(walking!.map((b) => b.hrv)) < mean(asleep!.map((b) => b.hrv)));
    assert.ok(
      mean(asleep!.map((b) => b.skinTemperature)) > mean(walking!.map((b) => b.skinTemperature)),
    );
    assert.equal(mean(asleep!.map((b) => b.steps)), 0);
  });

  it('walks a plausible number of steps a day', () => {
    for (const samples of days) {
      const steps = samples.reduce((sum, { sample }) => sum + (sample.body?.steps ?? 0), 0);
      assert.ok(steps > 1_500 && steps < 60_000, `${steps} steps`);
    }
  });

  it('drains and charges the battery, and reads no body off the wrist', () => {
    const samples = days.flat().map(({ sample }) => sample);
    assert.ok(samples.some(({ charging }) => charging));
    for (const sample of samples.filter(({ charging }) => charging)) {
      assert.equal(sample.worn, false);
      assert.equal(sample.body, undefined);
    }
  });

  it('gives different wearers different bodies', () => {
    const profiles = [0, 1, 2, 3].map((index) => watchProfile(7, index));
    assert.equal(new Set(profiles.map((profile) => profile.restingHeartRate)).size, 4);
    assert.deepEqual(watchProfile(7, 2), profiles[2]);
  });
});

describe('faults of watches', (it) => {
  const start = Date.UTC(2026, 0, 5, 1, 0, 0);
  const vitals = (
    scenario: string,
    id: string,
  ): { at: number; heartRate: number; level: string }[] => {
    const options = { seed: 3, devices: 5, services: 0, rate: 0, scenario, start };
    const simulation = createSimulation(options);
    return simulation
      .advance(simulation.initial(), start + 30 * 60_000)
      .batches.filter((batch) => batch.kind === 'device' && batch.id === id)
      .flatMap((batch) => (batch.kind === 'device' ? batch.records : []))
      .map(({ record }) => ({
        at: record.timestamp,
        heartRate: record.heart_rate ?? 0,
        level: record.level,
      }));
  };
  const label = (kind: string): { from: number; to: number } => {
    const options = { seed: 3, devices: 5, services: 0, rate: 0, scenario: 'vitals', start };
    return createSimulation(options)
      .labels(start, start + 1_800_000)
      .find((each) => each.kind === kind)!;
  };

  it('raise the heart rate at rest, and the watch says so with a critical record', () => {
    const { from, to } = label('tachycardia');
    const during = vitals('vitals', 'watch-002').filter(({ at }) => at >= from && at < to);
    const before = vitals('vitals', 'watch-002').filter(
      ({ at, heartRate }) => at < from && heartRate > 0,
    );
    const rates = during.filter(({ heartRate }) => heartRate > 0).map(({ heartRate }) => heartRate);
    assert.ok(mean(rates) > mean(before.map(({ heartRate }) => heartRate)) + 50);
    assert.ok(vitals('normal', 'watch-002').every(({ level }) => level !== 'CRITICAL'));
  });

  it('freeze a stuck sensor on one value', () => {
    const { from, to } = label('stuck_sensor');
    const during = vitals('vitals', 'watch-004').filter(
      ({ at, heartRate }) => at >= from && at < to && heartRate > 0,
    );
    assert.equal(new Set(during.map(({ heartRate }) => heartRate)).size, 1);
  });
});
