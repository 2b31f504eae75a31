import assert from 'node:assert/strict';
import {
  formatAge,
  formatCount,
  formatDateTime,
  formatLatency,
  formatRate,
  formatSpan,
  formatTime,
  formatType,
  formatValue,
  plural,
} from '../../../../src/gateway/dashboard/logic/format.ts';
import { describe } from '../../../support/suite.ts';

describe('dashboard formats', (it) => {
  it('writes counts for people', () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, '0'],
      [999, '999'],
      [1234.4, '1,234'],
      [99_999, '99,999'],
      [100_000, '100k'],
      [123_456, '123.5k'],
      [1_204_500, '1.2M'],
    ];
    for (const [value, text] of cases) assert.equal(formatCount(value), text);
  });

  it('writes rates: a decimal below ten, and never 0 for something', () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, '0'],
      [0.01, '<0.1'],
      [0.05, '0.1'],
      [2, '2'],
      [9.94, '9.9'],
      [10.4, '10'],
      [412.6, '413'],
    ];
    for (const [value, text] of cases) assert.equal(formatRate(value), text);
  });

  it('writes values with as many decimals as they need, and a dash for none', () => {
    assert.equal(formatValue(33.42, 1), '33.4');
    assert.equal(formatValue(1.8, 2), '1.8');
    assert.equal(formatValue(100, 2), '100');
    assert.equal(formatValue(72), '72');
    for (const nothing of [undefined, null, Number.NaN]) assert.equal(formatValue(nothing), '–');
  });

  it('writes spans in their largest unit', () => {
    const cases: readonly (readonly [number, string])[] = [
      [-5, '0 s'],
      [300, '0.3 s'],
      [9_949, '9.9 s'],
      [12_000, '12 s'],
      [89_000, '89 s'],
      [90_000, '2 min'],
      [89 * 60_000, '89 min'],
      [90 * 60_000, '2 h'],
      [47 * 3_600_000, '47 h'],
      [48 * 3_600_000, '2 d'],
    ];
    for (const [ms, text] of cases) assert.equal(formatSpan(ms), text);
  });

  it('writes ages', () => {
    assert.equal(formatAge(0, 5000), 'never');
    assert.equal(formatAge(4001, 5000), 'just now');
    assert.equal(formatAge(6000, 5000), 'just now');
    assert.equal(formatAge(4000, 5000), '1 s ago');
    assert.equal(formatAge(1, 125_001), '2 min ago');
  });

  it('writes latencies', () => {
    assert.equal(formatLatency(undefined), '–');
    assert.equal(formatLatency(0.0008), '0.8 ms');
    assert.equal(formatLatency(0.042), '42 ms');
    assert.equal(formatLatency(1.26), '1.3 s');
  });

  it('writes times in UTC, also those that are none', () => {
    const at = Date.UTC(2024, 1, 16, 14, 30, 5);
    assert.equal(formatTime(at), '14:30:05');
    assert.equal(formatDateTime(at), '2024-02-16 14:30:05');
    assert.equal(formatDateTime(Number.NaN), '0000-00-00 00:00:00');
  });

  it('writes words', () => {
    assert.equal(plural(1, 'watch', 'watches'), '1 watch');
    assert.equal(plural(2, 'watch', 'watches'), '2 watches');
    assert.equal(plural(0, 'actor'), '0 actors');
    assert.equal(formatType('database_connection_failure'), 'Database connection failure');
  });
});
