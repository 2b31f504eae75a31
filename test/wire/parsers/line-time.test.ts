import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lineTime } from '../../../src/wire/parsers/line-time.ts';
import { describe } from '../../support/suite.ts';

const at = (month: string, day: string) => ({ month, day, hour: '12', minute: '0', second: '0' });

describe('lineTime', (it) => {
  const march = { receivedAt: Date.UTC(2026, 2, 1, 0, 0, 0) };

  it('takes the latest year that is at most a day ahead of the reference', () => {
    assert.equal(lineTime(at('Feb', '28'), march), Date.UTC(2026, 1, 28, 12));
    assert.equal(lineTime(at('Mar', '1'), march), Date.UTC(2026, 2, 1, 12));
    assert.equal(lineTime(at('Mar', '2'), march), Date.UTC(2025, 2, 2, 12));
    assert.equal(
      lineTime(at('Dec', '31'), { receivedAt: Date.UTC(2026, 0, 1) }),
      Date.UTC(2025, 11, 31, 12),
    );
    assert.equal(
      lineTime(at('1', '1'), { receivedAt: Date.UTC(2025, 11, 31, 13) }),
      Date.UTC(2026, 0, 1, 12),
    );
  });

  it('finds the leap year of a 29 February', () => {
    assert.equal(lineTime(at('Feb', '29'), march), Date.UTC(2024, 1, 29, 12));
  });

  it('refuses what is no time', () => {
    assert.equal(lineTime(at('13', '1'), march), undefined);
    assert.equal(lineTime(at('4', '31'), march), undefined);
    assert.equal(lineTime({ ...at('4', '1'), minute: '60' }, march), undefined);
    assert.equal(lineTime({ ...at('4', '1'), hour: undefined }, march), undefined);
  });

  it('gives back any time whose year is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_799_999 }), (time) => {
        const date = new Date(time);
        const parts = {
          year: String(date.getUTCFullYear()),
          month: String(date.getUTCMonth() + 1),
          day: String(date.getUTCDate()),
          hour: String(date.getUTCHours()),
          minute: String(date.getUTCMinutes()),
          second: String(date.getUTCSeconds()),
          millisecond: String(date.getUTCMilliseconds()),
        };
        return lineTime(parts, march) === time;
      }),
    );
  });
});
