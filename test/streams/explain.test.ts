import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LogRecord } from '../../src/model/record.ts';
import type { Detector, ExplainContext, Explanation } from '../../src/streams/detector.ts';
import { clockText, countText, spanText } from '../../src/streams/explain-text.ts';
import { runDetector, type HarnessStep } from '../../src/streams/harness.ts';
import { describe } from '../support/suite.ts';
import { MINUTE, SECOND, SERVICE, START, USER } from './support.ts';
import { configured, deepFreeze, error, record, series, shipped } from './support.ts';

interface Case {
  readonly steps?: readonly HarnessStep[];
  /** After START. */
  readonly now: number;
  readonly isExpected?: boolean;
  readonly shiftMs?: number;
}

function explain(detector: Detector, given: Case): Explanation {
  const { steps = [], now, isExpected = false, shiftMs = 0 } = given;
  const subject = detector.subjects[0] === 'user' ? USER : SERVICE;
  const { state, activity } = runDetector(detector, steps, { subject, start: START, isExpected });
  const context: ExplainContext = {
    now: START + now,
    shiftMs,
    activity: { ...activity, isExpected },
  };
  const said = detector.explain?.(deepFreeze(state), deepFreeze(context));
  assert.ok(said !== undefined, `${detector.id} explains itself`);
  return said;
}

/** All records at once, at the time of the newest. */
function at(records: readonly LogRecord[]): readonly HarnessStep[] {
  const newest = Math.max(...records.map(({ timestamp }) => timestamp));
  return [{ at: newest, records }];
}

const BURSTS = [
  { id: 'error_spike', need: 101, windowMs: 5 * MINUTE, of: 'errors in the last 5 minutes' },
  {
    id: 'suspicious_user_activity',
    need: 50,
    windowMs: 60 * MINUTE,
    of: 'errors in the last 1 hour',
  },
  {
    id: 'database_connection_failure',
    need: 10,
    windowMs: 2 * MINUTE,
    of: 'connection failures in the last 2 minutes',
  },
];

const failure = (ms: number): LogRecord => error(ms, { message: 'connection refused' });

describe('explanations of detectors that count', (it) => {
  for (const { id, need, windowMs, of } of BURSTS) {
    const detector = shipped(id);

    it(`${id}: says how many more would fire, down to 1`, () => {
      for (const count of [0, 1, Math.floor(need / 2), need - 2, need - 1]) {
        const steps = count === 0 ? [] : at(series(count, { every: 10 }, failure));
        const said = explain(detector, { steps, now: count * 10 });
        assert.equal(said.state, 'quiet');
        assert.equal(said.value, count);
        assert.equal(said.threshold, need);
        assert.equal(said.missing, need - count);
        assert.equal(
          said.text,
          `${count} of ${need} ${of}; ${need - count} more within the window would fire`,
        );
      }
    });

    it(`${id}: says that it fires at the threshold, and until when`, () => {
      const steps = at(series(need, { every: 10 }, failure));
      const said = explain(detector, { steps, now: need * 10 });
      assert.equal(said.state, 'open');
      assert.equal(said.value, need);
      assert.equal(said.missing, undefined);
      assert.match(said.text, /^firing: .* if no more come/);
      const { findings } = runDetector(detector, [...steps, { at: said.dueAt ?? 0 }], {
        subject: detector.subjects[0] === 'user' ? USER : SERVICE,
        start: START,
      });
      const resolved = findings.find(({ action }) => action === 'resolve');
      assert.equal(resolved?.trigger, `deadline:${said.dueAt}`);
      const later = explain(detector, { steps, now: need * 10, shiftMs: 7_000 });
      assert.equal(later.dueAt, (said.dueAt ?? 0) + 7_000);
    });

    it(`${id}: no longer counts what has left the window`, () => {
      const steps = at(series(3, { every: 10 }, failure));
      const values = [windowMs - 1, windowMs, windowMs + 10, windowMs + 20].map(
        (now) => explain(detector, { steps, now }).value,
      );
      assert.deepEqual(values, [3, 2, 1, 0]);
    });
  }

  it('is right: as many as it says fire, and one fewer does not', () => {
    const detector = configured('error_spike', { threshold: 4, window: '10s', clear_at: 1 });
    const times = fc.array(fc.integer({ min: 0, max: 60 * SECOND }), { maxLength: 25 });
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 90 * SECOND }), (ats, after) => {
        const sorted = [...ats].sort((one, other) => one - other);
        const steps: HarnessStep[] = sorted.map((ms) => ({
          at: START + ms,
          records: [error(ms)],
        }));
        const now = Math.max(after, ...sorted);
        steps.push({ at: START + now });
        const { missing, state } = explain(detector, { steps, now });
        if (state === 'open') return;
        const opened = (more: number): number => {
          const extra = Array.from({ length: more }, () => error(now));
          const { findings } = runDetector(
            detector,
            [...steps, { at: START + now, records: extra }],
            { subject: SERVICE, start: START },
          );
          return findings.filter(({ action }) => action === 'open').length;
        };
        const before = opened(0);
        assert.ok(missing !== undefined && missing >= 1);
        assert.equal(opened(missing - 1), before);
        assert.equal(opened(missing), before + 1);
      }),
    );
  });
});

