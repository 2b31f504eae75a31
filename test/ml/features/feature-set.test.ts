import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Packr } from 'msgpackr';

import { defineFeatureSet } from '../../../src/ml/features/feature-set.ts';
import type { FeatureSet } from '../../../src/ml/features/feature-set.ts';
import {
  addServiceRecord,
  emptyServiceWindow,
  serviceFeatures,
} from '../../../src/ml/features/service.ts';
import { addUserRecord, emptyUserWindow, userFeatures } from '../../../src/ml/features/user.ts';
import { addVitals, emptyVitalsWindow, vitalsFeatures } from '../../../src/ml/features/vitals.ts';
import type { LogRecord } from '../../../src/model/record.ts';
import { describe } from '../../support/suite.ts';

/** A feature set with its window, whatever the window is. */
interface Subject {
  readonly set: Pick<FeatureSet<unknown>, 'name' | 'columns' | 'hash'>;
  fresh(): unknown;
  add(window: unknown, record: LogRecord): void;
  vector(window: unknown): number[];
}

function subject<Window>(
  set: FeatureSet<Window>,
  fresh: () => Window,
  add: (window: Window, record: LogRecord) => void,
): Subject {
  return {
    set,
    fresh,
    add: (window, record) => {
      add(window as Window, record);
    },
    vector(window) {
      const out = new Float64Array(set.columns.length);
      set.vector(window as Window, out);
      return [...out];
    },
  };
}

const SUBJECTS = [
  subject(vitalsFeatures, emptyVitalsWindow, addVitals),
  subject(serviceFeatures, emptyServiceWindow, addServiceRecord),
  subject(userFeatures, emptyUserWindow, addUserRecord),
];

const anyNumber = fc.option(fc.oneof(fc.double(), fc.integer({ min: -5, max: 300 })), {
  nil: undefined,
});
const flag = fc.constantFrom(true, false, undefined);
const records: fc.Arbitrary<LogRecord[]> = fc.array(
  fc.record({
    timestamp: fc.oneof(fc.integer({ min: 0, max: 1e9 }), fc.double()),
    level: fc.constantFrom(5, 9, 13, 17, 18),
    service: fc.string({ maxLength: 8 }),
    message: fc.string(),
    userId: fc.constant(undefined),
    requestId: fc.constant(undefined),
    errorCode: fc.option(fc.string(), { nil: undefined }),
    durationMs: anyNumber,
    deviceId: fc.option(fc.string(), { nil: undefined }),
    attributes: fc.option(fc.record({ intensity: fc.oneof(fc.double(), fc.string()) }), {
      nil: undefined,
    }),
    vitals: fc.option(
      fc.record({
        heartRate: anyNumber,
        hrv: anyNumber,
        spo2: anyNumber,
        skinTemperature: anyNumber,
        steps: anyNumber,
        battery: anyNumber,
        rssi: anyNumber,
        worn: flag,
        charging: flag,
      }),
      { nil: undefined },
    ),
    templateId: fc.option(fc.string(), { nil: undefined }),
    isNewTemplate: flag,
    templateRarity: anyNumber,
  }),
  { maxLength: 40 },
);

function recordOf(change: Partial<LogRecord>): LogRecord {
  return {
    timestamp: 0,
    level: 9,
    service: 's',
    message: 'm',
    userId: undefined,
    requestId: undefined,
    errorCode: undefined,
    durationMs: undefined,
    deviceId: undefined,
    attributes: undefined,
    vitals: undefined,
    ...change,
  };
}

const NO_VITALS = {
  heartRate: undefined,
  hrv: undefined,
  spo2: undefined,
  skinTemperature: undefined,
  steps: undefined,
  battery: undefined,
  rssi: undefined,
  worn: undefined,
  charging: undefined,
};

function columnOf({ set, vector }: Subject, window: unknown): (name: string) => number {
  const row = vector(window);
  return (name) => row[set.columns.indexOf(name)] ?? Number.NaN;
}

