import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  MAX_LINE_LENGTH,
  unparsedLine,
  type LineParser,
} from '../../../src/wire/parsers/line-parser.ts';
import { AUTO_PARSERS, LINE_PARSERS, findLineParser } from '../../../src/wire/parsers/registry.ts';
import { createSourceParser } from '../../../src/wire/parsers/source/source-parser.ts';
import { createRecordDecoder } from '../../../src/wire/records/decode.ts';
import { encodeRecords } from '../../../src/wire/records/encode.ts';
import { describe } from '../../support/suite.ts';
import { SCHEMA } from '../records/support.ts';
import { accessLog, jsonLog, logfmtLog, RECEIVED_AT } from './generate.ts';

const decoder = createRecordDecoder(SCHEMA);

/** Whether the site takes the record as it is. */
function refusedWhy(record: ReturnType<LineParser['parse']>): string | undefined {
  if (record === undefined) return undefined;
  const context = {
    observedAt: RECEIVED_AT,
    clockOffsetMs: 0,
    service: undefined,
    deviceId: undefined,
  };
  const { rejected } = decoder.decode(encodeRecords([record]), context);
  const [first] = rejected;
  return first === undefined ? undefined : `${first.pointer} ${first.reason}`;
}

/** One line of each format, to begin changes from. */
const SEEDS: readonly string[] = [
  ...[jsonLog(3), logfmtLog(3), accessLog(3, 'nginx')].flat().map(({ line }) => line),
  'Jun 14 15:16:01 combo sshd[5]: Failed password for root from 192.0.2.1 port 22 ssh2',
  '<165>1 2003-10-11T22:14:15.003Z host app 7 ID47 [a@1 b="c\\"" d="e"] \uFEFFtext',
  '<34>Oct 11 22:14:15 mymachine su: text',
  'CEF:0|V|P|1|100|N|7|src=10.0.0.1 msg=a\\=b c=d rt=1735689600000',
  'LEEF:2.0|V|P|1|9|^|src=1^sev=5^usrName=x',
  '{"__REALTIME_TIMESTAMP":"1735689600000000","PRIORITY":"3","MESSAGE":[104,105],"_PID":"7"}',
  '{"log":"x\\n","stream":"stdout","time":"2025-01-02T03:04:05Z"}',
  '2025-01-02T03:04:05Z stdout F level=info msg=x',
  '2025-01-02 03:04:05,678 INFO  [main] com.example.Main - text',
  '2025-01-02 03:04:05,678 - app.db - ERROR - lost',
  '2025/01/02 03:04:05 [error] 12#34: *5 open() failed (2: No such file), client: 192.0.2.1',
  '[Wed Oct 11 14:32:52.123456 2023] [core:error] [pid 1:tid 2] [client 192.0.2.9:5] AH00128: x',
  '[    5.140900] usb 1-1: text',
  '2009/11/10 23:00:00 main.go:23: hello',
  '03-17 16:13:38.811  1702  2395 D Tag: text',
  '[10.30 16:49:06] chrome.exe - host:5070 close, 0 bytes sent',
  '081109 203615 148 INFO dfs.DataNode: text blk_7',
  '20171223-22:15:29:606|Step|30002312|text',
];

const piece = fc.constantFrom(
  '"',
  '\\',
  '=',
  ' ',
  '{',
  '}',
  '[',
  ']',
  '<13>',
  ':',
  '|',
  '0',
  '\u0000',
  'ü',
  '\uD800',
  '__proto__',
  '-',
  '%',
  '/',
  '\t',
  '1e999',
  '99999999999999999999',
);
/** A seed with pieces put in, cut and doubled. */
const mutated = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 20 }), piece), { maxLength: 6 }),
  )
  .map(([seed, edits]) =>
    edits.reduce((line, [place, length, text]) => {
      const at = place % (line.length + 1);
      return line.slice(0, at) + text + line.slice(at + length);
    }, seed),
  );

