import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { ScoreResult } from '../../../src/model/journal-entry.ts';
import type { LogRecord } from '../../../src/model/record.ts';
import { subjectId } from '../../../src/model/subject.ts';
import { runConfigTests } from '../../../src/streams/config-tests.ts';
import { compileDetectors } from '../../../src/streams/detector-set.ts';
import type { Detector, ScoreRequest } from '../../../src/streams/detector.ts';
import { WINDOW_FEATURES } from '../../../src/streams/detectors/feature-windows.ts';
import { runDetector } from '../../../src/streams/harness.ts';
import { describe } from '../../support/suite.ts';
import { MINUTE, SECOND, SERVICE, START, configured, record } from '../support.ts';

const OPTIONS = { model: 'service_windows', window: '1m', min_windows: 5, alarms_per_week: 1 };
const detector = (options: object = {}): Detector =>
  configured('model_score', { ...OPTIONS, ...options });

/** Ten records a minute, slow ones in the minutes named. */
function minutes(count: number, slow: readonly number[] = []): LogRecord[] {
  return Array.from({ length: count * 10 }, (_, index) => {
    const minute = Math.floor(index / 10);
    const durationMs = slow.includes(minute) ? 60_000 : 20 + ((index * 7) % 11);
    return record(index * 6 * SECOND, { durationMs });
  });
}

function run(
  records: readonly LogRecord[],
  of: {
    readonly options?: object;
    readonly score?: (request: ScoreRequest) => ScoreResult;
    readonly until?: number;
  } = {},
) {
  const steps = records.map((each) => ({ at: each.timestamp, records: [each] }));
  const end = { at: START + (of.until ?? 2 * 60 * MINUTE) };
  const { score } = of;
  return runDetector(detector(of.options), [...steps, end], {
    subject: SERVICE,
    start: START,
    ...(score === undefined ? {} : { score }),
  });
}

const surprise = (value: number): ScoreResult => ({
  surprise: value,
  contributions: [
    { name: 'error_share', share: 0.8 },
    { name: 'records_log', share: 0.2 },
  ],
});

