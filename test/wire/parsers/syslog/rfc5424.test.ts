import assert from 'node:assert/strict';
import { rfc5424 } from '../../../../src/wire/parsers/syslog/rfc5424.ts';
import { describe } from '../../../support/suite.ts';

const receivedAt = Date.UTC(2026, 0, 1);
const parse = (line: string) => rfc5424.parse(line, { receivedAt });
const header = (sd: string) => `<165>1 2003-10-11T22:14:15.003Z host app - ID47 ${sd}`;

describe('RFC 5424', (it) => {
  it('reads the first example, with a byte order mark and no structured data', () => {
    assert.deepEqual(
      parse(
        "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \uFEFF'su root' failed for lonvick on /dev/pts/8",
      ),
      {
        timestamp: Date.UTC(2003, 9, 11, 22, 14, 15, 3),
        level: 'CRITICAL',
        service: 'su',
        message: "'su root' failed for lonvick on /dev/pts/8",
        user_id: 'lonvick',
        error_code: 'AUTH_FAILED',
        attributes: {
          facility: 'auth',
          host: 'mymachine.example.com',
          component: 'su',
          message_id: 'ID47',
          auth_outcome: 'failure',
          auth_action: 'su',
        },
      },
    );
  });

  it('reads the second example, with microseconds and an offset', () => {
    const record = parse(
      "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
    );
    assert.equal(record?.timestamp, Date.UTC(2003, 7, 24, 12, 14, 15));
    assert.equal(record.message, "%% It's time to make the do-nuts.");
    assert.deepEqual(record.attributes, {
      facility: 'local4',
      host: '192.0.2.1',
      component: 'myproc',
      pid: 8710,
      severity_text: 'notice',
    });
  });

  it('reads the third and fourth example, with structured data', () => {
    const first = { iut: '3', eventSource: 'Application', eventID: '1011' };
    const sd = '[exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"]';
    const third = parse(
      `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 ${sd} \uFEFFAn application event log entry...`,
    );
    assert.deepEqual(third?.attributes?.['sd'], { 'exampleSDID@32473': first });
    assert.equal(third.message, 'An application event log entry...');
    const fourth = parse(
      `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 ${sd.replace('eventSource=', 'eventSource= ')}[examplePriority@32473 class="high"]`,
    );
    assert.deepEqual(fourth?.attributes?.['sd'], {
      'exampleSDID@32473': first,
      'examplePriority@32473': { class: 'high' },
    });
    assert.equal(fourth.message, '');
  });

  it('reads the examples of structured data in section 6.3.5', () => {
    const id = 'exampleSDID@32473';
    assert.deepEqual(
      parse(header('[exampleSDID@32473 iut="3"] [examplePriority@32473 class="high"]'))?.message,
      '[examplePriority@32473 class="high"]',
    );
    assert.deepEqual(
      parse(header(`[${id} iut="3"][examplePriority@32473 class="high"] m`))?.message,
      'm',
    );
    assert.equal(parse(header(`[ ${id} iut="3"][examplePriority@32473 class="high"]`)), undefined);
    assert.deepEqual(parse(header('[sigSig ver="1" rsID="1234"]'))?.attributes?.['sd'], {
      sigSig: { ver: '1', rsID: '1234' },
    });
  });

  it('undoes the three escapes and keeps other backslashes', () => {
    const record = parse(header('[a b="\\"x\\" \\\\ \\] \\n" b="2"][empty]'));
    assert.deepEqual(record?.attributes?.['sd'], { a: { b: ['"x" \\ ] \\n', '2'] }, empty: {} });
  });

  const times: readonly (readonly [string, string | undefined])[] = [
    ['1985-04-12T23:20:50.52Z', '1985-04-12T23:20:50.520Z'],
    ['1985-04-12T19:20:50.52-04:00', '1985-04-12T23:20:50.520Z'],
    ['2003-10-11T22:14:15.003Z', '2003-10-11T22:14:15.003Z'],
    ['2003-08-24T05:14:15.000003-07:00', '2003-08-24T12:14:15.000Z'],
  ];
  for (const [text, expected] of times) {
    it(`reads the time ${text}`, () => {
      const record = parse(`<13>1 ${text} - - - - -`);
      assert.equal(new Date(record?.timestamp ?? 0).toISOString(), expected);
      assert.equal(record?.attributes?.['timestamp_text'], undefined);
    });
  }

  it('keeps the text of a time that the RFC does not allow, as its fifth example of times', () => {
    const record = parse('<13>1 2003-08-24T05:14:15.000000003-07:00 - - - - -');
    assert.equal(record?.attributes?.['timestamp_text'], '2003-08-24T05:14:15.000000003-07:00');
  });

  it('takes nil for every field', () => {
    assert.deepEqual(parse('<0>1 - - - - - -'), {
      timestamp: receivedAt,
      level: 'CRITICAL',
      service: 'syslog',
      message: '',
      attributes: { facility: 'kern', severity_text: 'emerg' },
    });
  });

  for (const bad of [
    '<13>1 yesterday h a p m - x',
    '<13>1 - h a p m [a b=c] x',
    '<13>1 - h a p m [a b="c" x',
    '<13>1 - h a p m -x',
    '<13>1 - h a p m x',
    '<13>1 -  h a',
  ]) {
    it(`refuses ${bad}`, () => {
      assert.equal(parse(bad), undefined);
    });
  }
});
