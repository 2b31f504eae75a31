import assert from 'node:assert/strict';

import { Packr } from 'msgpackr';

import { Random } from '../../../src/core/random.ts';
import {
  createSurpriseCalibrator,
  restoreSurpriseCalibrator,
} from '../../../src/ml/calibration/surprise.ts';
import { BaseRate } from '../../../src/ml/ensemble/base-rate.ts';
import { Ensemble } from '../../../src/ml/ensemble/ensemble.ts';
import { createScaler, restoreScaler } from '../../../src/ml/features/scaler.ts';
import { SCALER_KINDS } from '../../../src/ml/features/scaler-columns.ts';
import { readWindow } from '../../../src/ml/features/window.ts';
import { createForecaster, restoreForecaster } from '../../../src/ml/forecast/forecaster.ts';
import type { Model, ModelSnapshot } from '../../../src/ml/model.ts';
import { MODEL_KINDS } from '../../../src/ml/registry/model-kinds.ts';
import { createVitalsContext } from '../../../src/ml/wearable/vitals-context.ts';
import { createWeekBaseline, WEEK_SIGNS } from '../../../src/ml/wearable/week-baseline.ts';
import type { LogRecord } from '../../../src/model/record.ts';
import { WINDOW_FEATURES } from '../../../src/streams/detectors/feature-windows.ts';
import { describe } from '../../support/suite.ts';
import { sessions } from '../neural/sessions.ts';
import { eventfulStream } from '../series/kinds.ts';
import { findKinds, learned, part, rowsOf } from './kinds.ts';

const LENGTH = 900;
const CUTS = [1, 333, 700];
const baseline = createWeekBaseline(WEEK_SIGNS.heartRate);
const packr = new Packr({ moreTypes: true, structuredClone: true });
const packed = <Value>(value: Value): Value => packr.unpack(packr.pack(value)) as Value;

/** Something with a state: takes the i-th thing of its stream, and says numbers about it. */
interface Machine {
  step(index: number): readonly number[];
  /** Another one that goes on from this one's state after it was stored. */
  restarted(): Machine;
}

const kinds = await findKinds();
const snapshots = await learned(kinds);

describe('every kind of model, restarted in the middle of a stream', (it) => {
  it('is found: all that the registry knows, and streams besides', () => {
    const names = [...kinds.rows, ...kinds.sessions].map(({ kind }) => kind);
    assert.deepEqual(names.sort(), [...MODEL_KINDS.keys()].sort());
    assert.ok(kinds.series.length >= 8);
  });

  const rows = rowsOf(240 + LENGTH, 2);
  for (const kind of kinds.rows) {
    it(`${kind.kind} goes on bit-equal`, () => {
      const machine = (model: Model<typeof rows>): Machine => ({
        step(index) {
          const row = part(rows, 240 + index, 241 + index);
          const scores = model.score(row);
          model.update(row);
          return [...scores];
        },
        restarted: () => machine(kind.restore(packed(model.snapshot()))),
      });
      goesOn(machine(kind.restore(snapshotOf(kind.kind))), 300);
    });
  }

  const story = sessions(LENGTH, 7);
  for (const kind of kinds.sessions) {
    it(`${kind.kind} goes on bit-equal`, () => {
      const machine = (model: Model<readonly Uint32Array[]>): Machine => ({
        step(index) {
          const one = story.slice(index, index + 1);
          const scores = model.score(one);
          model.update(one);
          return [...scores];
        },
        restarted: () => machine(kind.restore(packed(model.snapshot()))),
      });
      goesOn(machine(kind.restore(snapshotOf(kind.kind))), 300);
    });
  }

  const points = eventfulStream(3, LENGTH);
  for (const kind of kinds.series) {
    it(`${kind.kind} goes on bit-equal`, () => {
      const machine = (model: ReturnType<typeof kind.create>): Machine => ({
        step: (index) => [
          model.observe(points.times[index] as number, points.values[index] as number),
        ],
        restarted: () => machine(kind.restore(packed(model.snapshot()))),
      });
      goesOn(machine(kind.create()), LENGTH);
    });
  }

  function snapshotOf(kind: string): ModelSnapshot {
    const snapshot = snapshots.get(kind);
    assert.ok(snapshot !== undefined);
    return packed(snapshot);
  }
});

