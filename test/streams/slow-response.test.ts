import assert from 'node:assert/strict';

import fc from 'fast-check';
import { Packr, unpack } from 'msgpackr';

import type { LogRecord } from '../../src/model/record.ts';
import { runDetector } from '../../src/streams/harness.ts';
import type { HarnessStep } from '../../src/streams/harness.ts';
import { describe } from '../support/suite.ts';
import {
  MINUTE,
  SECOND,
  SERVICE,
  START,
  configured,
  deepFreeze,
  record,
  shipped,
} from './support.ts';

const detector = shipped('slow_response');
const slow = (at: number, durationMs: number, route?: string): LogRecord =>
  record(at, {
    durationMs,
    requestId: `r${at}`,
    attributes: route === undefined ? undefined : { route },
  });
const run = (steps: readonly HarnessStep[]) =>
  runDetector(detector, steps, { subject: SERVICE, start: START });
const fold = (records: readonly LogRecord[]) =>
  run(records.map((each) => ({ at: START, records: [each] })));

describe('slow_response', (it) => {
  it('has one alert per service and route', () => {
    const records = [
      slow(0, 6000, '/pay'),
      slow(1, 6000, '/pay?card=1'),
      slow(2, 6000, '/refund'),
      slow(3, 6000),
      record(4, { durationMs: 6000, attributes: { http_route: '/h' } }),
      record(5, { durationMs: 6000, attributes: { path: '/p', route: 7 } }),
    ];
    const { findings } = fold(records);
    assert.deepEqual(
      findings.map(({ action, key }) => `${action} ${key}`),
      [
        'open payment /pay',
        'open payment /refund',
        'open payment',
        'open payment /h',
        'open payment /p',
      ],
    );
  });

  it('is updated by further hits with percentiles and the five slowest', () => {
    const records = Array.from({ length: 100 }, (_, index) =>
      slow(index * 10, 5100 + index * 100, '/pay'),
    );
    const { findings } = run([{ at: START, records }, { at: START + MINUTE }]);
    assert.deepEqual(
      findings.map(({ action }) => action),
      ['open', 'update'],
    );
    const { facts, value, samples } = findings[1]!.evidence;
    assert.equal(value, 15_000);
    assert.equal(facts['count'], 100);
    const requests = facts['slowest_requests'] as { request_id: string; duration_ms: number }[];
    assert.deepEqual(
      requests.map(({ request_id }) => request_id),
      ['r990', 'r980', 'r970', 'r960', 'r950'],
    );
    assert.equal(samples.length, 5);
    const near = (name: string, expected: number) => {
      assert.ok(Math.abs((facts[name] as number) - expected) <= expected * 0.05, name);
    };
    near('p50', 10_000);
    near('p95', 14_500);
    near('p99', 14_900);
  });

  it('resolves after the quiet period, each route for itself', () => {
    const { findings, state } = run([
      { at: START, records: [slow(0, 6000, '/a')] },
      { at: START + MINUTE, records: [slow(MINUTE, 6000, '/b')] },
      { at: START + 20 * MINUTE },
    ]);
    assert.deepEqual(
      findings.map(({ action, key, at }) => `${action} ${key} ${(at - START) / MINUTE}`),
      ['open payment /a 0', 'open payment /b 1', 'resolve payment /a 10', 'resolve payment /b 11'],
    );
    assert.deepEqual(state, []);
  });

  it('lumps routes beyond its limit together', () => {
    const records = Array.from({ length: 100 }, (_, index) => slow(index, 6000, `/r${index}`));
    const { findings } = fold(records);
    assert.equal(findings.length, 16);
    assert.equal(findings.at(-1)?.key, 'payment *');
  });

  it('comes to the same state in any order, and leaves passed states alone', () => {
    const durations = fc.array(fc.integer({ min: 5001, max: 90_000 }), {
      minLength: 1,
      maxLength: 30,
      size: 'max',
    });
    fc.assert(
      fc.property(durations, fc.infiniteStream(fc.nat()), (lengths, weights) => {
        const records = lengths.map((duration, index) => slow(index * SECOND, duration, '/x'));
        const order = records
          .map((each) => ({ each, weight: weights.next().value ?? 0 }))
          .sort((one, other) => one.weight - other.weight)
          .map(({ each }) => each);
        const seen: [unknown, unknown][] = [];
        const shuffled = runDetector(detector, [{ at: START, records: order }], {
          subject: SERVICE,
          start: START,
          onDetect: (state) => seen.push([deepFreeze(state), structuredClone(state)]),
        });
        const plain = run([{ at: START, records }]);
        const loose = (state: unknown) =>
          (state as object[]).map((route) => ({ ...route, updateAt: 0 }));
        assert.deepEqual(loose(shuffled.state), loose(plain.state));
        for (const [state, copy] of seen) assert.deepEqual(state, copy);
        const data: unknown = unpack(
          new Packr({ useRecords: false }).pack(detector.snapshot(plain.state)),
        );
        assert.deepEqual(detector.restore(data, SERVICE), plain.state);
      }),
      { numRuns: 200 },
    );
    assert.deepEqual(detector.restore({ version: 9 }, SERVICE), []);
  });

  it('takes its threshold from the configuration', () => {
    const strict = configured('slow_response', { threshold: '1s' });
    const selector = strict.selector([])!;
    assert.equal(selector(slow(0, 1000)), false);
    assert.equal(selector(slow(0, 1001)), true);
    assert.equal(selector(record(0)), false);
  });
});
