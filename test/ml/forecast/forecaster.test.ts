import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Packr } from 'msgpackr';

import { Random } from '../../../src/core/random.ts';
import { createForecaster, restoreForecaster } from '../../../src/ml/forecast/forecaster.ts';
import type { Forecaster } from '../../../src/ml/forecast/forecaster.ts';
import { describe } from '../../support/suite.ts';

const STEP = 1_800_000;
const DAY = 48;
const options = { stepMs: STEP, horizons: [1, 6, 24] };

/** A day's wave, lower at weekends, with noise that is not independent. */
function wave(steps: number, seed = 1): { timestamps: number[]; values: number[] } {
  const random = new Random(seed);
  const timestamps: number[] = [];
  const values: number[] = [];
  let rest = 0;
  for (let step = 0; step < steps; step += 1) {
    rest = 0.8 * rest + random.normal(0, 1);
    const isWeekend = Math.floor(step / DAY) % 7 >= 5;
    const daily = 10 * Math.sin((2 * Math.PI * step) / DAY) - (isWeekend ? 5 : 0);
    timestamps.push(step * STEP);
    values.push(50 + daily + rest);
  }
  return { timestamps, values };
}

function feed(forecaster: Forecaster, series: ReturnType<typeof wave>, from = 0): void {
  for (let step = from; step < series.values.length; step += 1) {
    forecaster.observe(series.timestamps[step] ?? 0, series.values[step] ?? 0);
  }
}

const hostile = fc.array(
  fc.tuple(
    fc.oneof(
      fc.integer({ min: 0, max: 1e7 }),
      fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }),
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  ),
  { maxLength: 60 },
);