describe('everything else that keeps a state, restarted in the middle of a stream', (it) => {
  const random = new Random(4, 'restart');
  const noise = Float64Array.from({ length: LENGTH }, () => {
    return Math.round(random.normal(0, 3) * 64) / 64 + (random.chance(0.01) ? 40 : 0);
  });
  const at = (index: number): number => noise[index] as number;

  const machines: Readonly<Record<string, Machine>> = {
    'a calibrator': calibrator(createSurpriseCalibrator()),
    'a calibrator with a window and a short memory': calibrator(
      createSurpriseCalibrator({ window: 20, horizon: 256 }),
    ),
    'an ensemble': ensemble(new Ensemble()),
    'an ensemble that is not calibrated again': ensemble(new Ensemble({ recalibrate: false })),
    'a base rate': baseRate(new BaseRate(200)),
    ...Object.fromEntries(
      SCALER_KINDS.map((kind) => [`a scaler, ${kind}`, scaler(createScaler(2, { kind }))]),
    ),
    ...Object.fromEntries(
      Object.entries(WINDOW_FEATURES).map(([name, features]) => [
        `a window of ${name}`,
        featureWindow(features, features.empty()),
      ]),
    ),
    'a forecaster': forecaster(createForecaster()),
    "a wearer's context": wearer(createVitalsContext().initial()),
    "a wearer's week": week(baseline.initial()),
  };
  for (const [name, machine] of Object.entries(machines)) {
    it(`${name} goes on bit-equal`, () => {
      goesOn(machine, LENGTH);
    });
  }

  it('is all there is', () => {
    // What restores a model of a kind is covered with the kinds.
    const others = kinds.restorers.filter(
      (name) => !/SeriesEnsemble|Session|Trace|Grams|GramBag|Edit|Gauge|Auto|Lstm|Next/.test(name),
    );
    const covered = ['restoreForecaster', 'restoreScaler', 'restoreSurpriseCalibrator'];
    assert.deepEqual(others.sort(), covered);
  });

  function calibrator(model: ReturnType<typeof createSurpriseCalibrator>): Machine {
    return {
      step(index) {
        const surprise = model.surprise(at(index));
        model.update(at(index));
        return [surprise];
      },
      restarted: () => calibrator(restoreSurpriseCalibrator(packed(model.snapshot()))),
    };
  }

  function ensemble(model: Ensemble): Machine {
    return {
      step(index) {
        const members = ['a', 'b', 'c'].map((name, place) => {
          return { name, surprise: Math.abs(at((index + place) % LENGTH)) / 3 };
        });
        const { surprise, contributions } = model.verdict(members, 'watch');
        model.update(members, 'watch');
        if (index % 50 === 0) model.feedback(members, index % 100 === 0, 'watch');
        return [surprise, ...contributions.map(({ share }) => share)];
      },
      restarted: () => ensemble(Ensemble.restore(packed(model.snapshot()))),
    };
  }

  function baseRate(rate: BaseRate): Machine {
    return {
      step(index) {
        const fires = at(index) > 5;
        const surprise = rate.surprise(fires);
        if (index % 7 === 0) rate.pass(3);
        else rate.update(fires);
        return [surprise];
      },
      restarted: () => baseRate(BaseRate.from(packed(rate.state()))),
    };
  }

  function scaler(model: ReturnType<typeof createScaler>): Machine {
    return {
      step(index) {
        const row = Float64Array.of(at(index), 1e6 + index);
        const out = new Float64Array(2);
        model.scale(row, out);
        model.observe(row);
        return [...out];
      },
      restarted: () => scaler(restoreScaler(packed(model.snapshot()))),
    };
  }

  function featureWindow(
    features: (typeof WINDOW_FEATURES)['user'],
    window: ReturnType<typeof features.empty>,
  ): Machine {
    return {
      step(index) {
        features.add(window, recordOf(index));
        const out = new Float64Array(features.set.columns.length);
        features.set.vector(window, out);
        return [...out];
      },
      restarted() {
        const read = readWindow(packed(window), features.empty());
        assert.ok(read !== undefined);
        return featureWindow(features, read);
      },
    };
  }

  function recordOf(index: number): LogRecord {
    return {
      timestamp: 1.7e12 + index * 1000,
      level: index % 9 === 0 ? 17 : 9,
      service: `service ${index % 3}`,
      message: `message ${index % 11}`,
      userId: undefined,
      requestId: undefined,
      errorCode: index % 9 === 0 ? 'E1' : undefined,
      durationMs: Math.abs(at(index)) * 10,
      deviceId: undefined,
      attributes: undefined,
      vitals: {
        heartRate: 70 + at(index),
        hrv: undefined,
        spo2: 97,
        skinTemperature: 33 + at(index) / 50,
        steps: index % 4,
        battery: 80,
        rssi: undefined,
        worn: true,
        charging: false,
      },
    };
  }

  function forecaster(model: ReturnType<typeof createForecaster>): Machine {
    return {
      step(index) {
        model.observe(1.7e12 + index * 60_000, at(index));
        const { value = 0, low = 0, high = 0 } = model.forecast(12) ?? {};
        return [value, low, high, model.timeToThreshold(30, 0.9)?.steps ?? -1];
      },
      restarted: () => forecaster(restoreForecaster(packed(model.snapshot()))),
    };
  }

  function wearer(state: Float64Array): Machine {
    const context = createVitalsContext();
    return {
      step(index) {
        const verdict = context.advance(state, {
          timestamp: 1.7e12 + index * 60_000,
          heartRate: 70 + at(index),
          steps: index % 5 === 0 ? 60 : 0,
        });
        return [verdict?.surprise ?? -1, verdict?.threshold ?? -1, verdict?.expected ?? -1];
      },
      restarted() {
        const read: unknown = packed(state);
        assert.ok(context.isState(read));
        return wearer(read);
      },
    };
  }

  function week(given: Float64Array): Machine {
    let state = given;
    return {
      step(index) {
        const timestamp = 1.7e12 + index * 600_000;
        const seen = baseline.observe(state, { timestamp, value: 70 + at(index) });
        state = seen.state;
        return [seen.verdict?.expected ?? -1, seen.verdict?.low ?? -1, seen.verdict?.high ?? -1];
      },
      restarted() {
        const read: unknown = packed(state);
        assert.ok(baseline.isState(read));
        return week(read);
      },
    };
  }
});

/** One that is restarted at each cut says what one says that never was. */
function goesOn(first: Machine, length: number): void {
  let restarted = first.restarted();
  for (let index = 0; index < length; index += 1) {
    if (CUTS.includes(index)) restarted = restarted.restarted();
    const expected = first.step(index);
    const said = restarted.step(index);
    assert.ok(expected.every(Number.isFinite));
    assert.deepEqual(said, expected, `step ${index}`);
  }
}
