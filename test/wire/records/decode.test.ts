import assert from 'node:assert/strict';

import fc from 'fast-check';
import { Packr, pack, unpack } from 'msgpackr';

import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { createRecordDecoder } from '../../../src/wire/records/decode.ts';
import type { DecodeContext } from '../../../src/wire/records/decode.ts';
import { encodeRecords } from '../../../src/wire/records/intake.ts';
import { loadLogSchema } from '../../../src/wire/records/schema.ts';
import { describe } from '../../support/suite.ts';
import { NOW, SCHEMA, SCHEMA_TEXT, wire } from './support.ts';

const PLAIN = new Packr({ useRecords: false });
const INLINE = new Packr({ useRecords: true });
const CONTEXT: DecodeContext = {
  observedAt: NOW,
  clockOffsetMs: 0,
  service: undefined,
  deviceId: undefined,
};
const DAY = 24 * 60 * 60 * 1000;

const decoder = createRecordDecoder(SCHEMA);
const decode = (records: unknown, context: Partial<DecodeContext> = {}) =>
  decoder.decode(PLAIN.pack(records), { ...CONTEXT, ...context });
const only = (fields: Record<string, unknown>, context: Partial<DecodeContext> = {}) => {
  const batch = decode([wire(fields)], context);
  assert.deepEqual(batch.rejected, []);
  return batch.records[0]!;
};
const problem = (record: unknown) => {
  const batch = decode([record]);
  assert.equal(batch.records.length, 0);
  const { pointer, reason } = batch.rejected[0]!;
  return `${pointer} ${reason}`;
};
const throwsInvalid = (bytes: Uint8Array) => {
  assert.throws(
    () => decoder.decode(bytes, CONTEXT),
    (error) => isWatchkeeperError(error, 'PAYLOAD_INVALID'),
  );
};

const KEYS = [
  'timestamp',
  'level',
  'service',
  'message',
  'userId',
  'requestId',
  'errorCode',
  'durationMs',
  'deviceId',
  'attributes',
  'vitals',
  'templateId',
  'isNewTemplate',
  'templateRarity',
];