describe('forecaster', (it) => {
  it('beats the value of a day ago and the newest one, and keeps its band', () => {
    const series = wave(60 * DAY);
    const forecaster = createForecaster(options);
    const half = 30 * DAY;
    forecaster.fit({
      timestamps: series.timestamps.slice(0, half),
      values: series.values.slice(0, half),
    });
    const sums = { model: 0, daily: 0, naive: 0, inside: 0, count: 0 };
    for (let step = half; step + 24 < series.values.length; step += 1) {
      forecaster.observe(series.timestamps[step] ?? 0, series.values[step] ?? 0);
      const actual = series.values[step + 24] ?? 0;
      const { value, low, high } = forecaster.forecast(24) ?? { value: 0, low: 0, high: 0 };
      sums.model += Math.abs(actual - value);
      sums.daily += Math.abs(actual - (series.values[step + 24 - DAY] ?? 0));
      sums.naive += Math.abs(actual - (series.values[step] ?? 0));
      sums.inside += actual >= low && actual <= high ? 1 : 0;
      sums.count += 1;
    }
    assert.ok(sums.model < 0.85 * sums.daily, `${sums.model / sums.daily}`);
    assert.ok(sums.model < 0.3 * sums.naive, `${sums.model / sums.naive}`);
    const share = sums.inside / sums.count;
    assert.ok(share > 0.85 && share < 0.95, `${share}`);
  });

  it('follows a straight line past its end, and says when it crosses a threshold', () => {
    const forecaster = createForecaster({ stepMs: 60_000, horizons: [1, 12, 60] });
    const random = new Random(3);
    const timestamps = Array.from({ length: 600 }, (_, step) => step * 60_000);
    const values = timestamps.map((_, step) => 20 + step / 10 + random.normal(0, 0.2));
    forecaster.fit({ timestamps, values });
    const next = forecaster.forecast(1);
    assert.ok(next !== undefined && Math.abs(next.value - 80) < 1, `${next?.value}`);
    assert.equal(next.at, 600 * 60_000);
    const half = forecaster.timeToThreshold(80.2, 0.5);
    const sure = forecaster.timeToThreshold(80.2, 0.95);
    assert.ok(half !== undefined && half.at === (599 + half.steps) * 60_000);
    assert.ok(sure === undefined || sure.steps >= half.steps);
    assert.equal(forecaster.timeToThreshold(1e6, 0.5), undefined);
  });

  it('finds a falling battery’s end', () => {
    const forecaster = createForecaster({ stepMs: 600_000, horizons: [1, 6, 36] });
    const timestamps = Array.from({ length: 400 }, (_, step) => step * 600_000);
    const values = timestamps.map((_, step) => 100 - (step % 200) * 0.4);
    forecaster.fit({ timestamps: timestamps.slice(0, 350), values: values.slice(0, 350) });
    const crossing = forecaster.timeToThreshold((values[349] ?? 0) - 0.8, 0.5);
    assert.ok(
      crossing !== undefined && crossing.steps >= 1 && crossing.steps <= 40,
      `${crossing?.steps}`,
    );
  });

  it('takes the newest value before it is fitted, and knows nothing before the first', () => {
    const forecaster = createForecaster();
    assert.equal(forecaster.forecast(1), undefined);
    assert.equal(forecaster.quantile(1, 0.5), undefined);
    assert.equal(forecaster.timeToThreshold(1, 0.5), undefined);
    forecaster.observe(0, 7);
    assert.equal(forecaster.forecast(5)?.value, 7);
    assert.deepEqual(forecaster.timeToThreshold(7, 0.9), { steps: 0, at: 0 });
  });

  it('is not moved in its hours by a gap, nor by a clock that was wrong', () => {
    const series = wave(40 * DAY);
    const forecaster = createForecaster(options);
    forecaster.fit({
      timestamps: series.timestamps.slice(0, 30 * DAY),
      values: series.values.slice(0, 30 * DAY),
    });
    const after = 37 * DAY + 5;
    forecaster.observe(series.timestamps[after] ?? 0, series.values[after] ?? 0);
    const value = forecaster.forecast(24)?.value ?? 0;
    assert.ok(Math.abs(value - (series.values[after + 24] ?? 0)) < 5);
    forecaster.observe(9e14, 55);
    forecaster.observe(series.timestamps[after + 1] ?? 0, series.values[after + 1] ?? 0);
    assert.equal(forecaster.forecast(1)?.at, series.timestamps[after + 2]);
  });

  it('passes over values that are not newer', () => {
    const series = wave(10 * DAY);
    const forecaster = createForecaster(options);
    forecaster.fit(series);
    const before = forecaster.snapshot();
    forecaster.observe(series.timestamps.at(-1) ?? 0, 1e9);
    forecaster.observe(series.timestamps.at(-20) ?? 0, 1e9);
    assert.deepEqual(forecaster.snapshot(), before);
  });

  it('scales and shifts with the values', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1_000, noNaN: true }),
        fc.double({ min: -1_000, max: 1_000, noNaN: true }),
        (scale, shift) => {
          const series = wave(8 * DAY, 5);
          const moved = { ...series, values: series.values.map((value) => value * scale + shift) };
          const one = createForecaster(options);
          const other = createForecaster(options);
          one.fit(series);
          other.fit(moved);
          for (const steps of [1, 6, 24]) {
            const mine = one.forecast(steps);
            const theirs = other.forecast(steps);
            assert.ok(mine !== undefined && theirs !== undefined);
            for (const key of ['value', 'low', 'high'] as const) {
              const difference = Math.abs(theirs[key] - (mine[key] * scale + shift));
              assert.ok(
                difference <= 1e-4 * scale + 1e-7 * Math.abs(shift),
                `${key} ${difference}`,
              );
            }
          }
        },
      ),
      { numRuns: 10 },
    );
  });

  it('goes on bit-equally after a restore, also through msgpack', () => {
    const packr = new Packr({ structuredClone: true });
    const series = wave(12 * DAY);
    for (const cut of [1, 100, 10 * DAY]) {
      const one = createForecaster(options);
      one.fit({ timestamps: series.timestamps.slice(0, cut), values: series.values.slice(0, cut) });
      const other = restoreForecaster(packr.unpack(packr.pack(one.snapshot())));
      feed(one, series, cut);
      feed(other, series, cut);
      assert.deepEqual(other.snapshot(), one.snapshot());
      assert.deepEqual(other.forecast(24), one.forecast(24));
    }
  });

  it('never gives a NaN, whatever comes', () => {
    fc.assert(
      fc.property(hostile, (pairs) => {
        const forecaster = createForecaster(options);
        forecaster.fit({
          timestamps: pairs.map(([time]) => time),
          values: pairs.map(([, value]) => value),
        });
        for (const [time, value] of pairs) {
          forecaster.observe(time, value);
          const forecast = forecaster.forecast(24);
          assert.ok(forecast === undefined || Object.values(forecast).every(Number.isFinite));
        }
        if (pairs.length > 0) restoreForecaster(forecaster.snapshot());
      }),
    );
  });

  it('follows a line from its second value on when it is given a warm-up, and judges no error before', () => {
    const parameters = { ...NO_PARAMETERS, trend: 0.05, damping: 1 - 1e-9, warmUp: 8 };
    const line = createForecaster({ stepMs: 1, horizons: [1, 6], parameters });
    for (let step = 0; step < 12; step += 1) {
      line.observe(step, 7 + 3 * step);
      if (step > 0) {
        const { value = 0 } = line.forecast(5) ?? {};
        assert.ok(Math.abs(value - (7 + 3 * (step + 5))) < 1e-4, `after ${step}: ${value}`);
      }
    }
    assert.deepEqual([line.errorsAt(1), line.errorsAt(2), line.errorsAt(7)], [4, 0, 0]);
    const { smoother } = line.snapshot().state as { smoother: { day: Float64Array } };
    assert.equal(smoother.day.length, 0);
    const again = restoreForecaster(structuredClone(line.snapshot()));
    assert.deepEqual(again.snapshot(), line.snapshot());
  });

  it('refuses what is no series, no option and no snapshot', () => {
    const input = { code: 'MODEL_INPUT' };
    const forecaster = createForecaster(options);
    assert.throws(() => forecaster.observe(0, Number.NaN), input);
    assert.throws(() => forecaster.observe(1e250, 1), input);
    assert.throws(() => forecaster.fit({ timestamps: [1], values: [] }), input);
    for (const bad of [
      { stepMs: 0 },
      { horizons: [] },
      { horizons: [2, 1] },
      { horizons: [9_999] },
    ]) {
      assert.throws(() => createForecaster(bad), input);
    }
    forecaster.fit(wave(50));
    const good = forecaster.snapshot();
    const state = good.state as Record<'smoother' | 'bands' | 'pending', Record<string, unknown>>;
    const { smoother, bands, pending } = state;
    const damaged: readonly unknown[] = [
      { ...good, kind: 'x' },
      { ...good, version: 1 },
      { ...good, state: null },
      ...[
        { smoother: undefined },
        { smoother: { ...smoother, stepMs: -1 } },
        { smoother: { ...smoother, parameters: undefined } },
        { smoother: { ...smoother, parameters: { ...NO_PARAMETERS, damping: 1 } } },
        { smoother: { ...smoother, values: new Float64Array(8).fill(Number.NaN) } },
        { smoother: { ...smoother, parameters: { ...NO_PARAMETERS, warmUp: -1 } } },
        { smoother: { ...smoother, day: [1] } },
        { bands: undefined },
        { bands: { ...bands, horizons: [] } },
        { bands: { ...bands, horizons: [3, 2, 1] } },
        { bands: { ...bands, errors: new Float64Array(6).fill(-1) } },
        { pending: { ...pending, step: 0.5 } },
        { pending: { ...pending, targets: new Float64Array(1) } },
      ].map((change) => ({ ...good, state: { ...state, ...change } })),
    ];
    for (const snapshot of damaged) {
      assert.throws(() => restoreForecaster(snapshot as typeof good), { code: 'MODEL_INVALID' });
    }
  });
});

const NO_PARAMETERS = { level: 0.1, trend: 0, damping: 0, season: 0, seasons: 0 } as const;
