import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWatchkeeperError, messageOf } from '../../../../src/core/errors.ts';
import { compileGrok, type GrokPattern } from '../../../../src/wire/parsers/grok/grok.ts';
import { createGrokParser } from '../../../../src/wire/parsers/grok/grok-parser.ts';
import { nativeSource } from '../../../../src/wire/parsers/grok/native-source.ts';
import { parsePattern } from '../../../../src/wire/parsers/grok/parse-pattern.ts';
import { compileProgram } from '../../../../src/wire/parsers/grok/program.ts';
import { SteppingMatcher } from '../../../../src/wire/parsers/grok/stepping-matcher.ts';
import { STOCK_PATTERNS } from '../../../../src/wire/parsers/grok/stock-patterns.ts';
import { describe } from '../../../support/suite.ts';

/** In ms of the processor's time: the machine does other things too. */
function timeOf(pattern: GrokPattern, line: string): number {
  const before = process.cpuUsage();
  pattern.match(line);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const fields = (pattern: string, line: string) => compileGrok(pattern).match(line);

describe('grok patterns', (it) => {
  it('give the captured fields in their types', () => {
    assert.deepEqual(
      fields(
        '^%{IP:client} %{WORD:method} %{NUMBER:bytes:int} %{NUMBER:seconds:float} %{WORD:ok:bool}$',
        '192.0.2.1 GET 15824 0.043 true',
      ),
      { client: '192.0.2.1', method: 'GET', bytes: 15_824, seconds: 0.043, ok: true },
    );
    assert.deepEqual(fields('%{INT:id:int}', '99999999999999999999'), {
      id: '99999999999999999999',
    });
    assert.deepEqual(fields('(?<a>\\d)-%{INT:a}', '1-2'), { a: ['1', '2'] });
    assert.deepEqual(fields('%{WORD:[http][method]}', 'GET'), { 'http.method': 'GET' });
  });

  it('take custom patterns, which may use stock ones and replace them', () => {
    const custom = new Map([
      ['ORDER', 'A-%{INT:order:int}'],
      ['WORD', '[a-z]+'],
    ]);
    assert.deepEqual(compileGrok('%{ORDER} %{WORD:w}', custom).match('A-17 abC'), {
      order: 17,
      w: 'ab',
    });
  });

  it('read what other engines write', () => {
    assert.deepEqual(fields('^(?>a+)(?<rest>b++)$', 'aabb'), { rest: 'bb' });
    assert.deepEqual(fields('(?<![0-9])(?<n>\\d{2})(?![0-9])', '123 45 6'), { n: '45' });
    assert.deepEqual(fields('^(?<w>[[:alpha:]]+)\\b', 'abc-1'), { w: 'abc' });
    assert.deepEqual(fields('\\A(?<x>\\x41\\u0042\\h)\\z', 'ABf'), { x: 'ABf' });
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ['%{NUMBR:x}', /There is no pattern "NUMBR".*at character/],
    ['%{INT:x:itn}', /There is no type "itn"/],
    ['(a', /bracket is not closed/],
    ['a)', /closes nothing/],
    ['*a', /nothing to repeat/],
    ['a**', /repeated/],
    ['[a', /class is not closed/],
    ['[z-a]', /ends below/],
    ['a{3,2}', /ends below/],
    ['a{1001}', /beyond 1000/],
    ['(a)\\1', /Back-references/],
    ['(?i)a', /Flags/],
    ['(?=ab)', /limited to one character/],
    ['[[:nope:]]', /no class "nope"/],
    ['\\q', /no escape/],
    ['((a{100}){100}){100}', /too large/],
    [`(?<x>${'a'.repeat(5000)})`, /longer than/],
    ['(?<x>a)'.repeat(65), /more than 64 fields/],
  ];
  for (const [pattern, reason] of refused) {
    it(`are refused with a reason: ${pattern.slice(0, 30)}`, () => {
      assert.throws(
        () => compileGrok(pattern),
        (error) => isWatchkeeperError(error, 'CONFIG_INVALID') && reason.test(messageOf(error)),
      );
    });
  }

  it('are refused when they refer to themselves or too deep', () => {
    const custom = new Map([
      ['A', '%{B}'],
      ['B', 'x%{A}'],
    ]);
    assert.throws(() => compileGrok('%{A}', custom), /refers to itself/);
    const deep = new Map(
      Array.from({ length: 20 }, (_, i) => [`P${i}`, i === 0 ? 'x' : `%{P${i - 1}}`]),
    );
    assert.throws(() => compileGrok('%{P19}', deep), /within each other/);
  });

  it('name the likely spelling', () => {
    assert.throws(
      () => compileGrok('%{NUMBR}'),
      (error) => isWatchkeeperError(error) && error.fix === 'Did you mean "NUMBER"?',
    );
  });
});

describe('catastrophic patterns', (it) => {
  const patterns = [
    '^(a+)+$',
    '(a|a)*b',
    '^(\\w+\\s?)*$',
    '(.*)(.*)(.*)(.*)(.*)x',
    '^(?:a?){30}a{30}b',
    '(x+x+)+y',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
  ];
  const lines = [
    'a'.repeat(30),
    `${'a'.repeat(8_000)}!`,
    'x'.repeat(60_000),
    'ab '.repeat(2_000),
    `${'x'.repeat(5_000)}z`,
  ];

  it('are done with or cut off within 5 ms a line', () => {
    for (const pattern of patterns) {
      const compiled = compileGrok(pattern);
      for (const line of lines) {
        let best = Infinity;
        for (let round = 0; round < 12; round += 1) best = Math.min(best, timeOf(compiled, line));
        assert.ok(best < 5, `${pattern} took ${best} ms on ${line.slice(0, 5)}…`);
      }
    }
  });

  it('are counted when they are cut off, and the line is left to others', () => {
    const parser = createGrokParser({
      id: 'own',
      patterns: [compileGrok('(.*)(.*)(.*)(.*)(.*)(.*)x')],
    });
    assert.equal(parser.parse('a'.repeat(8_000), { receivedAt: 1 }), undefined);
    assert.equal(parser.counters.cutOff, 1);
  });
});

describe('stock patterns', (it) => {
  it('are a hundred and more, all of which compile', () => {
    assert.ok(STOCK_PATTERNS.size >= 100);
    for (const name of STOCK_PATTERNS.keys())
      assert.ok(compileGrok(`^%{${name}}$`).nativeLength > 0, name);
  });

  it('cannot hold up RegExp on lines that are given to it', () => {
    const fillers = [
      'a',
      '0',
      ' ',
      '.',
      ':',
      '/',
      'a1.',
      '1:',
      '-',
      '"',
      '\\',
      '[',
      'Jan 1 ',
      '1.1.1.1 ',
    ];
    for (const name of STOCK_PATTERNS.keys()) {
      const pattern = compileGrok(`%{${name}}\\x01`);
      for (const filler of fillers) {
        const line = filler.repeat(pattern.nativeLength).slice(0, pattern.nativeLength);
        const took = Math.min(timeOf(pattern, line), timeOf(pattern, line), timeOf(pattern, line));
        assert.ok(took < 50, `${name} took ${took} ms on ${filler}`);
      }
    }
  });

  /** Name, a text that it matches whole, a text that it does not. */
  const examples: readonly (readonly [string, string, string])[] = [
    ['WORD', 'abc_1', 'a b'],
    ['NOTSPACE', 'a/b:c', 'a b'],
    ['INT', '-42', '4.2'],
    ['POSINT', '10', '010'],
    ['NUMBER', '-1.5', '1.5.2'],
    ['NUMBER', '.5', '.'],
    ['SCIENTIFIC', '1e-9', '1e'],
    ['BASE16NUM', '0xDEADbeef', '0xG'],
    ['BOOLEAN', 'True', 'yes'],
    ['QUOTEDSTRING', '"a \\" b"', '"a'],
    ['UUID', '123e4567-e89b-12d3-a456-426614174000', '123e4567'],
    ['SEMVER', '1.2.3-rc.1+build.5', '1.2'],
    ['EMAILADDRESS', 'a.b+c@example.org', 'a@'],
    ['IPV4', '192.0.2.1', '192.0.2'],
    ['IPV6', '2001:db8::1', '2001'],
    ['IPV6', '::ffff:192.0.2.1', ':'],
    ['IP', 'fe80::1%eth0', 'x'],
    ['HOSTNAME', 'www.example-1.org', '-a'],
    ['HOSTPORT', 'db.local:5432', 'db.local'],
    ['MAC', '00:1b:44:11:3a:b7', '00:1b'],
    ['MAC', '001b.4411.3ab7', '001b.4411'],
    ['CIDR', '10.0.0.0/8', '10.0.0.0'],
    ['UNIXPATH', '/var/log/x.log', 'var'],
    ['WINPATH', 'C:\\Windows\\x.dll', '/c'],
    ['TTY', '/dev/pts/3', '/dev/sda'],
    ['URI', 'https://user@example.org:8443/a/b?c=d', '/a'],
    ['URIPATHPARAM', '/a/b?c=d&e', 'a'],
    ['LOGLEVEL', 'WARNING', 'WARNINGS'],
    ['LOGLEVEL', 'err', 'er'],
    ['LOGLEVEL', 'Emergency', 'Emer'],
    ['LOGLEVEL', 'alert', 'al'],
    ['MONTH', 'September', 'Sept'],
    ['MONTHNUM', '12', '13'],
    ['MONTHDAY', '31', '32'],
    ['DAY', 'Tue', 'Tu'],
    ['TIME', '23:59:60.123', '24:00'],
    ['DATE_US', '12/31/2025', '13/1/2025'],
    ['DATE_EU', '31.12.2025', '12/31/2025'],
    ['TIMESTAMP_ISO8601', '2025-01-02T03:04:05.678+01:00', '2025-13-02T03:04'],
    ['TIMESTAMP_ISO8601', '2025-01-02 03:04:05,678', '2025-01-02'],
    ['DATESTAMP_RFC2822', 'Tue, 10 Oct 2000 13:55:36 +0200', 'Tue'],
    ['HTTPDATE', '10/Oct/2000:13:55:36 -0700', '10/Oct/2000'],
    ['SYSLOGTIMESTAMP', 'Jan  2 03:04:05', '2 Jan'],
    ['JAVACLASS', 'org.example.Main$1', '1x'],
    ['DURATION', '1.5ms', '1.5'],
    ['BYTESIZE', '4KiB', '4K'],
    ['CISCOTAG', 'SYS-5-CONFIG_I', 'SYS'],
    ['JAVASTACKTRACEPART', 'at org.example.Main.run(Main.java:17)', 'at x'],
  ];
  for (const [name, good, bad] of examples) {
    it(`${name} matches ${good} and not ${bad}`, () => {
      const pattern = compileGrok(`^%{${name}}$`);
      assert.notEqual(pattern.match(good), 'none');
      assert.equal(pattern.match(bad), 'none');
    });
  }

  it('read whole lines', () => {
    const rows: readonly (readonly [string, string, object])[] = [
      [
        'SYSLOGLINE',
        'Mar  1 18:46:11 fw1 sshd[7]: hello',
        { timestamp: 'Mar  1 18:46:11', host: 'fw1', component: 'sshd', pid: 7, message: 'hello' },
      ],
      [
        'LOG4J',
        '2025-01-02 03:04:05,678 WARN  [main] org.example.Main - slow',
        {
          timestamp: '2025-01-02 03:04:05,678',
          level: 'WARN',
          thread: 'main',
          component: 'org.example.Main',
          message: 'slow',
        },
      ],
      [
        'NGINXERROR',
        '2025/01/02 03:04:05 [error] 12#0: *4 no live upstreams',
        {
          timestamp: '2025/01/02 03:04:05',
          level: 'error',
          pid: 12,
          tid: 0,
          connection: 4,
          message: 'no live upstreams',
        },
      ],
      [
        'POSTGRESQL',
        '2025-01-02 03:04:05.678 UTC [42] app@shop ERROR:  deadlock detected',
        {
          timestamp: '2025-01-02 03:04:05.678',
          zone: 'UTC',
          pid: 42,
          user_id: 'app',
          database: 'shop',
          level: 'ERROR',
          message: 'deadlock detected',
        },
      ],
      [
        'IPTABLES',
        'IN=eth0 OUT= MAC=00:11 SRC=192.0.2.1 DST=192.0.2.2 LEN=40',
        { in: 'eth0', mac: '00:11', source_ip: '192.0.2.1', target_ip: '192.0.2.2', length: 40 },
      ],
      [
        'RUBY_LOGGER',
        'I, [2025-01-02T03:04:05.678901 #99]  INFO -- app: up',
        {
          timestamp: '2025-01-02T03:04:05.678901',
          pid: 99,
          level: 'INFO',
          component: 'app',
          message: 'up',
        },
      ],
    ];
    for (const [name, line, expected] of rows)
      assert.deepEqual(fields(`^%{${name}}$`, line), expected, name);
  });

  it('become records whose times and levels are understood', () => {
    const parser = createGrokParser({
      id: 'web',
      patterns: [compileGrok('^%{COMBINEDAPACHELOG}')],
    });
    const record = parser.parse(
      '192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 503 23 "-" "x"',
      { receivedAt: 1 },
    );
    assert.equal(record?.timestamp, Date.UTC(2000, 9, 10, 20, 55, 36));
    assert.deepEqual([record.level, record.user_id, record.service], ['ERROR', 'frank', 'web']);
  });
});

describe('the stepping matcher', (it) => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '\\d',
    '\\b',
    '^',
    '$',
    'ab',
    '(?:a|b)',
    '(?:a|ab)',
    '(?!a)',
    '(?<=b)',
  );
  const tree = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 3 },
      atom,
      fc.tuple(tie('pattern'), tie('pattern')).map(([x, y]) => `${x}${y}`),
      fc.tuple(tie('pattern'), tie('pattern')).map(([x, y]) => `(?:${x}|${y})`),
      fc
        .tuple(
          fc.constantFrom('a', '[ab]', '.'),
          tie('pattern'),
          fc.constantFrom('*', '+', '?', '*?', '+?', '{2}', '{1,2}', '{0,2}?'),
        )
        .map(([c, x, q]) => `(?:${c}${x}|b)${q}`),
    ),
  })).pattern;

  it('finds what RegExp finds', () => {
    fc.assert(
      fc.property(
        tree,
        tree,
        fc.string({ unit: fc.constantFrom('a', 'b', '1', '-'), maxLength: 12 }),
        (x, y, line) => {
          const parsed = parsePattern(`(?<m>${x})(?<n>${y})`, new Map());
          const native = new RegExp(nativeSource(parsed)).exec(line);
          const slots = new SteppingMatcher(compileProgram(parsed)).match(line, 1_000_000);
          const found =
            typeof slots === 'string'
              ? undefined
              : [0, 1].map((k) => line.slice(slots[2 * k], slots[2 * k + 1]));
          assert.deepEqual(found, native === null ? undefined : [native[1], native[2]]);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('agrees with RegExp on long lines, for which a pattern changes over', () => {
    const pattern = compileGrok('%{WORD:a} %{DATA:b};%{GREEDYDATA:c}');
    const line = `## one ${'x'.repeat(pattern.nativeLength)};rest`;
    assert.deepEqual(pattern.match(line), {
      a: 'one',
      b: 'x'.repeat(pattern.nativeLength),
      c: 'rest',
    });
  });
});