describe('feature sets', (it) => {
  for (const one of SUBJECTS) {
    const { name, columns, hash } = one.set;

    it(`${name}: gives the same vectors in the stream, in training and in a replay`, () => {
      const packr = new Packr({ structuredClone: true });
      fc.assert(
        fc.property(records, fc.nat(40), (given, cut) => {
          const stream = one.fresh();
          const streamed = given.map((record) => {
            one.add(stream, record);
            return one.vector(stream);
          });
          const batch = one.fresh();
          for (const record of given) one.add(batch, record);
          let replay = one.fresh();
          for (const [index, record] of given.entries()) {
            if (index === cut) replay = packr.unpack(packr.pack(replay));
            one.add(replay, record);
          }
          const last = streamed.at(-1) ?? one.vector(one.fresh());
          assert.deepEqual(one.vector(batch), last);
          assert.deepEqual(one.vector(replay), last);
          assert.deepEqual(replay, batch);
        }),
      );
    });

    it(`${name}: writes finite numbers alone, whatever was sent`, () => {
      fc.assert(
        fc.property(records, (given) => {
          const window = one.fresh();
          for (const record of given) one.add(window, record);
          assert.ok(one.vector(window).every((value) => Math.abs(value) <= 1e12));
        }),
      );
    });

    it(`${name}: names each column once, and is of the version its models know`, () => {
      assert.equal(new Set(columns).size, columns.length);
      assert.equal(
        hash,
        HASHES[name],
        'columns changed: raise the version, then write its hash here',
      );
    });
  }

  it('vitals: flags what is missing, and knows a held reading, a slope and the hour', () => {
    const [one] = SUBJECTS as [Subject];
    const window = one.fresh();
    for (let minute = 0; minute < 10; minute += 1) {
      const vitals = {
        ...NO_VITALS,
        heartRate: 60,
        steps: 30,
        battery: 90 - 2 * minute,
        worn: minute < 5,
      };
      one.add(window, recordOf({ timestamp: 21_600_000 + minute * 60_000, vitals }));
    }
    const column = columnOf(one, window);
    assert.equal(column('heart_rate_mean'), 60);
    assert.equal(column('heart_rate_missing'), 0);
    assert.equal(column('longest_flat_share'), 1);
    assert.equal(column('spo2_missing'), 1);
    assert.equal(column('spo2_mean'), 0);
    assert.ok(Math.abs(column('battery_slope') + 2) < 1e-9);
    assert.ok(Math.abs(column('step_rate') - 300 / 9) < 1e-9);
    assert.equal(column('worn_share'), 0.5);
    assert.equal(column('charging_missing'), 1);
    assert.ok(column('day_sine') > 0.99);
  });

  it('service: counts by level, tells messages apart, and finds the slow ones', () => {
    const one = SUBJECTS[1] as Subject;
    const window = one.fresh();
    for (let index = 0; index < 100; index += 1) {
      const level = index % 10 === 0 ? 17 : 9;
      const durationMs = index < 95 ? 20 : 4_000;
      const template = { templateId: `t${index % 4}`, isNewTemplate: index < 4, templateRarity: 1 };
      one.add(window, recordOf({ level, durationMs, message: `m${index % 50}`, ...template }));
    }
    const column = columnOf(one, window);
    assert.equal(column('error_share'), 0.1);
    assert.equal(column('error_log'), Math.log1p(10));
    assert.ok(Math.abs(Math.expm1(column('messages_log')) - 50) < 4);
    assert.ok(Math.abs(Math.expm1(column('templates_log')) - 4) < 0.1);
    assert.equal(column('new_template_share'), 0.04);
    assert.equal(column('rarity_mean'), 1);
    assert.equal(column('duration_greatest_log'), Math.log1p(4_000));
    assert.ok(column('duration_mean_log') > Math.log1p(20));
    assert.ok(Math.expm1(column('duration_p50_log')) < 26);
    assert.ok(Math.expm1(column('duration_p99_log')) > 3_900);
  });

  it('user: counts errors in a row, and how long pauses were', () => {
    const one = SUBJECTS[2] as Subject;
    const window = one.fresh();
    for (const [index, level] of ([9, 17, 18, 17, 9, 17] as const).entries()) {
      one.add(window, recordOf({ timestamp: index * 30_000 + (index === 5 ? 300_000 : 0), level }));
    }
    const column = columnOf(one, window);
    assert.equal(column('longest_error_run_log'), Math.log1p(3));
    assert.equal(column('error_share'), 4 / 6);
    assert.equal(column('pause_greatest_log'), Math.log1p(330));
    assert.equal(column('span_minutes_log'), Math.log1p(7.5));
    assert.equal(column('duration_missing'), 1);
  });

  it('turns what is not finite into 0, and refuses a row that is too short', () => {
    const set = defineFeatureSet({
      name: 'odd',
      version: 1,
      columns: ['one', 'two', 'three'],
      probe: 1,
      vector: (value: number, out) => {
        out.set([Math.log(-1), 1 / (value - 1), 1e300 * value]);
      },
    });
    const out = new Float64Array(4);
    set.vector(1, out);
    assert.deepEqual([...out], [0, 0, 1e12, 0]);
    assert.throws(() => set.vector(1, new Float64Array(2)), { code: 'MODEL_INPUT' });
  });

  it('hashes by name, version, columns and what the vector is', () => {
    const spec = { name: 'a', version: 1, columns: ['x'], probe: 2 };
    const vector = (value: number, out: Float64Array): void => {
      out[0] = value;
    };
    const hash = defineFeatureSet({ ...spec, vector }).hash;
    assert.match(hash, /^[0-9a-f]{64}$/u);
    assert.equal(defineFeatureSet({ ...spec, vector }).hash, hash);
    const others = [
      { ...spec, vector, name: 'b' },
      { ...spec, vector, version: 2 },
      { ...spec, vector, columns: ['y'] },
      { ...spec, vector: (value: number, out: Float64Array): void => void (out[0] = value + 1e-6) },
    ];
    for (const other of others) assert.notEqual(defineFeatureSet(other).hash, hash);
  });
});

const HASHES: Readonly<Record<string, string>> = {
  vitals: '4e8d0414735d159a6b1c4718de177bf8bb81af54bf71e5e6227c556a56bc6e1c',
  service: '4f07334645d10fcbbf2fc65bb3e3271a49b69e39717efd35080700f8765f1ab4',
  user: '360409258b151fcd5480d59f83add69263e5ceb69f4935cd0f744cf8953d8760',
};