describe('explanations of service_down', (it) => {
  const detector = shipped('service_down');
  const beats = (count: number): readonly HarnessStep[] =>
    series(count, { every: SECOND }, record).map((each) => ({
      at: each.timestamp,
      records: [each],
    }));

  it('says when it fires if no record comes', () => {
    const said = explain(detector, { steps: beats(10), now: 9 * SECOND + 130 * SECOND });
    assert.deepEqual(said, {
      state: 'quiet',
      text: 'last record 2 min 10 s ago; fires at 00:10:09 if none comes',
      value: 130 * SECOND,
      threshold: 10 * MINUTE,
      unit: 'ms',
      dueAt: START + 9 * SECOND + 10 * MINUTE,
    });
  });

  it('moves the deadline by the time in which the site was blind', () => {
    const said = explain(detector, { steps: beats(10), now: 129 * SECOND, shiftMs: 60 * SECOND });
    assert.equal(said.dueAt, START + 9 * SECOND + 11 * MINUTE);
    assert.equal(said.value, 60 * SECOND);
  });

  it('counts a service from its tenth record on', () => {
    const missing = [1, 4, 9, 10].map((count) => {
      const said = explain(detector, { steps: beats(count), now: count * SECOND });
      return [said.state, said.missing];
    });
    assert.deepEqual(missing, [
      ['idle', 9],
      ['idle', 6],
      ['idle', 1],
      ['quiet', undefined],
    ]);
    const { text } = explain(detector, { steps: beats(4), now: 3 * SECOND + 130 * SECOND });
    assert.equal(text, 'last record 2 min 10 s ago; not counted yet: 4 of 10 min_records');
    assert.match(explain(detector, { now: 0 }).text, /^no record yet; not counted yet: 0 of 10/);
  });

  it('counts an expected service at once', () => {
    const said = explain(detector, { now: MINUTE, isExpected: true });
    assert.equal(said.state, 'quiet');
    assert.equal(said.text, 'no record since it is expected; fires at 00:10:00 if none comes');
  });

  it('says since when a service is down', () => {
    const due = 9 * SECOND + 10 * MINUTE;
    const quiet = explain(detector, {
      steps: [...beats(10), { at: START + due - 1 }],
      now: due - 1,
    });
    assert.equal(quiet.state, 'quiet');
    const down = explain(detector, { steps: [...beats(10), { at: START + due }], now: due });
    assert.equal(down.state, 'open');
    assert.equal(
      down.text,
      'down: no record for 10 min, since 00:00:09; resolves with the next one',
    );
  });
});

describe('explanations of slow_response', (it) => {
  const detector = shipped('slow_response');
  const slow = (durationMs: number, route?: string): HarnessStep => ({
    at: START,
    records: [record(0, { durationMs, ...(route === undefined ? {} : { attributes: { route } }) })],
  });

  it('waits for one response over the threshold', () => {
    for (const steps of [[], [slow(5_000)]]) {
      const said = explain(detector, { steps, now: SECOND });
      assert.equal(said.state, 'quiet');
      assert.equal(said.missing, 1);
      assert.equal(said.text, 'no response over 5,000 ms; the next one would fire');
    }
  });

  it('says what was slow and until when its alert stays open', () => {
    const said = explain(detector, { steps: [slow(5_001)], now: SECOND });
    assert.equal(said.state, 'open');
    assert.equal(said.dueAt, START + 10 * MINUTE);
    assert.equal(
      said.text,
      'firing: 1 response over 5,000 ms (payment), up to 5,001 ms; resolves at 00:10:00 if no more come',
    );
    const routes = ['/a', '/b', '/c', '/d'].map((route) => slow(6_000, route));
    const { text } = explain(detector, { steps: routes, now: SECOND });
    assert.match(text, /4 responses .*\(payment \/a, payment \/b, payment \/c and 1 more\)/);
  });
});

describe('words of explanations', (it) => {
  it('name a span by its two largest units', () => {
    const spans = [-1, 999, 45_000, 60_000, 130_000, 3_600_000, 11_100_000, 90_061_000];
    assert.deepEqual(spans.map(spanText), [
      '0 s',
      '0 s',
      '45 s',
      '1 min',
      '2 min 10 s',
      '1 h',
      '3 h 5 min',
      '1 d 1 h',
    ]);
  });

  it('set thousands apart and round a time up', () => {
    assert.deepEqual([0, 999, 1_000, 1_234_567].map(countText), ['0', '999', '1,000', '1,234,567']);
    assert.equal(clockText(START + 1), '00:00:01');
  });
});
