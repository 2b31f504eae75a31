import assert from 'node:assert/strict';

import fc from 'fast-check';
import { Packr } from 'msgpackr';

import { isWatchkeeperError } from '../../src/core/errors.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { LogRecord, Vitals } from '../../src/model/record.ts';
import { subjectId } from '../../src/model/subject.ts';
import type { Detector, Explanation } from '../../src/streams/detector.ts';
import { runDetector } from '../../src/streams/harness.ts';
import type { HarnessStep } from '../../src/streams/harness.ts';
import { describe } from '../support/suite.ts';
import { HOUR, MINUTE, SECOND, SERVICE, START, configured, deepFreeze, error } from './support.ts';
import { record } from './support.ts';

/** As states are stored. */
const packr = new Packr({ useRecords: false, moreTypes: true, structuredClone: false });
const stored = (data: unknown): unknown => packr.unpack(packr.pack(data));
const WATCH = subjectId('device', 'w1');
const DAY = 24 * HOUR;

const forecasting = (options: Record<string, unknown>): Detector =>
  configured('time_to_threshold', options);
const battery = forecasting({
  metrics: ['battery'],
  threshold: 10,
  direction: 'below',
  horizon: '30m',
});
const disk = forecasting({ metrics: ['attributes.disk'], threshold: 90, horizon: '1h' });

function vitals(at: number, given: Partial<Vitals>): LogRecord {
  const none = { heartRate: undefined, hrv: undefined, spo2: undefined, rssi: undefined };
  const rest = { skinTemperature: undefined, steps: undefined, battery: undefined };
  return record(at, { vitals: { ...none, ...rest, worn: true, charging: false, ...given } });
}

const charge = (at: number, percent: number): LogRecord => vitals(at, { battery: percent });
const filled = (at: number, value: unknown): LogRecord =>
  record(at, { attributes: { disk: value } });

/** One record a minute, what `value` gives for each minute from START. */
function minutes(
  count: number,
  value: (minute: number) => number,
  make: (at: number, value: number) => LogRecord = filled,
): LogRecord[] {
  return Array.from({ length: count }, (_, minute) => make(minute * MINUTE, value(minute)));
}

const each = (records: readonly LogRecord[]): HarnessStep[] =>
  records.map((one) => ({ at: one.timestamp, records: [one] }));

function run(detector: Detector, steps: readonly HarnessStep[], until = 0) {
  const last = steps.at(-1)?.at ?? START;
  const subject = detector.subjects.includes('service') ? SERVICE : WATCH;
  return runDetector(detector, [...steps, { at: Math.max(last, START + until) }], {
    subject,
    start: START,
  });
}

const minuteOf = ({ at }: Finding): number => (at - START) / MINUTE;
const actions = (findings: readonly Finding[]): string[] => findings.map(({ action }) => action);
const said = (detector: Detector, state: unknown): Explanation | undefined =>
  detector.explain?.(state, {
    now: START,
    shiftMs: 0,
    activity: { lastTimestamp: START, records: 1, isExpected: false },
  });

/** Numbers from −1 to 1 that look random and are the same each time. */
const noise = (index: number): number =>
  Math.sin(index * 12.9898) * 43758.5453 * 2 - wholeOf(index);
const wholeOf = (index: number): number => {
  const spread = Math.sin(index * 12.9898) * 43758.5453;
  return 2 * Math.floor(spread) + 1;
};

/** In whole percent, as watches send it. */
const falling = (minute: number): number => Math.round(90 - 0.5 * minute);

