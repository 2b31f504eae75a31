import assert from 'node:assert/strict';
import { parseInstant } from '../../../src/gateway/http/instant.ts';
import { describe } from '../../support/suite.ts';

const NOW = Date.UTC(2026, 0, 31, 12);

describe('parseInstant', (it) => {
  for (const [given, expected] of [
    [5, 5],
    ['0', 0],
    ['1767225600000', 1_767_225_600_000],
    ['now', NOW],
    ['-250ms', NOW - 250],
    ['-90s', NOW - 90_000],
    ['-15m', NOW - 900_000],
    ['-2h', NOW - 7_200_000],
    ['-1d', NOW - 86_400_000],
    ['-1w', NOW - 604_800_000],
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2026-01-31T12:00Z', NOW],
    ['2026-01-31T12:00:00.25Z', NOW + 250],
    ['2026-01-31T13:00:00+01:00', NOW],
  ] as const) {
    it(`reads ${given}`, () => {
      assert.equal(parseInstant(given, NOW), expected);
    });
  }

  for (const given of [
    '',
    '-',
    '15m',
    '-15',
    '-15y',
    'yesterday',
    '2026-13-01',
    '2026-01-31T12:00:00',
    '1e9',
    'Sat Jan 31 2026',
    0.5,
    Number.NaN,
  ]) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      assert.throws(() => parseInstant(given, NOW), { code: 'QUERY_INVALID' });
    });
  }
});
