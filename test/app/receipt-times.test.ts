import assert from 'node:assert/strict';
import { ReceiptTimes } from '../../src/app/receipt-times.ts';
import { ENTRY, type NewEntry } from '../../src/model/journal-entry.ts';
import { describe } from '../support/suite.ts';

function entries(...observedAt: readonly number[]): NewEntry[] {
  return observedAt.map((at) => ({
    ...{ kind: ENTRY.group, subject: 's', body: new Uint8Array() },
    observedAt: at,
  }));
}

describe('receipt times', (it) => {
  it('know when the record of a trigger came in', () => {
    const times = new ReceiptTimes();
    times.note(1, entries(100, 200));
    times.note(3, entries(300));
    assert.deepEqual(
      ['1.0', '2.17', '3.0'].map((trigger) => times.of(trigger)),
      [100, 200, 300],
    );
  });

  it('know nothing of other triggers, of the future, and of what is too old', () => {
    const times = new ReceiptTimes(2);
    assert.equal(times.of('1.0'), undefined);
    times.note(1, entries(100, 200, 300));
    assert.deepEqual(
      ['1.0', '2.0', '3.0', '4.0'].map((trigger) => times.of(trigger)),
      [...[undefined, 200, 300, undefined]],
    );
    for (const trigger of ['deadline:2', 'quarantine:2.0', '2', '', '2.', '-1.0']) {
      assert.equal(times.of(trigger), undefined, trigger);
    }
  });
});
