import assert from 'node:assert/strict';
import fc from 'fast-check';
import { retime } from '../../src/cli/replay/retime.ts';
import type { WireRecord } from '../../src/model/wire-record.ts';
import { describe } from '../support/suite.ts';

const NOW = Date.UTC(2026, 5, 1);
const at = (...times: readonly number[]): WireRecord[] =>
  times.map((timestamp) => ({
    timestamp,
    level: 'INFO',
    service: 's',
    message: `at ${timestamp}`,
  }));
const times = (records: readonly WireRecord[]): number[] =>
  records.map(({ timestamp }) => timestamp);

describe('retime', (it) => {
  it('keeps every distance when the log fits', () => {
    const { records, shortenedGaps } = retime(at(1_000, 1_500, 9_000), NOW);
    assert.deepEqual(times(records), [NOW - 8_000, NOW - 7_500, NOW]);
    assert.equal(shortenedGaps, 0);
  });

  it('sorts lines that a log holds out of order, and keeps the order of equal times', () => {
    const { records } = retime([...at(5_000, 1_000), { ...at(1_000)[0]!, message: 'second' }], NOW);
    assert.deepEqual(
      records.map(({ message }) => message),
      ['at 1000', 'second', 'at 5000'],
    );
  });

  it('shortens the longest quiet times only, as far as it must', () => {
    const { records, shortenedGaps } = retime(at(0, 10, 20, 10_020, 10_030, 30_030), NOW, 1_030);
    assert.equal(shortenedGaps, 2);
    assert.deepEqual(
      times(records).map((time) => time - NOW),
      [-1_030, -1_020, -1_010, -510, -500, 0],
    );
  });

  it('takes an empty log and a single line', () => {
    assert.deepEqual(retime([], NOW), { records: [], shortenedGaps: 0 });
    assert.deepEqual(times(retime(at(7), NOW).records), [NOW]);
  });

  it('never reorders, never lengthens a gap, never exceeds the span', () => {
    const logs = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(logs, fc.integer({ min: 1_000, max: 10_000_000 }), (given, maxSpanMs) => {
        const moved = times(retime(at(...given), NOW, maxSpanMs).records);
        const sorted = [...given].sort((a, b) => a - b);
        assert.equal(moved.at(-1), NOW);
        assert.ok(NOW - moved[0]! <= maxSpanMs + 1);
        for (let i = 1; i < moved.length; i += 1) {
          const gap = moved[i]! - moved[i - 1]!;
          assert.ok(gap >= 0 && gap <= sorted[i]! - sorted[i - 1]! + 1);
        }
      }),
    );
  });
});