describe('time_to_threshold', (it) => {
  it('reports a falling battery once, in time, and resolves when it is charged', () => {
    const level = (minute: number): number =>
      minute < 150 ? falling(minute) : Math.min(100, 16 + (minute - 150));
    const { findings } = run(battery, each(minutes(260, level, charge)));
    assert.deepEqual(actions(findings), ['open', 'update', 'resolve']);
    const [opened, , resolved] = findings;
    assert.ok(minuteOf(opened!) >= 130 && minuteOf(opened!) <= 145, String(minuteOf(opened!)));
    assert.ok(minuteOf(resolved!) > 150 && minuteOf(resolved!) <= 170);
    assert.equal(opened!.key, 'battery');
    assert.match(opened!.summary, /^battery 2\d%, below 10% in about 2\d min/);
    assert.match(resolved!.summary, /no longer expected/);
  });

  it('says what it expects: when, how sure, and what it learned from', () => {
    const { findings } = run(battery, each(minutes(150, falling, charge)));
    const { evidence, at, severity } = findings[0]!;
    const { facts } = evidence;
    const time = (name: string): number => Date.parse(String(facts[name]));
    assert.equal(severity, 'medium');
    assert.ok(evidence.value > 10 && evidence.value < 30);
    assert.equal(evidence.threshold, 10);
    assert.equal(evidence.unit, '%');
    assert.ok(time('earliest_crossing') <= time('expected_crossing'));
    assert.ok(time('expected_crossing') <= time('latest_crossing'));
    assert.ok(time('latest_crossing') <= at + 30 * MINUTE);
    const crossed = START + 159 * MINUTE;
    assert.ok(Math.abs(time('expected_crossing') - crossed) <= 5 * MINUTE);
    assert.ok(Number(facts['forecast_low']) <= Number(facts['forecast_high']));
    assert.equal(facts['trained_on'], minuteOf(findings[0]!));
    assert.equal(facts['trained_since'], new Date(START + MINUTE).toISOString());
  });

  it('is silent on noise, on waves, on jumps that stay away and on single spikes', () => {
    const quiet: Record<string, (minute: number) => number> = {
      constant: () => 50,
      noise: (minute) => 60 + 15 * noise(minute),
      wave: (minute) => 50 + 25 * Math.sin(minute / 200) + noise(minute),
      jumps: (minute) => 40 + 12 * (Math.floor(minute / 240) % 4) + 0.1 * noise(minute),
      spikes: (minute) => (minute % 97 === 50 ? 95 : 40 + noise(minute)),
      falling: (minute) => 85 - minute / 20,
    };
    for (const [name, value] of Object.entries(quiet)) {
      const { findings } = run(disk, each(minutes(1_200, value)));
      assert.deepEqual(findings, [], name);
    }
  });

  it('reports a disk that fills up, through noise', () => {
    const { findings } = run(
      disk,
      each(minutes(520, (minute) => 50 + minute / 12 + noise(minute))),
    );
    assert.deepEqual(actions(findings).slice(0, 2), ['open', 'update']);
    const before = 480 - minuteOf(findings[0]!);
    assert.ok(before >= 15 && before <= 60, `${before} minutes before`);
  });

  it('stays open while the threshold is crossed, and goes when no more values come', () => {
    const level = (minute: number): number => Math.max(4, falling(minute));
    const { findings } = run(battery, each(minutes(240, level, charge)), 10 * HOUR);
    assert.equal(findings[0]?.action, 'open');
    assert.match(findings.at(-2)!.summary, /^battery 4%, below 10% already$/);
    const last = findings.at(-1)!;
    assert.equal(last.action, 'resolve');
    assert.equal(minuteOf(last), 240 + 30);
    assert.equal(last.trigger, `deadline:${last.at}`);
    assert.match(last.summary, /no more values/);
  });

  it('updates at most every update_every', () => {
    const often = forecasting({
      metrics: ['battery'],
      threshold: 10,
      direction: 'below',
      horizon: '30m',
      update_every: '3m',
    });
    const times = run(often, each(minutes(158, falling, charge)))
      .findings.filter(({ action }) => action !== 'resolve')
      .map(minuteOf);
    assert.ok(times.length >= 5);
    times.slice(1).forEach((at, index) => assert.ok(at - times[index]! >= 3));
  });

  it('says that it is learning until it has seen enough', () => {
    assert.equal(said(battery, battery.initial(WATCH))?.state, 'idle');
    assert.match(said(battery, battery.initial(WATCH))?.text ?? '', /learning/);
    const after = (count: number) =>
      said(battery, run(battery, each(minutes(count, falling, charge))).state);
    assert.match(after(15)?.text ?? '', /^battery 84% at .*: learning: 14 intervals so far$/);
    assert.equal(after(15)?.state, 'idle');
    const reach = (count: number): string | undefined =>
      / within (\d+ min) /.exec(after(count)?.text ?? '')?.[1];
    // 20 intervals of warm-up, then the horizon, then as many errors as it has intervals.
    assert.deepEqual([30, 35, 79, 81].map(reach), [undefined, '4 min', '10 min', '30 min']);
    assert.equal(after(80)?.state, 'quiet');
    assert.match(
      after(100)?.text ?? '',
      /not below 10% within 30 min \(\d+.*% to \d+.*% in 30 min\)/,
    );
    assert.equal(after(145)?.state, 'open');
    assert.match(after(145)?.text ?? '', /^firing: battery .* resolves at 02:54:00 if no more/);
  });

  it('learns anew after a gap and after a jump, and forgets a clock that was wrong', () => {
    const learned = (records: readonly LogRecord[]): string =>
      said(disk, run(disk, each(records)).state)?.text ?? '';
    const first = minutes(200, (minute) => 40 + minute / 100);
    assert.match(learned(first), /from 199 intervals/);
    const later = minutes(5, () => 42).map((one) => ({ ...one, timestamp: one.timestamp + DAY }));
    assert.match(learned([...first, ...later]), /learning: 4 intervals/);
    const jump = minutes(210, (minute) => (minute < 200 ? 40 + minute / 100 : 70));
    assert.match(learned(jump), /learning: 7 intervals/);
    const lost = { ...filled(0, 40), timestamp: START + 900 * DAY };
    const steps = [{ at: START, records: [lost] }, ...each(first)];
    assert.match(said(disk, run(disk, steps).state)?.text ?? '', /from 199 intervals/);
  });

  it('fills short gaps by a line, counts by zeros, and drops what is late', () => {
    const sparse = minutes(300, (minute) => 50 + minute / 12).filter((_, at) => at % 5 === 0);
    assert.match(said(disk, run(disk, each(sparse)).state)?.text ?? '', /from 291 intervals/);
    const errors = forecasting({ metrics: ['errors'], threshold: 1000, horizon: '30m' });
    const some = Array.from({ length: 40 }, (_, index) => error(index * 10 * MINUTE));
    const { newest, text } = (() => {
      const { state } = run(errors, each(some));
      return { newest: said(errors, state)?.value, text: said(errors, state)?.text ?? '' };
    })();
    assert.equal(newest, 1);
    assert.match(text, /^errors 1 errors at .*from 381 intervals/);
    const low = Number(/\((\S+) errors to/.exec(text)?.[1]);
    assert.ok(low < 0.2, `most minutes have none: ${text}`);
    const late = [...minutes(10, () => 50), filled(2 * MINUTE, 99)];
    const { state } = runDetector(disk, [{ at: START + HOUR, records: late }], {
      subject: SERVICE,
      start: START,
    });
    assert.match(said(disk, state)?.text ?? '', /1 values came too late/);
  });

  it('takes numbers only: no NaN, no text that is none, nothing of a watch that is not worn', () => {
    for (const value of [
      NaN,
      Infinity,
      '',
      'NaN',
      '0x10',
      'full',
      null,
      true,
      {},
      [5],
      '9'.repeat(40),
    ]) {
      assert.equal(disk.selector(disk.initial(SERVICE))?.(filled(0, value)), false, String(value));
    }
    for (const value of [5, -0, '7', '-7.5', '.5', '1e3']) {
      assert.equal(disk.selector(disk.initial(SERVICE))?.(filled(0, value)), true, String(value));
    }
    const odd = forecasting({
      metrics: ['attributes.__proto__', 'attributes.constructor'],
      threshold: 1,
    });
    assert.equal(odd.selector(odd.initial(SERVICE))?.(filled(0, 1)), false);
    const rate = forecasting({ metrics: ['heart_rate', 'rssi'], threshold: 180 });
    const selects = rate.selector(rate.initial(WATCH));
    assert.equal(selects?.(vitals(0, { heartRate: 70 })), true);
    assert.equal(selects?.(vitals(0, { heartRate: 70, worn: false })), false);
    assert.equal(selects?.(vitals(0, { rssi: -70, worn: false })), true);
    assert.deepEqual(rate.subjects, ['device']);
    assert.deepEqual(disk.subjects, ['service', 'device']);
  });

  it('folds an interval by its mean, last, greatest or least value', () => {
    const values = [filled(0, 10), filled(30 * SECOND, 40), filled(20 * SECOND, 100)];
    const of = (fold: string): number | undefined => {
      const detector = forecasting({ metrics: ['attributes.disk'], threshold: 1e6, fold });
      return said(detector, run(detector, [{ at: START + MINUTE, records: values }], HOUR).state)
        ?.value;
    };
    assert.deepEqual(['mean', 'last', 'max', 'min'].map(of), [50, 40, 100, 10]);
    const timed = forecasting({ metrics: ['duration_ms', 'records'], threshold: 1e6 });
    const slow = run(timed, [{ at: START, records: [record(0, { durationMs: 7 })] }], HOUR).state;
    assert.match(said(timed, slow)?.text ?? '', /^duration_ms 7 ms at .*; records 1 records at/);
  });

  it('has an alert for each metric', () => {
    const both = forecasting({
      metrics: ['attributes.a', 'attributes.b'],
      threshold: 90,
      horizon: '1h',
    });
    const records = minutes(
      470,
      (minute) => 50 + minute / 12,
      (at, value) => record(at, { attributes: { a: value, b: 20, c: value } }),
    );
    const { findings, state } = run(both, each(records));
    assert.deepEqual(new Set(findings.map(({ key }) => key)), new Set(['attributes.a']));
    assert.match(said(both, state)?.text ?? '', /^firing: attributes\.a .*; attributes\.b 20 at /);
    assert.equal(said(both, state)?.value.toFixed(0), '89');
  });

  it('refuses options that make no sense', () => {
    const refused: readonly (readonly [Record<string, unknown>, RegExp])[] = [
      [{ metrics: ['batery'], threshold: 1 }, /Unknown metric "batery"\. Known are: battery/],
      [{ metrics: [], threshold: 1 }, /at least one metric/],
      [{ metrics: ['battery', 'battery'], threshold: 1 }, /none twice/],
      [{ metrics: Array(5).fill('battery'), threshold: 1 }, /at most 4 items/],
      [{ metrics: ['battery'] }, /"threshold" is missing/],
      [{ metrics: ['battery'], threshold: 1, horizon: '4m' }, /"horizon" to be 5 to 240 times/],
      [{ metrics: ['battery'], threshold: 1, horizon: '5h' }, /"horizon" to be 5 to 240 times/],
      [{ metrics: ['battery'], threshold: 1, stale: '1m' }, /"stale" to be 2 to 240 times/],
    ];
    for (const [options, expected] of refused) {
      assert.throws(
        () => forecasting(options),
        (thrown: unknown) =>
          isWatchkeeperError(thrown, 'CONFIG_INVALID') && expected.test(thrown.message),
      );
    }
  });

  it('keeps below 8 KB a metric, whatever comes', () => {
    const widest = forecasting({ metrics: ['attributes.disk'], threshold: 90 });
    const values = minutes(700, (minute) => 1e308 * noise(minute));
    const { state } = run(widest, each(values));
    const bytes = packr.pack(widest.snapshot(state)).length;
    assert.ok(bytes < 8_192, `${bytes} bytes`);
  });

  it('starts afresh from data that it cannot read', () => {
    const { state } = run(disk, each(minutes(30, () => 50)));
    const good = disk.snapshot(state) as Record<string, unknown>;
    const [track] = good['tracks'] as readonly Record<string, unknown>[];
    const damaged = [
      null,
      7,
      {},
      { ...good, version: 2 },
      { ...good, layout: 'battery' },
      { ...good, tracks: [] },
      { ...good, tracks: [null] },
      { ...good, tracks: [{ ...track, model: { kind: 'forecast', version: 9, state: {} } }] },
    ];
    for (const data of damaged) {
      assert.deepEqual(disk.restore(data, SERVICE), disk.initial(SERVICE));
    }
    assert.deepEqual(disk.restore(good, SERVICE), state);
  });

  const inputs = fc.array(
    fc.record({
      step: fc.constantFrom(0, 1, 5, 20, 60, 61, 200, 1900),
      back: fc.constantFrom(0, 0, 0, 40, 300),
      value: fc.oneof(
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.constantFrom(NaN, 1e308, -1e308, 89.9, 95),
      ),
      cut: fc.boolean(),
    }),
    { minLength: 1, maxLength: 150 },
  );

  it('gives the same for any grouping of records, over restarts, and changes nothing it is given', () => {
    const quick = forecasting({
      metrics: ['attributes.disk', 'records'],
      threshold: 90,
      interval: '1m',
      horizon: '5m',
      quiet: '2m',
    });
    fc.assert(
      fc.property(inputs, fc.integer({ min: 0, max: 90 }), (given, slope) => {
        let now = 0;
        const records = given.map(({ step, back, value }, index) => {
          now += step * SECOND;
          return filled(now - back * SECOND, value / 10 + (slope * index) / 100);
        });
        const feed = (state: unknown, from: number, to: number) => {
          const taken = quick.detect(deepFreeze(state), {
            type: 'records',
            subject: SERVICE,
            records: records.slice(from, to),
            triggers: records.slice(from, to).map((_, index) => `${from + index}.0`),
          });
          return taken;
        };
        const whole = feed(quick.initial(SERVICE), 0, records.length);
        const findings: Finding[] = [];
        let state: unknown = quick.initial(SERVICE);
        let from = 0;
        given.forEach(({ cut }, index) => {
          if (!cut && index + 1 < given.length) return;
          const before = structuredClone(quick.snapshot(state));
          const part = feed(state, from, index + 1);
          assert.deepEqual(quick.snapshot(state), before);
          findings.push(...part.findings);
          state = quick.restore(stored(quick.snapshot(part.state)), SERVICE);
          from = index + 1;
        });
        assert.deepEqual(findings, whole.findings);
        assert.deepEqual(quick.snapshot(state), quick.snapshot(whole.state));
        for (const { evidence } of whole.findings) {
          assert.ok(Object.values(evidence.facts).every((fact) => !Number.isNaN(fact)));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('goes on from the middle of an alert as if nothing had happened', () => {
    const level = (minute: number): number => (minute < 150 ? falling(minute) : minute - 134);
    const records = minutes(220, level, charge);
    const whole = run(battery, each(records));
    for (const cut of [10, 60, 137, 155]) {
      const first = run(battery, each(records.slice(0, cut)));
      const kept = stored(battery.snapshot(first.state));
      const restored = { ...battery, initial: () => battery.restore(kept, WATCH) };
      const second = run(restored, each(records.slice(cut)));
      assert.deepEqual(
        [...first.findings, ...second.findings].map(({ action, at, summary }) => [
          action,
          at,
          summary,
        ]),
        whole.findings.map(({ action, at, summary }) => [action, at, summary]),
      );
      assert.deepEqual(said(battery, second.state), said(battery, whole.state));
    }
  });
});