describe('every parser', (it) => {
  it('has a name of its own, and linux means syslog', () => {
    assert.equal(new Set(LINE_PARSERS.map(({ id }) => id)).size, LINE_PARSERS.length);
    assert.equal(findLineParser('OpenSSH')?.id, 'openssh');
    assert.equal(findLineParser('linux')?.id, 'syslog');
    assert.equal(findLineParser('no-such'), undefined);
    assert.equal(findLineParser('constructor'), undefined);
  });

  it('never throws, and gives only records that the site takes, whatever the line', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string({ unit: 'binary', maxLength: 200 })), (line) => {
        for (const parser of LINE_PARSERS) {
          const record = parser.parse(line, { receivedAt: RECEIVED_AT });
          assert.equal(refusedWhy(record), undefined, `${parser.id}: ${JSON.stringify(record)}`);
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it('is pure: the same line gives the same record', () => {
    fc.assert(
      fc.property(fc.constantFrom(...LINE_PARSERS), mutated, (parser, line) => {
        const context = { receivedAt: RECEIVED_AT };
        assert.deepEqual(parser.parse(line, context), parser.parse(line, context));
      }),
      { numRuns: 500 },
    );
  });

  it(
    'takes at most 50 ms for the longest line, whatever it is made of',
    () => {
      const fillers = [
        ' ',
        'a',
        '0',
        '"',
        '\\',
        '\\"',
        '=',
        'a=',
        'a=b ',
        '[',
        '{',
        '{"a":',
        '[1,',
        ': ',
        ':',
        '|',
        '%',
        '- ',
        ', client: "',
        '@1',
        'a@1] - ',
        '[client ',
        'user=',
        'from 1 ',
        'rhost=',
        'for invalid user ',
        '1.1.1.1 ',
        '\t',
        'xy ',
        '=\\=',
      ];
      const heads = [
        '',
        ...SEEDS.map((seed) => seed.slice(0, Math.floor(seed.length * 0.7))),
        ...SEEDS,
      ];
      for (const parser of LINE_PARSERS) {
        for (const head of heads) {
          if (
            head !== '' &&
            parser.parse(head, { receivedAt: RECEIVED_AT }) === undefined &&
            head.length % 2 === 0
          )
            continue;
          for (const filler of fillers) {
            const line = (head + filler.repeat(MAX_LINE_LENGTH)).slice(0, MAX_LINE_LENGTH);
            const took = timeOf(parser, line);
            assert.ok(
              took < 50,
              `${parser.id} took ${took} ms on ${JSON.stringify(head + filler)}`,
            );
          }
        }
      }
    },
    { deadlineMs: 120_000 },
  );

  it('gives records that the site takes for the longest lines too', () => {
    const lines = [
      JSON.stringify({
        msg: 'x'.repeat(60_000),
        user: 'y'.repeat(300),
        request_id: 'z'.repeat(300),
        code: 'c'.repeat(200),
      }),
      `{"msg":"deep","v":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      JSON.stringify(Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`k${i}`, i]))),
      JSON.stringify({ list: Array.from({ length: 9_000 }, (_, i) => i) }),
      Array.from({ length: 3_000 }, (_, i) => `k${i}=v`).join(' '),
      `<13>1 - h a - - ${Array.from({ length: 300 }, (_, i) => `[s${i} a="b" a="c"]`).join('')} m`,
    ];
    for (const line of lines) {
      for (const parser of LINE_PARSERS) {
        assert.equal(
          refusedWhy(parser.parse(line, { receivedAt: RECEIVED_AT })),
          undefined,
          `${parser.id} ${line.slice(0, 40)}`,
        );
      }
    }
  });

  it('keeps a line that it cannot read, whole and at the time of the line before', () => {
    for (const parser of LINE_PARSERS.filter(({ id }) => id !== 'text')) {
      const source = createSourceParser({ parsers: [parser], mode: 'chain' });
      const line = '\tat Main.run(Main.java:7)';
      assert.deepEqual(source.parse(`${line}\r`, 5), {
        parser: undefined,
        record: {
          timestamp: 5,
          level: 'INFO',
          service: parser.service,
          message: line,
          attributes: { unparsed: true },
        },
      });
    }
    const long = unparsedLine('x'.repeat(40_000), { receivedAt: 5 });
    assert.deepEqual(
      [long.message.length, long.attributes],
      [32_768, { unparsed: true, cut_from: 40_000 }],
    );
  });

  it('is fitting for a line of its own only in few cases', () => {
    for (const line of SEEDS) {
      const readers = AUTO_PARSERS.filter(
        (parser) => parser.parse(line, { receivedAt: RECEIVED_AT }) !== undefined,
      );
      assert.ok(
        readers.length >= 1 && readers.length <= 3,
        `${line}: ${readers.map(({ id }) => id).join()}`,
      );
    }
  });
});

/** The best of some, in ms of the processor's time: the machine does other things too. */
function timeOf(parser: LineParser, line: string): number {
  let best = Infinity;
  for (let round = 0; round < 5 && best > 10; round += 1) {
    const before = process.cpuUsage();
    parser.parse(line, { receivedAt: RECEIVED_AT });
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
