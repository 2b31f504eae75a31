import assert from 'node:assert/strict';

import { compileFilter, readWireRecord } from '../../../src/core/filter/compile-filter.ts';
import { formatFilter } from '../../../src/core/filter/format-filter.ts';
import { parseFilter } from '../../../src/core/filter/parse-filter.ts';
import { DEFAULT_REDACTION } from '../../../src/security/redaction/rules.ts';
import { createRedactor } from '../../../src/security/redaction/redactor.ts';
import { compileGrok } from '../../../src/wire/parsers/grok/grok.ts';
import { LINE_PARSERS } from '../../../src/wire/parsers/registry.ts';
import { jsonRecords } from './records.ts';
import { textMutators } from '../mutators/text.ts';
import { MARKER, type FuzzTarget } from '../target.ts';

const text = (input: Uint8Array): string => Buffer.from(input).toString();
const receivedAt = Date.UTC(2026, 0, 1, 12);

export const LINES = [
  '<34>1 2026-01-01T12:00:00.003Z host app 12 ID47 [a@32473 iut="3" x="y\\"z"] An event',
  '<13>Jan  1 12:00:00 host sshd[24200]: Failed password for invalid user webmaster from 173.234.31.186 port 38926 ssh2',
  'CEF:0|Vendor|Product|1.0|100|worm \\| stopped|10|src=10.0.0.1 dst=2.1.2.2 msg=a\\=b cs1Label=x cs1=y',
  'LEEF:2.0|Vendor|Product|1.0|15345|^|cat=login^src=1.2.3.4^usrName=ann',
  '127.0.0.1 - frank [10/Oct/2025:13:55:36 -0700] "GET /a?b=c HTTP/1.0" 200 2326 "http://x/" "Mozilla/4.08" 0.123',
  '[Sun Dec 04 04:47:44 2005] [error] [client 1.2.3.4] mod_jk child workerEnv in error state 6',
  '2026/01/01 12:00:00 [error] 31#31: *1 open() "/x" failed (2: No such file), client: 1.2.3.4, server: a',
  '{"time":"2026-01-01T12:00:00Z","level":"warn","msg":"x","service":"pay","nested":{"a":[1,2]}}',
  'ts=2026-01-01T12:00:00Z level=error msg="quoted \\"text\\"" dur=12ms user=ann',
  '03-17 16:13:38.811  1702  2395 D WindowManager: printFreezingDisplayLogsopening app wtoken',
  '20171223-22:15:29:606|Step_LSC|30002312|onStandStepChanged 3579',
  '{"__REALTIME_TIMESTAMP":"1767268800000000","PRIORITY":"3","_COMM":"sshd","MESSAGE":"x"}',
  '2026-01-01T12:00:00.000000000Z stdout F hello',
  '[10.30 16:49:06] chrome.exe - proxy.cse.cuhk.edu.hk:5070 close, 0 bytes sent, lifetime 00:01',
  '2015-07-29 17:41:44,747 - INFO  [QuorumPeer:0.0.0.0:2181:FastLeaderElection@774] - Notification',
  '2026-01-01 12:00:00,000 ERROR logger.name: Traceback (most recent call last): x',
  '[    0.000000] Linux version 5.10 (gcc) #1 SMP',
  'I0101 12:00:00.000000 1 main.go:5] started',
  `plain ${MARKER}`,
];

/** Every line parser reads every line. */
export const lineParsers: FuzzTarget = {
  seeds: LINES,
  mutators: textMutators([
    ' ',
    '[',
    ']',
    '"',
    '=',
    '|',
    ':',
    ',',
    '\\',
    '<',
    '>',
    '\t',
    '{',
    '}',
    '-',
    '(',
    '/',
  ]),
  dictionary: [
    '2026-01-01T12:00:00Z',
    'Jan  1',
    'ERROR',
    '<191>',
    '127.0.0.1',
    '9999999999999999',
    '\\"',
  ],
  run: (input) =>
    LINE_PARSERS.map(({ parse }) => {
      const record = parse(text(input), { receivedAt });
      if (record === undefined) return undefined;
      // What a parser makes, the schema accepts.
      const read = jsonRecords.run(Buffer.from(JSON.stringify([record]))) as { accepted: number };
      if (!JSON.stringify(record).includes('null'))
        assert.equal(read.accepted, 1, JSON.stringify(read));
      return record;
    }),
};

