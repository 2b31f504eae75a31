import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { unpack } from 'msgpackr';
import {
  createForwardSession,
  type ForwardSessionOptions,
} from '../../../../src/wire/inputs/forward/forward-session.ts';
import { AUTO_PARSERS } from '../../../../src/wire/parsers/registry.ts';
import { createSourceParser } from '../../../../src/wire/parsers/source/source-parser.ts';
import { describe } from '../../../support/suite.ts';
import { codeOf, cutAt, run } from '../session-run.ts';
import {
  entry,
  eventTime,
  forwardMode,
  messageMode,
  pack,
  packedMode,
  sha512,
} from './messages.ts';

const NOW = Date.UTC(2026, 5, 1);
const AT = NOW - 4_321;

function session(changes: Partial<ForwardSessionOptions> = {}) {
  return createForwardSession({
    limits: { maxMessageBytes: 1_048_576, maxEvents: 1_000 },
    now: () => NOW,
    serviceOfTag: (tag) => tag,
    ...changes,
  });
}

const RECORD = { message: 'paid', level: 'warn', user: 'ada', amount: 12.5 };
const EXPECTED = {
  timestamp: AT,
  level: 'WARNING',
  service: 'shop.pay',
  message: 'paid',
  user_id: 'ada',
  attributes: { amount: 12.5, severity_text: 'warn' },
};

