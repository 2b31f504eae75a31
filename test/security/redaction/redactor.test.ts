import assert from 'node:assert/strict';

import { isWatchkeeperError } from '../../../src/core/errors.ts';
import type { LogRecord } from '../../../src/model/record.ts';
import { createPseudonyms } from '../../../src/security/redaction/pseudonym.ts';
import { createRedactor } from '../../../src/security/redaction/redactor.ts';
import { DEFAULT_REDACTION, loadRedaction } from '../../../src/security/redaction/rules.ts';
import { describe } from '../../support/suite.ts';
import { corpus } from './corpus.ts';

const secret = Buffer.alloc(32, 7);
const counts: Record<string, number> = {};
const redactor = createRedactor({
  rules: DEFAULT_REDACTION,
  secret,
  onRedacted: (kind) => (counts[kind] = (counts[kind] ?? 0) + 1),
});

const record = (fields: Partial<LogRecord>): LogRecord => ({
  timestamp: 0,
  level: 9,
  service: 'payment',
  message: 'ok',
  userId: undefined,
  requestId: undefined,
  errorCode: undefined,
  durationMs: undefined,
  deviceId: undefined,
  attributes: undefined,
  vitals: undefined,
  ...fields,
});

describe('Redactor', (it) => {
  it('removes secrets and puts pseudonyms in the place of the rest', () => {
    const text = redactor.text('login bob@example.com password=hunter2 card 4111111111111111 ok');
    assert.match(text, /^login email:[0-9a-f]{16} password=\[secret\] card card:[0-9a-f]{16} ok$/);
  });

  it('gives the same value the same pseudonym, however it is written', () => {
    const one = redactor.text('to Bob@Example.com');
    assert.equal(redactor.text('to bob@example.com'), one);
    assert.equal(redactor.text('to bob%40example.com'), one);
    const cards = ['4111111111111111', '4111 1111 1111 1111', '4111-1111-1111-1111'];
    assert.equal(new Set(cards.map((card) => redactor.text(card))).size, 1);
    assert.notEqual(redactor.text('to eve@example.com'), one);
  });

  it('gives other pseudonyms under another key', () => {
    const other = createRedactor({ rules: DEFAULT_REDACTION, secret: Buffer.alloc(32, 8) });
    assert.notEqual(other.text('a@example.com'), redactor.text('a@example.com'));
    assert.throws(() => createPseudonyms(Buffer.alloc(15)), RangeError);
  });

  it('leaves alone what it has replaced before', () => {
    for (const { text } of corpus(5, 2000)) {
      const once = redactor.text(text);
      assert.equal(redactor.text(once), once);
    }
  });

  it('leaks no labelled value of a corpus', () => {
    for (const { text, spans } of corpus(31_337, 2000)) {
      const out = redactor.text(text);
      for (const { start, end } of spans) {
        const value = text.slice(start, end);
        if (value.length >= 8) assert.ok(!out.includes(value), out);
      }
    }
  });

  it('returns the same record when there is nothing to redact', () => {
    const clean = record({
      message: 'Order 4711 shipped in 12 ms',
      userId: 'u-1138',
      requestId: '7f3a9b2c-1d4e-4f5a-8b6c-9d0e1f2a3b4c',
      attributes: {
        route: '/v1/orders',
        items: [1, 2, { sku: 'A-1' }],
        epoch_us: 1_763_647_374_000_000,
      },
    });
    assert.equal(redactor.record(clean), clean);
  });

  it('removes attributes by their name, whatever the value', () => {
    const { attributes } = redactor.record(
      record({
        attributes: {
          password: 'x',
          db: { passphrase: ['a'], host: 'db1' },
          authorization: 'anything',
          api_key: 'f00ba4f00ba4f00ba4',
          max_tokens: 300,
          token: 'next',
          password_set: true,
          pin: 1234,
          passwd: null,
        },
      }),
    );
    assert.deepEqual(attributes, {
      password: '[secret]',
      db: { passphrase: '[secret]', host: 'db1' },
      authorization: '[secret]',
      api_key: '[secret]',
      max_tokens: 300,
      token: 'next',
      password_set: true,
      pin: '[secret]',
      passwd: null,
    });
  });

  it('looks into lists, maps and numbers, and changes no record it is given', () => {
    const given = record({
      message: 'ok',
      requestId: 'for bob@example.com',
      errorCode: 'token=f00ba4f00ba4f00ba4',
      attributes: { to: ['bob@example.com', 'x'], pan: 4111111111111111, phone: '5551234567' },
    });
    const copy = structuredClone(given);
    const out = redactor.record(given);
    assert.deepEqual(given, copy);
    assert.match(out.requestId ?? '', /^for email:/);
    assert.equal(out.errorCode, 'token=[secret]');
    const { to, pan, phone } = out.attributes as { to: string[]; pan: string; phone: string };
    assert.match(to[0] ?? '', /^email:[0-9a-f]{16}$/);
    assert.equal(to[1], 'x');
    assert.match(pan, /^card:/);
    assert.match(phone, /^phone:/);
  });

  it('keeps a user id that is a name and renames one that is an address', () => {
    assert.equal(redactor.record(record({ userId: 'u-7' })).userId, 'u-7');
    assert.match(redactor.record(record({ userId: 'bob@example.com' })).userId ?? '', /^email:/);
    const strict = createRedactor({ rules: { ...DEFAULT_REDACTION, userId: 'pseudonym' }, secret });
    const once = strict.record(record({ userId: 'u-7' }));
    assert.match(once.userId ?? '', /^user:[0-9a-f]{16}$/);
    assert.equal(strict.record(once), once);
  });

  it('does with each kind what the rules say, and counts it', () => {
    const rules = loadRedaction(
      'redaction:\n  kinds:\n    email: keep\n    card: remove\n    secret: keep\n',
      'redaction.yaml',
    );
    const other = createRedactor({ rules, secret });
    const text = 'bob@example.com password=hunter2';
    assert.equal(other.text(text), text);
    assert.equal(other.text('4111111111111111'), '[card]');
    const before = counts['email'] ?? 0;
    redactor.text('a@example.com b@example.com');
    assert.equal(counts['email'], before + 2);
  });
});

describe('loadRedaction', (it) => {
  const failure = (text: string): string => {
    try {
      loadRedaction(text, 'redaction.yaml');
    } catch (error) {
      if (isWatchkeeperError(error, 'CONFIG_INVALID')) return error.message;
      throw error;
    }
    return 'none';
  };

  it('names the place and the likely spelling of a mistake', () => {
    assert.match(failure('redaction:\n  kinds:\n    emial: keep'), /^redaction.yaml:3:5 .*"email"/);
    assert.match(failure('redaction:\n  kinds:\n    email: pseudonim'), /3:12 .*"pseudonym"/);
    assert.match(failure('redaction:\n  kinds:\n    secret: pseudonym'), /3:13 /);
    assert.match(failure('redaction:\n  user_id: hide'), /2:12 /);
    assert.match(failure('redaction:\n  secret_names: ["a b"]'), /2:18 /);
    assert.match(failure('{}'), /1:1 /);
    assert.equal(failure('redaction: {}'), 'none');
  });
});
