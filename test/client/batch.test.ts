import assert from 'node:assert/strict';
import fc from 'fast-check';
import { unpack } from 'msgpackr';
import { encodeBatches } from '../../src/client/batch.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { describe } from '../support/suite.ts';

const LIMIT = 48 * 1024;

describe('batch', (it) => {
  it('keeps every record in order, in payloads of at most 48 KiB', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20_000), { maxLength: 40 }), (sizes) => {
        const records = sizes.map((size, n) => ({ n, message: 'x'.repeat(size) }));
        const payloads = encodeBatches(records, 5);
        assert.deepEqual(
          payloads.flatMap(({ payload }) => unpack(payload) as unknown[]),
          records,
        );
        for (const { payload, records: count } of payloads) {
          assert.ok(payload.length <= LIMIT);
          assert.equal((unpack(payload) as unknown[]).length, count);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('puts at most 8,192 records in a batch', () => {
    const records = Array.from({ length: 8_193 }, (_, n) => ({ n }));
    // Short records: the count is what limits.
    assert.deepEqual(
      encodeBatches(records, 0).map(({ records: count }) => count),
      [8_192, 1],
    );
  });

  it('refuses a record that fits in no batch, without quoting it', () => {
    const fits = LIMIT - 3 - 12;
    assert.equal(encodeBatches([{ message: 'x'.repeat(fits) }], 0).length, 1);
    assert.throws(
      () => encodeBatches([{ message: 'canary'.repeat(10_000) }], 0),
      (e) => isWatchkeeperError(e, 'RECORD_INVALID') && !e.message.includes('canary'),
    );
  });

  it('knows the time span: in ms, from text, or now for records without a usable one', () => {
    const span = (...times: unknown[]) => {
      const [batch] = encodeBatches(
        times.map((timestamp) => ({ timestamp })),
        77,
      );
      return [batch?.from, batch?.to];
    };
    assert.deepEqual(span(30.9, 10, 20), [10, 30]);
    assert.deepEqual(span('1970-01-01T00:00:01Z'), [1_000, 1_000]);
    for (const bad of [undefined, null, -1, Number.NaN, Infinity, 'yesterday', {}]) {
      assert.deepEqual(span(bad), [77, 77], String(bad));
    }
  });

  it('leaves out fields that are undefined', () => {
    const [batch] = encodeBatches([{ n: 1, spo2: undefined, hrv: null }], 0);
    assert.deepEqual(unpack(batch!.payload), [{ n: 1, hrv: null }]);
    assert.deepEqual(encodeBatches([], 0), []);
  });
});