describe('model_score', (it) => {
  it('asks for a score of each closed window once it knows enough of the subject', () => {
    const asked: ScoreRequest[] = [];
    run(minutes(8), {
      score: (request) => {
        asked.push(request);
        return surprise(0);
      },
    });
    assert.deepEqual(
      asked.map(({ key }) => Number(key) - START),
      [5 * MINUTE, 6 * MINUTE, 7 * MINUTE],
    );
    const { set } = WINDOW_FEATURES.service;
    assert.equal(asked[0]?.features, `${set.hash}+subject`);
    assert.equal(asked[0]?.input.length, set.columns.length);
    assert.ok(asked.every(({ input }) => [...input].every(Number.isFinite)));
  });

  it('opens an alert that names model and contributions, and resolves it', () => {
    const { findings } = run(minutes(20), {
      score: ({ key }) => surprise(Number(key) - START === 10 * MINUTE ? 6 : 1),
    });
    assert.deepEqual(
      findings.map(({ action, at }) => [action, at - START]),
      [
        ['open', 11 * MINUTE],
        ['resolve', 26 * MINUTE],
      ],
    );
    const { facts, unit, value, threshold } = findings[0]!.evidence;
    assert.equal(unit, 'surprise');
    assert.equal(value, 6);
    // One false alarm in 10,080 windows of a minute a week.
    assert.equal(threshold, 4.003);
    assert.equal(facts['model'], 'test');
    assert.deepEqual(facts['contributions'], [
      { name: 'error_share', share: 0.8 },
      { name: 'records_log', share: 0.2 },
    ]);
    assert.match(findings[0]!.summary, /error_share \(80 %\)/);
    assert.equal(facts['fallback'], undefined);
  });

  it('goes by its rule without a score, and says so', () => {
    for (const failure of [
      'missing',
      'late',
      'broken',
      'nan',
      'unavailable',
      'features',
    ] as const) {
      const { findings } = run(minutes(30, [20]), { score: () => ({ failure }) });
      const [opened, ...others] = findings;
      assert.equal(opened?.action, 'open', failure);
      assert.equal(opened.at - START, 21 * MINUTE);
      assert.equal(opened.evidence.facts['fallback'], failure);
      assert.equal(opened.evidence.facts['model'], '');
      assert.equal(opened.evidence.unit, 'deviations');
      assert.match(opened.summary, /duration_\w+_log is .* the rule decided/);
      assert.deepEqual(
        others.map(({ action }) => action),
        ['resolve'],
      );
    }
  });

  it('does not take what is missing for unusual', () => {
    const values = (minute: number) => ({
      heartRate: 60 + ((minute * 5) % 11),
      hrv: 40 + ((minute * 3) % 7),
      spo2: minute % 9 === 8 ? undefined : 96 + ((minute * 2) % 3),
      skinTemperature: undefined,
      steps: (minute * 7) % 5,
      battery: undefined,
      rssi: undefined,
      worn: true,
      charging: minute % 2 === 0 ? false : undefined,
    });
    const records = Array.from({ length: 240 }, (_, index) =>
      record(index * 15 * SECOND, { deviceId: 'w', vitals: values(Math.floor(index / 4)) }),
    );
    const columns = new Set<string>();
    const { findings } = run(records, {
      options: { features: 'vitals' },
      score: ({ note }) => {
        columns.add((note as { column: string }).column);
        return { failure: 'missing' };
      },
    });
    assert.deepEqual(findings, []);
    assert.ok(columns.size > 0);
    assert.ok([...columns].every((name) => !name.endsWith('_missing')));
  });

  it('is silent by its rule on usual windows', () => {
    assert.deepEqual(run(minutes(110)).findings, []);
  });

  it('explains what it waits for, that it is learning, and who judged', () => {
    const context = {
      now: START,
      shiftMs: 0,
      activity: { lastTimestamp: START, records: 1, isExpected: false },
    };
    const one = detector();
    const said = (state: unknown): string => one.explain?.(state, context).text ?? '';
    assert.match(said(one.initial(SERVICE)), /learning: 0 windows known, judged from 6 on/);
    assert.match(said(run(minutes(8)).state), /^learning: .* by the rule, since no model is live/);
    const scored = run(minutes(8), { score: () => surprise(1) });
    assert.match(said(scored.state), /^1 of 4.003 surprise by service_windows \(test\)/);
    const late = run(minutes(8), { score: () => ({ failure: 'late' }) });
    assert.match(said(late.state), /by the rule, since the model was too late/);
    const firing = run(minutes(8), { score: () => surprise(9), until: 8 * MINUTE });
    assert.match(said(firing.state), /^firing: 9 of 4.003/);
  });

  it('goes on from a snapshot as if there had been none', () => {
    const one = detector();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 139 }), (cut) => {
        const records = minutes(14, [9]);
        const triggers = records.map((_, index) => `${index + 1}.0`);
        const feed = (state: unknown, from: number, to: number) =>
          one.detect(state, {
            type: 'records',
            subject: SERVICE,
            records: records.slice(from, to),
            triggers: triggers.slice(from, to),
          });
        const whole = feed(one.initial(SERVICE), 0, records.length);
        const first = feed(one.initial(SERVICE), 0, cut);
        const frozen = JSON.stringify(one.snapshot(first.state));
        const stored = structuredClone(one.snapshot(first.state));
        const second = feed(one.restore(stored, SERVICE), cut, records.length);
        assert.deepEqual(one.snapshot(second.state), one.snapshot(whole.state));
        assert.deepEqual(
          [...(first.requests ?? []), ...(second.requests ?? [])],
          whole.requests ?? [],
        );
        assert.equal(JSON.stringify(one.snapshot(first.state)), frozen, 'a state was changed');
      }),
      { numRuns: 50 },
    );
  });

  it('starts afresh from data that it cannot read', () => {
    const one = detector();
    const whole = one.snapshot(run(minutes(8)).state) as object;
    const window = WINDOW_FEATURES.service.empty();
    const opens = [
      { ...window, levels: [1, 2] },
      { ...window, counts: undefined },
      { ...window, counts: window['counts']?.map(() => Number.NaN) },
      WINDOW_FEATURES.vitals.empty(),
      undefined,
    ].map((each) => ({ ...whole, open: { start: START, trigger: '1.0', window: each } }));
    const scaler = { kind: 'scaler', version: 9, state: {} };
    for (const bad of [null, 7, { ...whole, scaler }, ...opens]) {
      assert.deepEqual(one.restore(bad, SERVICE), one.initial(SERVICE));
    }
  });

  it('watches the subjects of its features alone', () => {
    assert.deepEqual(detector().subjects, ['service']);
    assert.deepEqual(detector({ features: 'vitals' }).subjects, ['device']);
    assert.deepEqual(detector({ features: 'user' }).subjects, ['user']);
  });

  it('makes finite vectors of any records', () => {
    const weird = fc.record({
      timestamp: fc.integer({ min: 0, max: 4e12 }),
      durationMs: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
      rate: fc.double({ noNaN: true, min: -1e300, max: 1e300 }),
    });
    fc.assert(
      fc.property(fc.array(weird, { maxLength: 20 }), (all) => {
        for (const features of Object.values(WINDOW_FEATURES)) {
          const window = features.empty();
          for (const { timestamp, durationMs, rate } of all) {
            const vitals = {
              heartRate: rate,
              hrv: rate,
              spo2: rate,
              skinTemperature: rate,
              steps: rate,
              battery: undefined,
              rssi: undefined,
              worn: true,
              charging: false,
            };
            features.add(window, { ...record(0, { durationMs, vitals }), timestamp });
          }
          const out = new Float64Array(features.set.columns.length);
          features.set.vector(window, out);
          assert.ok(out.every(Number.isFinite));
        }
      }),
    );
  });

  it('can be tested in the configuration', () => {
    const text = JSON.stringify({
      anomalies: [{ id: 'model_score', ...OPTIONS }],
      tests: [
        {
          name: 'A minute of slow answers is unusual to the rule',
          detector: 'model_score',
          records: [
            { at: '0s', repeat: 200, every: '6s', duration_ms: 20 },
            ...[21, 22, 23, 24, 25].map((at) => ({ at: `${at * 6}s`, duration_ms: at })),
            { at: '20m1s', repeat: 9, every: '6s', duration_ms: 60000 },
          ],
          until: '25m',
          alerts: [{ at: '21m', severity: 'medium', resolved_at: 'never' }],
        },
      ],
    });
    for (const { passed, reason } of runConfigTests(compileDetectors(text, 'x.yaml')))
      assert.ok(passed, reason);
  });

  it('takes a user by what concerns them', () => {
    const one = detector({ features: 'user' });
    const user = subjectId('user', 'ana');
    assert.ok(one.selector(one.initial(user))?.(record(0)) === true);
  });
});
