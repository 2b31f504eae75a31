import assert from 'node:assert/strict';
import { refusedGroups } from '../../src/gateway/refused-records.ts';
import { createRecordDecoder } from '../../src/wire/records/decode.ts';
import { readRecords } from '../../src/wire/records/intake.ts';
import { logSchema } from '../support/http-fixture.ts';
import { describe } from '../support/suite.ts';

const NOW = Date.UTC(2026, 5, 1);
const decoder = createRecordDecoder(logSchema);
const good = { timestamp: NOW, level: 'INFO', service: 'shop', message: 'm' };

/** What whoever folds the groups of these items makes of them. */
function folded(items: readonly unknown[], service?: string) {
  const read = {
    ...{ observedAt: NOW, schema: logSchema },
    ...(service === undefined ? {} : { service }),
  };
  const { rejected } = readRecords(items, read);
  assert.equal(rejected.length, items.length);
  return refusedGroups(items, rejected, { read, fallback: 'input' }).map((group) => {
    const context = { observedAt: NOW, clockOffsetMs: 0, service: group.service };
    const batch = decoder.decode(group.payload, { ...context, deviceId: undefined });
    return { ...batch, service: group.service };
  });
}

describe('refused records that were acknowledged', (it) => {
  for (const [what, item, pointer] of [
    ['a time that is none', { ...good, timestamp: 'soon' }, '/timestamp'],
    ['a message that is too long', { ...good, message: 'x'.repeat(32_769) }, '/message'],
    ['no message', { ...good, message: undefined }, '/message'],
  ] as const) {
    it(`stay as they are with ${what}, to be refused again as a dead letter`, () => {
      const [batch] = folded([item]);
      assert.equal(batch?.service, 'shop');
      assert.deepEqual(
        batch.rejected.map((each) => each.pointer),
        [pointer],
      );
      assert.equal(batch.records.length, 0);
    });
  }

  for (const [what, item, reason] of [
    ['too large for an entry', { ...good, message: '\u20ac'.repeat(32_768) }, /^Larger/],
    ['of another service', { ...good, service: 'other' }, /^\/service /],
    ['no map', 'text', /map/],
    ['nothing', undefined, /map/],
  ] as const) {
    it(`become a record of their text when they are ${what}`, () => {
      const service = what === 'of another service' ? 'shop' : undefined;
      const [batch] = folded([item], service);
      assert.deepEqual(batch?.rejected, []);
      const [record] = batch.records;
      assert.match(String(record?.attributes?.['rejected']), reason);
      assert.equal(record?.service, what.startsWith('no') ? 'input' : 'shop');
      assert.ok((record?.message.length ?? 0) > 0);
    });
  }
});
