import assert from 'node:assert/strict';

import fc from 'fast-check';
import { Packr, unpack } from 'msgpackr';

import type { LogRecord } from '../../src/model/record.ts';
import type { BurstState } from '../../src/streams/burst-state.ts';
import type { Detector } from '../../src/streams/detector.ts';
import { runDetector } from '../../src/streams/harness.ts';
import type { HarnessStep } from '../../src/streams/harness.ts';
import { describe } from '../support/suite.ts';
import {
  HOUR,
  MINUTE,
  SECOND,
  SERVICE,
  START,
  USER,
  configured,
  deepFreeze,
  error,
  record,
  series,
  shipped,
} from './support.ts';

const small = configured('error_spike', {
  threshold: 4,
  window: '10s',
  clear_at: 2,
  lateness: '5s',
});
const run = (detector: Detector, steps: readonly HarnessStep[]) =>
  runDetector(detector, steps, { subject: SERVICE, start: START });
const oneByOne = (records: readonly LogRecord[]): HarnessStep[] =>
  records.map((each) => ({ at: START, records: [each] }));

/** Gaps in ms between errors, small enough to make bursts. */
const gaps = fc.array(fc.integer({ min: 1, max: 4000 }), {
  minLength: 1,
  maxLength: 60,
  size: 'max',
});
const errorsOf = (lengths: readonly number[]): LogRecord[] => {
  let at = 0;
  return lengths.map((gap, index) => error((at += gap), { message: `Case ${'abc'[index % 3]}` }));
};

/** The plain definition: some window (t − length, t] holds `need`. */
function reaches(records: readonly LogRecord[], need: number, lengthMs: number): boolean {
  const times = records.map(({ timestamp }) => timestamp).sort((a, b) => a - b);
  return times.some((end) => times.filter((t) => t > end - lengthMs && t <= end).length >= need);
}

/** Reorders so that no record comes after one that is over `latenessMs` younger. */
function shuffled(records: readonly LogRecord[], delays: readonly number[]): LogRecord[] {
  return records
    .map((each, index) => ({ each, arrival: each.timestamp + (delays[index] ?? 0) }))
    .sort((one, other) => one.arrival - other.arrival)
    .map(({ each }) => each);
}

