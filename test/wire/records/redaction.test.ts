import assert from 'node:assert/strict';

import { createRedactor } from '../../../src/security/redaction/redactor.ts';
import { DEFAULT_REDACTION } from '../../../src/security/redaction/rules.ts';
import { createRecordDecoder } from '../../../src/wire/records/decode.ts';
import { encodeRecords, readJsonRecords } from '../../../src/wire/records/intake.ts';
import { describe } from '../../support/suite.ts';
import { SCHEMA } from './support.ts';

const NOW = Date.UTC(2026, 0, 31, 12);
const redactor = createRedactor({ rules: DEFAULT_REDACTION, secret: Buffer.alloc(32, 3) });
const decoder = createRecordDecoder(SCHEMA, undefined, redactor);

const dirty = {
  timestamp: NOW,
  level: 'ERROR' as const,
  service: 'payment',
  message: 'declined 4111 1111 1111 1111 for bob@example.com',
  attributes: { password: 'hunter2' },
};
const clean = { ...dirty, message: 'declined', attributes: { route: '/pay' } };
const watch = { observedAt: NOW, clockOffsetMs: 0, service: 'watch', deviceId: 'w-1' };

const leaks = (bytes: Uint8Array): boolean => {
  const text = Buffer.from(bytes).toString('latin1');
  return ['4111', 'bob@example', 'hunter2'].some((value) => text.includes(value));
};

describe('redaction on the way in', (it) => {
  it('keeps secrets out of the groups of posted records', () => {
    const body = Buffer.from(JSON.stringify([dirty, clean]));
    const options = { format: 'json', observedAt: NOW, schema: SCHEMA } as const;
    const [plain] = readJsonRecords(body, options).groups;
    assert.ok(plain !== undefined && leaks(plain.payload));
    const [group] = readJsonRecords(body, { ...options, redactor }).groups;
    assert.ok(group !== undefined && !leaks(group.payload));
    assert.equal(group.count, 2);
  });

  it("keeps secrets out of a watch's records and of the payload that is stored", () => {
    const batch = decoder.decode(encodeRecords([clean, dirty]), watch);
    assert.ok(!leaks(batch.payload));
    assert.equal(batch.records.length, 2);
    const [, stored] = decoder.wire(batch.payload);
    assert.match(stored?.message ?? '', /^declined card:[0-9a-f]{16} for email:[0-9a-f]{16}$/);
    assert.deepEqual(stored?.attributes, { password: '[secret]' });
  });

  it('stores the bytes as received when there is nothing to redact', () => {
    const payload = encodeRecords([clean]);
    assert.equal(decoder.decode(payload, watch).payload, payload);
  });

  it('decodes the same frame to the same records again', () => {
    const payload = encodeRecords([dirty]);
    const [one, other] = [decoder.decode(payload, watch), decoder.decode(payload, watch)];
    assert.deepEqual(one.records, other.records);
    assert.deepEqual(one.payload, other.payload);
  });
});