describe('record decoder', (it) => {
  it('gives every record every key in one order', () => {
    const full = only({
      user_id: 'u1',
      request_id: 'r1',
      error_code: 'E1',
      duration_ms: 1.5,
      device_id: 'w1',
      attributes: { route: '/pay' },
      heart_rate: 60,
    });
    assert.deepEqual(Object.keys(full), KEYS);
    assert.deepEqual(Object.keys(only({})), KEYS);
    assert.equal(full.durationMs, 1.5);
    assert.equal(full.vitals?.heartRate, 60);
    assert.equal(full.vitals?.worn, undefined);
  });

  it('reads plain maps and inline record structures alike', () => {
    const records = Array.from({ length: 100 }, (_, index) =>
      wire({
        timestamp: NOW - index,
        message: `Nachricht ${index} für ältere Geräte 👋 and some more text`,
        ...(index % 3 === 0 ? { error_code: `E${index}` } : {}),
        ...(index % 5 === 0 ? { attributes: { index, nested: { list: [100, 'x', null] } } } : {}),
      }),
    );
    const plain = decoder.decode(PLAIN.pack(records), CONTEXT);
    const inline = decoder.decode(INLINE.pack(records), CONTEXT);
    assert.equal(plain.records.length, 100);
    assert.deepEqual(inline.records, plain.records);
  });

  it('agrees with msgpackr on any JSON attributes', () => {
    const value = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), value), { maxLength: 8 }), (maps) => {
        const records = maps.map((attributes) => wire({ attributes }));
        for (const packr of [PLAIN, INLINE]) {
          const bytes = packr.pack(records);
          const expected = (unpack(bytes) as { attributes: unknown }[]).map((r) => r.attributes);
          const batch = decoder.decode(bytes, CONTEXT);
          if (maps.some((map) => JSON.stringify(map).includes('"__proto__"'))) return;
          assert.deepEqual(
            batch.records.map((r) => r.attributes),
            expected,
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it('answers any bytes with records or PAYLOAD_INVALID', () => {
    const seed = INLINE.pack([wire({ attributes: { a: [1, { b: 2 }] } }), wire(), wire()]);
    const flips = fc.array(
      fc.tuple(fc.nat({ max: seed.length - 1 }), fc.integer({ min: 0, max: 255 })),
      { maxLength: 6 },
    );
    const mutated = flips.map((changes) => {
      const bytes = Uint8Array.from(seed);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200, size: 'max' }), mutated), (bytes) => {
        try {
          const batch = decoder.decode(bytes, CONTEXT);
          for (const record of batch.records) assert.deepEqual(Object.keys(record), KEYS);
          assert.deepEqual(decoder.wire(batch.payload).length, batch.records.length);
        } catch (error) {
          assert.ok(isWatchkeeperError(error, 'PAYLOAD_INVALID'), String(error));
        }
      }),
      { numRuns: 20_000 },
    );
  });

  it('refuses bombs quickly and without building them', () => {
    const array32 = Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff);
    const map32 = Uint8Array.of(0x91, 0xdf, 0xff, 0xff, 0xff, 0xff);
    const text32 = Uint8Array.of(0x91, 0x81, 0xdb, 0xff, 0xff, 0xff, 0xff);
    const deep = Buffer.concat([Buffer.from([0x91, 0x81, 0xa1, 0x78]), Buffer.alloc(5000, 0x91)]);
    const structures = Buffer.concat([
      Buffer.from([0xdc, 0x10, 0x00]),
      ...Array.from({ length: 4096 }, () => Buffer.from([0xd4, 0x72, 0x40, 0x91, 0xa1, 0x78, 1])),
    ]);
    const records = pack(Array.from({ length: 8193 }, () => 0));
    for (const bomb of [array32, map32, text32, deep, structures, records]) throwsInvalid(bomb);
    throwsInvalid(new Uint8Array());
    throwsInvalid(PLAIN.pack({}));
    throwsInvalid(Buffer.concat([PLAIN.pack([]), Buffer.from([0])]));
  });

  it('accepts attributes 31 levels deep and refuses the payload at 33', () => {
    const nest = (levels: number): unknown => (levels === 0 ? 1 : { x: nest(levels - 1) });
    assert.equal(decode([wire({ attributes: nest(31) })]).records.length, 1);
    throwsInvalid(PLAIN.pack([wire({ attributes: nest(33) })]));
  });

  it('refuses extension types, and only the record that has them', () => {
    const batch = decoder.decode(
      INLINE.pack([
        wire(),
        wire({ message: new Date() }),
        wire({ attributes: { at: new Date() } }),
      ]),
      CONTEXT,
    );
    const pointers = batch.rejected.map(({ ordinal, pointer }) => `${ordinal}${pointer}`);
    assert.deepEqual(pointers, ['1/message', '2/attributes']);
  });

  it('never accepts the rich types of msgpackr, whose data follows the extension', () => {
    const rich = new Packr({ useRecords: true, moreTypes: true });
    for (const value of [/x/, new Error('secret'), new Set([1]), new Uint16Array(2)]) {
      const bytes = rich.pack([wire({ attributes: { value } })]);
      try {
        assert.equal(decoder.decode(bytes, CONTEXT).records.length, 0);
      } catch (error) {
        assert.ok(isWatchkeeperError(error, 'PAYLOAD_INVALID'));
        assert.doesNotMatch(error.message, /secret/);
      }
    }
  });

  it('reads maps with numbers as keys as JSON would', () => {
    const map = new Map([[1, 2]]);
    assert.deepEqual(only({ attributes: { map } }).attributes, { map: { 1: 2 } });
  });

  it('never lets a key reach a prototype', () => {
    const evil = JSON.parse('{"__proto__":{"polluted":1},"a":1}') as object;
    const bytes = Buffer.from(PLAIN.pack([{ ...wire(), x__proto_: 1 }]));
    const at = bytes.indexOf('x__proto_');
    bytes.write('__proto__', at);
    const batch = decoder.decode(bytes, CONTEXT);
    assert.equal(batch.rejected[0]?.pointer, '/attributes');
    const packed = decoder.decode(PLAIN.pack([wire({ attributes: evil })]), CONTEXT);
    assert.equal(packed.records.length + packed.rejected.length, 1);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
    assert.equal(only({ constructor: 1, toString: 2 }).attributes?.['constructor'], 1);
  });

  it('reads undefined as absent, binary as base64 and big integers as text', () => {
    const record = only({
      user_id: undefined,
      attributes: { bytes: Buffer.from('hi'), big: 2n ** 60n, small: -5, half: 0.5 },
    });
    assert.equal(record.userId, undefined);
    const expected = { bytes: 'aGk=', big: '1152921504606846976', small: -5, half: 0.5 };
    assert.deepEqual(record.attributes, expected);
  });

  it('keeps unknown fields under attributes', () => {
    const record = only({ region: 'eu', attributes: { region: 'own', zone: 1 } });
    assert.deepEqual(record.attributes, { region: 'own', zone: 1 });
    assert.deepEqual(only({ region: 'eu' }).attributes, { region: 'eu' });
  });

  it('maps level words and severity numbers without losing what they said', () => {
    const table: readonly [unknown, number, unknown][] = [
      ['DEBUG', 5, undefined],
      ['debug', 5, undefined],
      ['TRACE', 5, 'TRACE'],
      ['INFO', 9, undefined],
      ['Info', 9, undefined],
      ['NOTICE', 9, 'NOTICE'],
      ['WARN', 13, 'WARN'],
      ['warning', 13, undefined],
      ['err', 17, 'err'],
      ['ERROR', 17, undefined],
      ['crit', 18, 'crit'],
      ['CRITICAL', 18, undefined],
      ['FATAL', 18, 'FATAL'],
      ['EMERGENCY', 18, 'EMERGENCY'],
      ['alert', 18, 'alert'],
      [1, 5, 1],
      [8, 5, 8],
      [9, 9, undefined],
      [12, 9, 12],
      [16, 13, 16],
      [17, 17, undefined],
      [24, 18, 24],
    ];
    for (const [level, expected, kept] of table) {
      const record = only({ level });
      assert.equal(record.level, expected, String(level));
      assert.equal(record.attributes?.['severity_text'], kept, String(level));
    }
    for (const level of ['LOUD', 0, 25, 1.5, true]) {
      assert.match(problem(wire({ level })), /^\/level Expected a level/);
    }
  });

  it('rejects what does not fit, by pointer and without the content', () => {
    const table: readonly [unknown, string][] = [
      [7, ' Expected a map.'],
      [{}, '/timestamp This field is required.'],
      [{ timestamp: NOW, level: 'INFO', service: 'a' }, '/message This field is required.'],
      [wire({ timestamp: 'yesterday' }), '/timestamp Expected ms since the epoch'],
      [wire({ timestamp: Number.NaN }), '/timestamp Expected ms'],
      [wire({ timestamp: Infinity }), '/timestamp Expected ms'],
      [wire({ service: 'a b' }), '/service Expected 1 or more characters'],
      [wire({ service: '' }), '/service Expected 1 or more characters'],
      [wire({ service: 'x'.repeat(129) }), '/service Longer than 128 characters.'],
      [wire({ message: 5.5 }), '/message Expected text.'],
      [wire({ message: 'x'.repeat(32_769) }), '/message Longer than 32768 characters.'],
      [wire({ duration_ms: -1 }), '/duration_ms Expected a number of at least 0.'],
      [wire({ duration_ms: '5' }), '/duration_ms Expected a number.'],
      [wire({ heart_rate: 401 }), '/heart_rate Expected a number from 0 to 400.'],
      [wire({ steps: 1.5 }), '/steps Expected a whole number.'],
      [wire({ worn: 1 }), '/worn Expected true or false.'],
      [wire({ attributes: [] }), '/attributes Expected a map.'],
      [wire({ attributes: { deep: Number.NaN } }), '/attributes Numbers must be finite.'],
      [wire({ extra: Infinity }), '/attributes Numbers must be finite.'],
    ];
    for (const [record, expected] of table) {
      const text = problem(record);
      assert.ok(text.startsWith(expected), `${text} / ${expected}`);
    }
  });

  it('lets a vital record omit level, service and message', () => {
    const batch = decode([{ timestamp: NOW, heart_rate: 61 }], { deviceId: 'w1' });
    const [record] = batch.records;
    assert.equal(record?.level, 9);
    assert.equal(record?.service, 'watch');
    assert.equal(record?.message, '');
    assert.equal(record?.deviceId, 'w1');
    assert.match(problem({ timestamp: NOW, attributes: {} }), /\/level This field is required/);
  });

  it('clamps event times at the exact limits and counts them', () => {
    const table: readonly [number, number, number][] = [
      [NOW - 7 * DAY, NOW - 7 * DAY, 0],
      [NOW - 7 * DAY - 1, NOW - 7 * DAY, 1],
      [NOW + 300_000, NOW + 300_000, 0],
      [NOW + 300_001, NOW + 300_000, 1],
    ];
    for (const [timestamp, expected, clamped] of table) {
      const batch = decode([wire({ timestamp })]);
      assert.equal(batch.records[0]?.timestamp, expected);
      assert.equal(batch.clamped, clamped);
      assert.equal(decoder.wire(batch.payload)[0]?.timestamp, expected);
    }
  });

  it('adds the clock offset before clamping', () => {
    const batch = decode([wire({ timestamp: NOW + DAY })], { clockOffsetMs: -DAY });
    assert.equal(batch.clamped, 0);
    assert.equal(batch.records[0]?.timestamp, NOW);
    assert.equal(decoder.wire(batch.payload)[0]?.timestamp, NOW);
  });

  it('reads RFC 3339 times', () => {
    assert.equal(only({ timestamp: '2026-01-01T12:00:00Z' }).timestamp, NOW);
    assert.equal(only({ timestamp: '2026-01-01T13:00:00.25+01:00' }).timestamp, NOW + 250);
  });

  it('counts what the index of the store needs', () => {
    const batch = decode([
      wire({ level: 'DEBUG', timestamp: NOW - 5, user_id: 'a' }),
      wire({ level: 'INFO', service: 'auth', user_id: 'b' }),
      wire({ level: 'WARNING', timestamp: NOW + 5, user_id: 'a' }),
      wire({ level: 'ERROR' }),
      wire({ level: 'CRITICAL' }),
      { level: 'ERROR' },
    ]);
    assert.deepEqual(batch.levels, [1, 1, 1, 1, 1]);
    assert.deepEqual(batch.services, ['payment', 'auth']);
    assert.deepEqual(batch.users, ['a', 'b']);
    assert.equal(batch.minTimestamp, NOW - 5);
    assert.equal(batch.maxTimestamp, NOW + 5);
    assert.equal(batch.rejected[0]?.ordinal, 5);
    assert.equal(decode([]).minTimestamp, NOW);
  });

  it('keeps the received bytes when reading them back gives the same records', () => {
    const bytes = PLAIN.pack([wire({ level: 'warn', extra: 1 }), { timestamp: NOW, spo2: 97 }]);
    const batch = decoder.decode(bytes, { ...CONTEXT, deviceId: 'w1' });
    assert.equal(batch.payload, bytes);
    const [first] = decoder.wire(bytes);
    assert.equal(first?.level, 'WARNING');
    assert.deepEqual(first?.attributes, { severity_text: 'warn', extra: 1 });
  });

  it('re-encodes when a service or watch was filled in, or a record left out', () => {
    const filled = decode([{ timestamp: NOW, level: 'INFO', message: 'x' }], { service: 'auth' });
    assert.equal(decoder.wire(filled.payload)[0]?.service, 'auth');
    const claimed = decode([wire({ device_id: 'other' })], { deviceId: 'w1' });
    assert.equal(claimed.records[0]?.deviceId, 'w1');
    assert.equal(decoder.wire(claimed.payload)[0]?.device_id, 'w1');
    const partial = decode([1, wire()]);
    assert.equal(decoder.wire(partial.payload).length, 1);
  });

  it('reads its own encoding back', () => {
    const records = [
      wire({ level: 'ERROR', user_id: 'u', request_id: 'r', error_code: 'E', duration_ms: 3 }),
      wire({ device_id: 'w', attributes: { a: 1 }, heart_rate: 60, worn: true, charging: false }),
    ];
    const batch = decode(records);
    assert.deepEqual(decoder.wire(batch.payload), records);
    assert.deepEqual(decoder.wire(encodeRecords(decoder.wire(batch.payload))), records);
  });

  it('follows the limits and requirements of the schema file', () => {
    const text = SCHEMA_TEXT.replace('max_length: 32768', 'max_length: 4').replace(
      '    user_id:\n      type: name\n',
      '    user_id:\n      type: name\n      required: true\n',
    );
    const strict = createRecordDecoder(loadLogSchema(text, 'x.yaml'));
    const batch = strict.decode(PLAIN.pack([wire(), wire({ message: 'four' })]), CONTEXT);
    assert.deepEqual(
      batch.rejected.map(({ pointer }) => pointer),
      ['/message', '/user_id'],
    );
  });

  it('reads long names as well as short ones', () => {
    for (const length of [1, 24, 25, 31, 32, 128]) {
      const service = 's'.repeat(length);
      assert.equal(only({ service }).service, service);
    }
  });

  it('reads numbers as text where text is asked for', () => {
    assert.equal(only({ error_code: 500 }).errorCode, '500');
    assert.equal(only({ user_id: 42 }).userId, '42');
  });
});