describe('burst', (it) => {
  it('opens exactly when a window holds the threshold', () => {
    fc.assert(
      fc.property(gaps, (lengths) => {
        const records = errorsOf(lengths);
        const { findings } = run(small, [{ at: START, records }]);
        assert.equal(findings.length > 0, reaches(records, 5, 10 * SECOND));
      }),
      { numRuns: 500 },
    );
  });

  it('does not replace what a burst of a backlog was by the little that came after it', () => {
    const burst = series(12);
    const after = [HOUR, 2 * HOUR, 3 * HOUR].map((at) => error(at));
    const end = START + 3 * HOUR;
    const { findings } = run(configured('error_spike', { threshold: 10, clear_at: 5 }), [
      { at: end + SECOND, records: [...burst, ...after] },
      { at: end + 20 * MINUTE },
    ]);
    assert.deepEqual(
      findings.map(({ action }) => action),
      ['open', 'resolve'],
    );
    assert.equal(findings[0]?.evidence.value, 11);
  });

  it('comes to the same state and alerts in any order within the lateness', () => {
    const delays = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(gaps, delays, (lengths, late) => {
        const records = errorsOf(lengths);
        const facts = (order: readonly LogRecord[]) => {
          const until = (order.at(-1)?.timestamp ?? START) + 5 * MINUTE;
          const { state, findings } = run(small, oneByOne(order));
          const { isOpen, window, samples } = state as BurstState;
          const texts = [...window.kinds].map((kind) => window.templates[kind]?.text);
          const end = run(small, [...oneByOne(order), { at: until }]);
          return {
            opened: findings.map(({ action, key, severity }) => `${action} ${key} ${severity}`),
            isOpen,
            times: [...window.times],
            texts,
            samples,
            floor: window.floor,
            newest: window.newest,
            cleared: end.findings.filter(({ action }) => action === 'resolve').map(({ at }) => at),
          };
        };
        assert.deepEqual(facts(shuffled(records, late)), facts(records));
      }),
      { numRuns: 300 },
    );
  });

  it('comes to the same state and findings however records are grouped', () => {
    const long = configured('error_spike', { threshold: 4, window: '10m', clear_at: 2 });
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    const steps = fc.array(fc.integer({ min: 1, max: 5 * MINUTE }), {
      minLength: 1,
      maxLength: 120,
      size: 'max',
    });
    const word = (index: number) => `Case ${String.fromCharCode(97 + ((index * 7) % 26))}`;
    fc.assert(
      fc.property(fc.constantFrom(small, long), steps, sizes, (detector, lengths, turns) => {
        let at = 0;
        const records = lengths.map((gap, index) => error((at += gap), { message: word(index) }));
        const groups: LogRecord[][] = [];
        for (let from = 0, turn = 0; from < records.length; turn += 1) {
          const size = turns[turn % turns.length] ?? 3;
          groups.push(records.slice(from, from + size));
          from += size;
        }
        const outcome = (parts: readonly LogRecord[][]) => {
          const { state, findings } = run(
            detector,
            parts.map((each) => ({ at: START - 1, records: each })),
          );
          const { isOpen, window, samples, updateAt } = state as BurstState;
          const texts = [...window.kinds].map((kind) => window.templates[kind]?.text);
          const reports = findings.map((each) => ({ ...each, trigger: '' }));
          return { isOpen, updateAt, samples, texts, times: [...window.times], reports };
        };
        assert.deepEqual(outcome(groups), outcome([records]));
      }),
      { numRuns: 400 },
    );
  });

  it('never changes a state that was passed in', () => {
    fc.assert(
      fc.property(gaps, (lengths) => {
        const seen: [state: unknown, copy: unknown][] = [];
        const steps = errorsOf(lengths).map((each) => ({ at: each.timestamp, records: [each] }));
        runDetector(small, [...steps, { at: START + 10 * MINUTE }], {
          subject: SERVICE,
          start: START,
          onDetect: (state) => seen.push([deepFreeze(state), structuredClone(state)]),
        });
        for (const [state, copy] of seen) assert.deepEqual(state, copy);
      }),
      { numRuns: 100 },
    );
  });

  it('restores what it snapshots, through msgpack', () => {
    const packr = new Packr({ useRecords: false });
    fc.assert(
      fc.property(gaps, (lengths) => {
        const { state } = run(small, [{ at: START, records: errorsOf(lengths) }]);
        const data: unknown = unpack(packr.pack(small.snapshot(state)));
        assert.deepEqual(small.restore(data, SERVICE), state);
      }),
      { numRuns: 100 },
    );
    const fresh = small.initial(SERVICE);
    assert.deepEqual(small.restore(small.snapshot(fresh), SERVICE), fresh);
    for (const data of [undefined, null, 7, {}, { version: 9, times: [], kinds: [] }]) {
      assert.deepEqual(small.restore(data, SERVICE), fresh);
    }
  });

  it('clears with hysteresis when enough have left the window, and may open again', () => {
    const steps = [
      { at: START, records: series(5, { every: SECOND }) },
      { at: START + MINUTE },
      { at: START + MINUTE, records: series(5, { from: MINUTE, every: SECOND }) },
    ];
    const { findings } = run(small, steps);
    assert.deepEqual(
      findings.map(({ action, at }) => `${action} ${at - START}`),
      ['open 4000', 'resolve 17000', 'open 64000'],
    );
    assert.match(findings[1]?.trigger ?? '', /^deadline:\d+$/);
    assert.equal(findings[0]?.trigger, '1.4');
  });

  it('does not open again for a late record of a burst that was resolved', () => {
    const steps = [
      { at: START, records: series(5, { every: 100 }) },
      { at: START + MINUTE, records: [error(450)] },
    ];
    const opened = run(small, steps).findings.filter(({ action }) => action === 'open');
    assert.equal(opened.length, 1);
  });

  it('updates an open alert at most once per interval, with the count so far', () => {
    const spike = shipped('error_spike');
    const records = series(150, { every: SECOND });
    const steps = records.map((each) => ({ at: each.timestamp, records: [each] }));
    const { findings } = run(spike, [...steps, { at: START + 4 * MINUTE }]);
    assert.deepEqual(
      findings.map(({ action, summary }) => `${action}: ${summary}`),
      ['open: 101 errors in 5 minutes', 'update: 150 errors in 5 minutes'],
    );
  });

  it('speaks of one in the singular', () => {
    const options = { threshold: 2, clear_at: 1, window: '10s' };
    const pool = configured('database_connection_failure', options);
    const records = [0, 5].map((at) => error(at * SECOND, { message: 'Connection refused' }));
    const { findings } = run(pool, [{ at: START, records }, { at: START + MINUTE }]);
    assert.deepEqual(
      findings.map(({ action, summary }) => `${action}: ${summary}`),
      ['open: 2 connection failures in 10 seconds', 'resolve: 1 connection failure in 10 seconds'],
    );
    assert.equal(findings[0]?.evidence.unit, 'connection failures');
  });

  it('explains itself: count, three top messages, five newest samples', () => {
    const records = [
      ...series(60, {}, (at) =>
        error(at, { message: `Timeout of call ${at}`, requestId: `r${at}` }),
      ),
      ...series(30, { from: 60_000 }, (at) => error(at, { message: 'Card declined' })),
      ...series(20, { from: 90_000 }, (at) => error(at, { message: 'Disk full' })),
    ];
    const { findings } = run(shipped('error_spike'), [{ at: START, records }]);
    const { evidence, at } = findings[0]!;
    assert.equal(at, START + 100 * SECOND);
    assert.equal(evidence.value, 101);
    assert.equal(evidence.threshold, 100);
    assert.equal(evidence.windowMs, 5 * MINUTE);
    assert.deepEqual(evidence.facts['top_messages'], [
      { message: 'Timeout of call #', count: 60 },
      { message: 'Card declined', count: 30 },
      { message: 'Disk full', count: 11 },
    ]);
    assert.deepEqual(
      evidence.samples.map(({ timestamp }) => timestamp - START),
      [96, 97, 98, 99, 100].map((second) => second * SECOND),
    );
    assert.equal('attributes' in evidence.samples[0]!, false);
  });

  it('gives a timeline of a user', () => {
    const detector = shipped('suspicious_user_activity');
    const records = series(50, { every: MINUTE }, (at) => error(at, { userId: 'u42' }));
    const steps = [{ at: START, records }];
    const { findings } = runDetector(detector, steps, { subject: USER, start: START });
    const timeline = findings[0]?.evidence.facts['timeline'] as { count: number }[];
    assert.equal(timeline.length, 12);
    assert.equal(
      timeline.reduce((sum, { count }) => sum + count, 0),
      50,
    );
    assert.deepEqual(
      timeline.map(({ count }) => count),
      [0, 0, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5],
    );
  });

  it('counts a flood without growing', () => {
    const spike = shipped('error_spike');
    const flood = series(50_000, { every: 10 });
    const { state, findings } = run(spike, [{ at: START, records: flood }]);
    assert.equal(findings.filter(({ action }) => action === 'open').length, 1);
    const { window } = state as BurstState;
    assert.ok(window.times.length <= 202, String(window.times.length));
    const later = run(spike, [{ at: START, records: flood }, { at: START + 500 * SECOND }]);
    const update = later.findings.at(-1)!;
    assert.equal(update.action, 'update');
    assert.ok(Math.abs(update.evidence.value - 30_000) <= 1000, String(update.evidence.value));
    assert.ok(JSON.stringify(spike.snapshot(state)).length < 8192);
  });

  it('leaves the state of a flood alone, too', () => {
    const flood = series(2000, { every: 10 });
    const seen: [state: unknown, copy: unknown][] = [];
    const steps = Array.from({ length: 20 }, (_, part) => ({
      at: START,
      records: flood.slice(part * 100, part * 100 + 100),
    }));
    const { state } = runDetector(shipped('error_spike'), steps, {
      subject: SERVICE,
      start: START,
      onDetect: (before) => seen.push([deepFreeze(before), structuredClone(before)]),
    });
    for (const [before, copy] of seen) assert.deepEqual(before, copy);
    assert.equal(
      (state as BurstState).window.buckets?.reduce((a, b) => a + b),
      2000,
    );
  });

  it('counts records of senders whose clocks differ by five minutes', () => {
    const late = series(10, {}, (at) => error(at, { message: 'ECONNREFUSED' }));
    const ahead = error(5 * MINUTE, { message: 'ECONNREFUSED' });
    const database = shipped('database_connection_failure');
    const { findings } = run(database, [{ at: START, records: [ahead, ...late] }]);
    assert.equal(findings[0]?.action, 'open');
  });

  it('forgets a subject once no backlog can reach its window', () => {
    const week = 7 * 24 * 60 * MINUTE;
    const [first, last] = [week + 10 * SECOND - 1, week + 10 * SECOND].map(
      (at) => run(small, [{ at: START, records: [error(0)] }, { at: START + at }]).state,
    );
    assert.notDeepEqual(first, small.initial(SERVICE));
    assert.deepEqual(last, small.initial(SERVICE));
    assert.equal(
      small.deadline(last, { lastTimestamp: START, records: 1, isExpected: false }),
      undefined,
    );
  });

  it('finds a burst in a backlog that comes frame by frame, once', () => {
    const hour = 60 * MINUTE;
    const steps = Array.from({ length: 50 }, (_, frame) => ({
      at: START + hour + frame,
      records: series(2, { from: frame * 200, every: 100 }),
    }));
    const { findings } = run(small, [...steps, { at: START + 2 * hour }]);
    assert.deepEqual(
      findings.map(({ action }) => action).filter((action) => action !== 'update'),
      ['open', 'resolve'],
    );
  });

  it('finds connection failures by error code at any level and by message from a level up', () => {
    const selector = shipped('database_connection_failure').selector(undefined)!;
    assert.equal(selector(record(0, { errorCode: 'ECONNREFUSED' })), true);
    assert.equal(selector(record(0, { errorCode: '08006' })), true);
    assert.equal(selector(record(0, { errorCode: '80061' })), false);
    assert.equal(selector(record(0, { message: 'Connection refused' })), false);
    assert.equal(selector(record(0, { level: 'WARNING', message: 'CONNECTION REFUSED' })), true);
    assert.equal(selector(error(0, { message: 'Card declined' })), false);
  });
});