const redactor = createRedactor({ rules: DEFAULT_REDACTION, secret: new Uint8Array(32).fill(3) });

export const redaction: FuzzTarget = {
  // Who redacts does so once; redacting again and finding are this target's own.
  patience: 2.5,
  seeds: [
    `password=hunter2 ${MARKER} token: "abc" Authorization: Bearer eyJhbGciOi.eyJzdWIi.c2ln`,
    'card 4111 1111 1111 1111 mail ann@example.org call +49 30 1234567 ssn 123-45-6789',
    '{"password":"x","api_key":"AKIAIOSFODNN7EXAMPLE"} -----BEGIN PRIVATE KEY-----abc 2001:db8::1',
    'https://user:secret@host/path?token=abc&x=y IBAN DE89 3704 0044 0532 0130 00',
  ],
  mutators: textMutators([
    '=',
    ':',
    '"',
    ' ',
    '@',
    '.',
    '-',
    ',',
    '&',
    'password=',
    'Bearer ',
    '{',
    '[',
  ]),
  dictionary: ['password', 'secret', 'token', '4111111111111111', '@', '://', '::', 'passwd='],
  run: (input) => {
    const once = redactor.text(text(input));
    assert.equal(redactor.text(once), once, 'a second pass takes out more');
    return [once, redactor.find(text(input))];
  },
};

/** A pattern, a line break, and a line to match. */
export const grok: FuzzTarget = {
  seeds: [
    `%{IP:client} %{WORD:method} %{NUMBER:ms:int}\n1.2.3.4 GET 12`,
    `^%{SYSLOGBASE} %{GREEDYDATA:message}\nJan  1 12:00:00 host app[1]: ${MARKER}`,
    '(?<a>[a-z]+)(b|c){2,3}?\\d*\nabcb12',
    `%{COMBINEDAPACHELOG}\n${LINES[4] ?? ''}`,
  ],
  mutators: textMutators([
    '(',
    ')',
    '+',
    '*',
    '?',
    '{1,9}',
    '|',
    '[^a]',
    '.*',
    '(.*)*',
    '\\w',
    '$',
    '^',
    '%{DATA}',
    '%{WORD:x}',
  ]),
  dictionary: ['(a+)+$', '%{GREEDYDATA}', '(?=', '(?<n>', '\\1', '{65536}', '[[:alpha:]]'],
  quotes: true,
  run(input) {
    const [pattern = '', line = ''] = text(input).split('\n', 2);
    return compileGrok(pattern).match(line);
  },
};

const RECORD = {
  timestamp: 5,
  level: 'ERROR',
  service: 'payment',
  message: MARKER,
  duration_ms: 600,
};

export const filter: FuzzTarget = {
  seeds: [
    'service:payment level>=ERROR "declined" -path:/health duration_ms>500',
    '(a OR b) AND NOT c service:(x OR y) message:~"a" attributes.x:1..5',
    `"${MARKER}" user_id:ann* -level:DEBUG`,
  ],
  mutators: textMutators([
    ' ',
    '(',
    ')',
    ':',
    '>',
    '<',
    '=',
    '"',
    '-',
    'AND ',
    'OR ',
    'NOT ',
    '*',
    '..',
    '~',
  ]),
  dictionary: ['service:', 'level>=', 'OR', 'AND', 'NOT', '-', '"', '*'],
  quotes: true,
  run(input) {
    const parsed = parseFilter(text(input));
    const written = formatFilter(parsed);
    assert.equal(formatFilter(parseFilter(written)), written);
    return compileFilter(parsed, readWireRecord)(RECORD as never);
  },
};
