import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createLineSession,
  type LineSessionOptions,
} from '../../../../src/wire/inputs/lines/line-session.ts';
import { AUTO_PARSERS } from '../../../../src/wire/parsers/registry.ts';
import { createSourceParser } from '../../../../src/wire/parsers/source/source-parser.ts';
import { describe } from '../../../support/suite.ts';
import { cutAt, run } from '../session-run.ts';

const NOW = Date.UTC(2026, 5, 1);
const TOKEN = 'wk_0123456789_secret';

function session(changes: Partial<LineSessionOptions> = {}) {
  return createLineSession({
    framing: 'lines',
    maxLineBytes: 1_024,
    parser: createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto' }),
    now: () => NOW,
    ack: false,
    hasPreamble: true,
    needsToken: false,
    authenticate: (token) => (token === TOKEN ? { service: 'shop' } : undefined),
    ...changes,
  });
}

const text = (...lines: readonly string[]): Buffer => Buffer.from(`${lines.join('\n')}\n`);
const messages = (records: readonly unknown[]): unknown[] =>
  records.map((record) => (record as { message: string }).message);

describe('text lines over TCP', (it) => {
  it('reads JSON and any text, and confirms nothing unasked', () => {
    const { records, replies, acked } = run(session(), [text('{"message":"a"}', 'b c d')]);
    assert.deepEqual(messages(records), ['a', 'b c d']);
    assert.deepEqual([replies, acked], [[], [false, false]]);
  });

  it('confirms lines by their number when the first line is ACK', () => {
    const pieces = [text('ACK', 'one', 'two'), text('three')];
    const { records, replies, acked } = run(session(), pieces);
    assert.deepEqual(messages(records), ['one', 'two', 'three']);
    assert.deepEqual(replies, ['OK 2\n', 'OK 3\n']);
    assert.deepEqual(acked, [true, true, true]);
  });

  it('takes ACK for a line once the first line has come', () => {
    const { records, replies } = run(session(), [text('one', 'ACK')]);
    assert.deepEqual(messages(records), ['one', 'ACK']);
    assert.deepEqual(replies, []);
  });

  it('confirms unasked when the input says so', () => {
    assert.deepEqual(run(session({ ack: true }), [text('one')]).replies, ['OK 1\n']);
  });

  it('binds the sender to the service of its token, in any order with ACK', () => {
    for (const head of [
      ['ACK', `{"token":"${TOKEN}"}`],
      [`{ "token" : "${TOKEN}" }`, 'ACK'],
    ]) {
      const one = session({ needsToken: true });
      assert.equal(one.isAdmitted, false);
      const steps = [...one.push(text(...head, 'one'))];
      assert.equal(one.isAdmitted, true);
      assert.deepEqual(
        steps.map((step) => (step.type === 'records' ? [step.service, step.isAcked] : step.type)),
        [['shop', true], 'reply'],
      );
    }
  });

  it('refuses a token that may not send, and a sender without one where it must', () => {
    const wrong = run(session(), [text('{"token":"wk_no"}', 'one')]);
    assert.deepEqual([wrong.records, wrong.refused], [[], ['unauthenticated']]);
    const none = run(session({ needsToken: true }), [text('one')]);
    assert.deepEqual([none.records, none.refused], [[], ['unauthenticated']]);
  });

  it('gives the last line without an end when the sender ends', () => {
    const one = session();
    assert.deepEqual(run(one, [Buffer.from('a\nb')]).records.length, 1);
    assert.equal(one.held > 0, true);
    assert.deepEqual(messages(run(one, [], true).records), ['b']);
    assert.equal(one.held, 0);
  });

  it('cuts a line that is too long, and counts it', () => {
    const one = session();
    const { records } = run(one, [text('x'.repeat(5_000), 'next')]);
    assert.deepEqual(messages(records), ['x'.repeat(1_024), 'next']);
    assert.equal(one.cut, 1);
  });

  it('reads syslog by octet counts and by lines in one stream', () => {
    const one = session({ framing: 'auto', hasPreamble: false });
    const first = '<13>Oct 11 22:14:15 host app: one\nmore';
    const bytes = Buffer.from(`${first.length} ${first}<13>Oct 11 22:14:15 host app: two\n`);
    assert.deepEqual(messages(run(one, [bytes]).records), ['one\nmore', 'two']);
  });

  it('reads the same however the bytes are cut', () => {
    const bytes = text('ACK', `{"token":"${TOKEN}"}`, '{"message":"ü"}', '', 'two\r', '<13>three');
    const whole = run(session(), [bytes], true);
    assert.equal(whole.records.length, 3);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (places) => {
        const cut = run(session(), cutAt(bytes, places), true);
        assert.deepEqual(cut.records, whole.records);
        assert.equal(cut.replies.at(-1), whole.replies.at(-1));
      }),
      { numRuns: 200 },
    );
  });

  it('makes a record or a refusal of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), (bytes) => {
        for (const framing of ['lines', 'auto'] as const) {
          const { records } = run(session({ framing }), [bytes], true);
          assert.ok(records.every((record) => record !== undefined));
        }
      }),
      { numRuns: 500 },
    );
  });
});