describe('the forward protocol', (it) => {
  const modes: readonly (readonly [string, Buffer])[] = [
    ['Message', messageMode('shop.pay', AT, RECORD)],
    ['Forward', forwardMode('shop.pay', [entry(AT, RECORD)])],
    ['PackedForward', packedMode('shop.pay', [entry(AT, RECORD)])],
    ['CompressedPackedForward', packedMode('shop.pay', [entry(AT, RECORD)], { isGzip: true })],
  ];
  for (const [mode, bytes] of modes) {
    it(`reads ${mode} mode`, () => {
      const { records, replies, acked } = run(session(), [bytes]);
      assert.deepEqual(records, [EXPECTED]);
      assert.deepEqual([replies, acked], [[], [false]]);
    });
  }

  it('confirms a chunk after its records, and only a chunk', () => {
    const bytes = packedMode('a', [entry(AT, RECORD), entry(AT, RECORD)], { chunk: 'c1' });
    const steps = [...session().push(bytes)].map((step) => step.type);
    assert.deepEqual(steps, ['records', 'reply']);
    const { replies, acked } = run(session(), [bytes]);
    assert.deepEqual(unpack(Buffer.from(replies[0] ?? '', 'latin1')), { ack: 'c1' });
    assert.deepEqual(acked, [true, true]);
    const messages = [
      messageMode('a', AT, RECORD, { chunk: 'c2' }),
      forwardMode('a', [entry(AT, RECORD)], { chunk: 'c3' }),
    ];
    const acks = run(session(), messages).replies.map((each) =>
      unpack(Buffer.from(each, 'latin1')),
    );
    assert.deepEqual(acks, [{ ack: 'c2' }, { ack: 'c3' }]);
  });

  it('reads whole and broken seconds, and the metadata of Fluent Bit', () => {
    const times: readonly (readonly [Buffer, number])[] = [
      [pack(1_700_000_000), 1_700_000_000_000],
      [pack(1_700_000_000.5), 1_700_000_000_500],
      [Buffer.concat([Buffer.of(0x92), eventTime(AT), pack({ a: 1 })]), AT],
      [Buffer.concat([Buffer.of(0xc7, 8, 0), eventTime(AT).subarray(2)]), AT],
      // As a sender comes to it that has the time in a double: 3 ms less 143 ns.
      [Buffer.from('d70067748580002dc631', 'hex'), 0x67748580 * 1000 + 3],
      [Buffer.from('d700677485803b9ac94c', 'hex'), 0x67748580 * 1000 + 1000],
      [pack(null), NOW],
    ];
    for (const [time, expected] of times) {
      const bytes = forwardMode('t', [Buffer.concat([Buffer.of(0x92), time, pack({ log: 'x' })])]);
      const [record] = run(session(), [bytes]).records as { timestamp: number }[];
      assert.equal(record?.timestamp, expected);
    }
  });

  it('takes binary that is text as text, and other binary as base64', () => {
    const record = { log: Buffer.from('hällo'), blob: Buffer.of(0xff, 0xfe) };
    const [read] = run(session(), [messageMode('t', AT, record)]).records as {
      message: string;
      attributes: unknown;
    }[];
    assert.equal(read?.message, 'hällo');
    assert.deepEqual(read?.attributes, { blob: '//4=' });
  });

  it('asks a parser only for events that have a text', () => {
    const asked: string[] = [];
    const source = createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto' });
    const parser = {
      parse: (line: string, at: number) => {
        asked.push(line);
        return source.parse(line, at);
      },
    };
    const { records } = run(session({ parser }), [
      messageMode('shop', AT, { amount: 5 }),
      messageMode('shop', AT, { log: 'a=1 b=2' }),
    ]);
    assert.deepEqual(asked, ['a=1 b=2']);
    const [bare] = records as { readonly service: string; readonly message: string }[];
    assert.deepEqual([bare?.service, bare?.message], ['shop', '{"amount":5}']);
  });

  it('takes text without a known name for the message whole, and reads lines with a parser', () => {
    const [bare] = run(session(), [messageMode('t', AT, { a: 1 })]).records as {
      message: string;
    }[];
    assert.equal(bare?.message, '{"a":1}');
    const parser = createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto' });
    const log = '<165>1 2003-10-11T22:14:15.003Z host app 7 ID47 - broken';
    const [read] = run(session({ parser }), [messageMode('t', AT, { log, pod: 'p1' })]).records as {
      message: string;
      attributes: Record<string, unknown>;
      timestamp: number;
    }[];
    assert.equal(read?.message, 'broken');
    assert.equal(read?.attributes['pod'], 'p1');
    assert.equal(read?.timestamp, Date.UTC(2003, 9, 11, 22, 14, 15, 3));
  });

  it('uses the service of the input before all, else of the record, else of the tag', () => {
    const bytes = messageMode('tag', AT, { message: 'x', service: 'own' });
    const serviceOf = (changes: Partial<ForwardSessionOptions>, message: Buffer) =>
      (run(session(changes), [message]).records as { service: string }[])[0]?.service;
    assert.equal(serviceOf({}, bytes), 'own');
    assert.equal(serviceOf({ service: 'fixed' }, bytes), 'fixed');
    assert.equal(serviceOf({}, messageMode('tag', AT, { message: 'x' })), 'tag');
  });

  it('keeps one event that is no map raw', () => {
    const bad = Buffer.concat([Buffer.of(0x92), eventTime(AT), pack('secret')]);
    const bytes = forwardMode('t', [entry(AT, RECORD), bad, pack([1]), pack('x')], { chunk: 'c' });
    const { records, replies } = run(session(), [bytes]);
    const kept = records as { message: string; attributes: Record<string, unknown> }[];
    assert.deepEqual(
      kept.map(({ attributes }) => attributes['problem'] !== undefined),
      [false, true, true, true],
    );
    assert.equal(
      Buffer.from(kept[1]?.message ?? '', 'base64')
        .toString('latin1')
        .slice(-6),
      'secret',
    );
    assert.equal(kept[3]?.message, Buffer.from(pack('x')).toString('base64'));
    assert.equal(replies.length, 1);
  });

  it('keeps a run of values that are too small for events together, and loses no byte', () => {
    const nils = Buffer.alloc(3_000, 0xc0);
    const bytes = packedMode('t', [entry(AT, RECORD), nils, pack('x'), entry(AT, RECORD)]);
    const limits = { maxMessageBytes: 1_048_576, maxEvents: 10_000 };
    const { records } = run(session({ limits }), [bytes]);
    const kept = records as { message: string }[];
    assert.equal(kept.length, 6);
    const raw = kept.slice(1, 4).map(({ message }) => Buffer.from(message, 'base64'));
    assert.deepEqual(Buffer.concat(raw), nils);
    assert.equal(kept[5]?.message, 'paid');
  });

  it('passes over nil, with which clients see whether the connection stands', () => {
    const { records } = run(session(), [Buffer.of(0xc0, 0xc0), messageMode('t', AT, RECORD)]);
    assert.equal(records.length, 1);
  });

  it('refuses what is not of the protocol with a typed error', () => {
    const malformed: readonly (readonly [Buffer, string])[] = [
      [pack(5), 'FRAME_MALFORMED'],
      [pack(['t']), 'FRAME_MALFORMED'],
      [pack([1, 2, 3]), 'FRAME_MALFORMED'],
      [pack(['t', 1]), 'FRAME_MALFORMED'],
      [pack(['t', [], {}, {}]), 'FRAME_MALFORMED'],
      [pack(['t', Buffer.of(1), {}, {}]), 'FRAME_MALFORMED'],
      [Buffer.of(0xc1), 'FRAME_MALFORMED'],
      [pack(['t', Buffer.from('x'), { compressed: 'zstd' }]), 'FRAME_MALFORMED'],
      [pack(['t', Buffer.from('x'), { compressed: 'gzip' }]), 'FRAME_MALFORMED'],
      [pack(['t', Buffer.of(0x92, 0x01)]), 'PAYLOAD_INVALID'],
      [Buffer.of(0xdd, 0xff, 0xff, 0xff, 0xff), 'FRAME_TOO_LARGE'],
      [Buffer.of(0xdb, 0xff, 0xff, 0xff, 0xff), 'FRAME_TOO_LARGE'],
      [
        packedMode(
          't',
          Array.from({ length: 1_001 }, () => Buffer.of(0xc0)),
        ),
        'FRAME_TOO_LARGE',
      ],
      [
        forwardMode(
          't',
          Array.from({ length: 1_001 }, () => Buffer.of(0xc0)),
        ),
        'FRAME_TOO_LARGE',
      ],
    ];
    for (const [index, [bytes, code]] of malformed.entries()) {
      assert.equal(
        codeOf(() => run(session(), [bytes])),
        code,
        `case ${index}`,
      );
    }
  });

  it('stops a gzip bomb at the limit', () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1_048_576));
    const bytes = pack(['t', bomb, { compressed: 'gzip' }]);
    assert.ok(bytes.length < 70_000);
    const before = process.memoryUsage().rss;
    assert.equal(
      codeOf(() => run(session(), [bytes])),
      'FRAME_TOO_LARGE',
    );
    assert.ok(process.memoryUsage().rss - before < 32 * 1_048_576);
  });

  it('reads the same however the bytes are cut', () => {
    const bytes = Buffer.concat([
      messageMode('a', AT, RECORD, { chunk: 'one' }),
      Buffer.of(0xc0),
      packedMode('b', [entry(AT, RECORD), entry(AT, { log: 'ü' })], { chunk: 'two', isGzip: true }),
      forwardMode('c', [entry(AT, RECORD)], { chunk: 'three' }),
    ]);
    const whole = run(session(), [bytes]);
    assert.equal(whole.records.length, 4);
    assert.equal(whole.replies.length, 3);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (places) => {
        assert.deepEqual(run(session(), cutAt(bytes, places)), whole);
      }),
      { numRuns: 200 },
    );
    assert.deepEqual(run(session(), cutAt(bytes, [...bytes.keys()])), whole);
  });

  it('answers any bytes with steps or a typed error that tells nothing of them', () => {
    const seed = packedMode('tag', [entry(AT, { message: 'SECRETWORD' })], { chunk: 'c' });
    const mutated = fc
      .array(fc.tuple(fc.nat({ max: seed.length - 1 }), fc.nat({ max: 255 })), { maxLength: 6 })
      .map((edits) => {
        const bytes = Buffer.from(seed);
        for (const [at, value] of edits) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 2_000 })), (bytes) => {
        try {
          run(session(), [bytes]);
        } catch (error) {
          const { code, message } = error as { code: string; message: string };
          assert.match(code, /^(FRAME_MALFORMED|FRAME_TOO_LARGE|PAYLOAD_INVALID)$/);
          assert.ok(!message.includes('SECRET'));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

const NONCE = Buffer.alloc(16, 1);
const SALT = Buffer.alloc(16, 2);

function secured(users: readonly { name: string; password: string }[] = []) {
  return session({
    security: { sharedKey: 'hush', hostname: 'site', users, nonce: NONCE, salt: SALT },
  });
}

function ping(key: string, user = '', password = ''): Buffer {
  const digest = sha512('salt', 'client', NONCE, key);
  const proof = user === '' ? '' : sha512(SALT, user, password);
  return pack(['PING', 'client', 'salt', digest, user, proof]);
}

describe('the handshake of the forward protocol', (it) => {
  it('greets, and proves that it knows the key', () => {
    const one = secured();
    const helo = unpack(one.greeting ?? Buffer.of()) as [string, Record<string, unknown>];
    assert.equal(helo[0], 'HELO');
    assert.deepEqual(Buffer.from(helo[1]['nonce'] as Uint8Array), NONCE);
    assert.equal((helo[1]['auth'] as Uint8Array).length, 0);
    assert.equal(one.isAdmitted, false);
    const { replies } = run(one, [ping('hush')]);
    const pong = unpack(Buffer.from(replies[0] ?? '', 'latin1')) as unknown[];
    assert.deepEqual(pong, ['PONG', true, '', 'site', sha512('salt', 'site', NONCE, 'hush')]);
    assert.equal(one.isAdmitted, true);
    assert.equal(run(one, [messageMode('t', AT, RECORD)]).records.length, 1);
  });

  it('refuses a wrong key and says no more than that', () => {
    const { replies, refused } = run(secured(), [ping('other')]);
    assert.deepEqual([replies, refused], [[], ['unauthenticated']]);
  });

  it('asks for a user when there are users', () => {
    const users = [{ name: 'ada', password: 'pw' }];
    const admitted = (bytes: Buffer): boolean => {
      const one = secured(users);
      run(one, [bytes]);
      return one.isAdmitted;
    };
    assert.equal(admitted(ping('hush', 'ada', 'pw')), true);
    assert.equal(admitted(ping('hush', 'ada', 'no')), false);
    assert.equal(admitted(ping('hush', 'bob', 'pw')), false);
    assert.equal(admitted(ping('hush')), false);
  });

  it('takes no record before it', () => {
    const one = secured();
    assert.equal(
      codeOf(() => run(one, [messageMode('t', AT, RECORD)])),
      'UNAUTHENTICATED',
    );
    assert.equal(
      codeOf(() => run(secured(), [pack(['PING', 1, 2, 3, 4, 5])])),
      'UNAUTHENTICATED',
    );
  });
});
