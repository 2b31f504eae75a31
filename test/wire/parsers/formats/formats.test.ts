import assert from 'node:assert/strict';
import type { WireRecord } from '../../../../src/model/wire-record.ts';
import { findLineParser } from '../../../../src/wire/parsers/registry.ts';
import { describe } from '../../../support/suite.ts';

const receivedAt = Date.UTC(2026, 0, 1);
const at = (text: string): number => Date.parse(text);
const parse = (id: string, line: string): WireRecord | undefined =>
  findLineParser(id)?.parse(line, { receivedAt });

/** Parser, line, what its record must hold (attributes among it, those alone that are named). */
type Row = readonly [id: string, line: string, expected: Partial<WireRecord>];

const ROWS: readonly Row[] = [
  [
    'json',
    '{"level":30,"time":1735689600000,"pid":1,"hostname":"h","name":"pay","msg":"up","reqId":"r1"}',
    {
      timestamp: 1735689600000,
      level: 'INFO',
      service: 'pay',
      message: 'up',
      request_id: 'r1',
      attributes: { severity_text: 30, pid: 1, hostname: 'h' },
    },
  ],
  ['json', '{"levelno":30,"msg":"python"}', { level: 'WARNING' }],
  [
    'json',
    '{"severity_number":18,"body":"otel","timestamp":"2025-01-01T00:00:00Z"}',
    { level: 'CRITICAL', message: 'otel' },
  ],
  [
    'json',
    '{"version":"1.1","host":"web1","short_message":"full","level":3,"timestamp":1735689600.25,"_user_id":"u1"}',
    { timestamp: 1735689600250, level: 'ERROR', service: 'web1', message: 'full', user_id: 'u1' },
  ],
  [
    'json',
    '{"@timestamp":"2025-01-01T00:00:00.000Z","log":{"level":"warn"},"message":"m","service":{"name":"pay"},"event":{"duration":1500000},"user":{"id":"u1"},"error":{"code":"E7"}}',
    { level: 'WARNING', service: 'pay', duration_ms: 1.5, user_id: 'u1', error_code: 'E7' },
  ],
  [
    'json',
    '{"level":"notice","msg":"kept word"}',
    { level: 'INFO', attributes: { severity_text: 'notice' } },
  ],
  [
    'json',
    '{"status":503,"path":"/x"}',
    { level: 'ERROR', service: 'json', attributes: { status: 503, path: '/x' } },
  ],
  [
    'json',
    '{"msg":"odd","service":"my shop","user":"a b","duration":5,"level":"loud"}',
    {
      service: 'my-shop',
      attributes: { service_original: 'my shop', user: 'a b', duration: 5, level: 'loud' },
    },
  ],
  ['json', '{"msg":"proto","__proto__":{"x":1}}', { attributes: { _proto_: { x: 1 } } }],
  [
    'logfmt',
    'level=info msg="user logged in" user_id=42 ok=true n=3.5 id=007 flag',
    {
      level: 'INFO',
      message: 'user logged in',
      user_id: '42',
      attributes: { ok: true, n: 3.5, id: '007', flag: true },
    },
  ],
  ['logfmt', 'a=1 a=2 b=3', { attributes: { a: [1, 2], b: 3 } }],
  [
    'apache-access',
    'www.example.org:443 192.0.2.1 - "a b" [10/Oct/2000:13:55:36 -0700] "POST /u/7?x=1 HTTP/2.0" 401 -',
    {
      timestamp: at('2000-10-10T20:55:36Z'),
      level: 'WARNING',
      error_code: 'HTTP_401',
      attributes: {
        host: 'www.example.org:443',
        client_ip: '192.0.2.1',
        method: 'POST',
        path: '/u/7',
        route: '/u/:id',
        query: 'x=1',
        protocol: 'HTTP/2.0',
        status: 401,
        user: 'a b',
      },
    },
  ],
  [
    'apache-access',
    '192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5 "-" "x" 1500',
    { duration_ms: 1.5 },
  ],
  [
    'nginx',
    '192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5 "-" "x" "-" rt=0.250 uct=0.01',
    { duration_ms: 250, attributes: { more: '"-" rt=0.250 uct=0.01' } },
  ],
  [
    'nginx-error',
    '2025/01/02 03:04:05 [error] 12#34: *56 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: example.org, request: "GET /a HTTP/1.1", upstream: "http://127.0.0.1:8080/a", host: "example.org"',
    {
      timestamp: at('2025-01-02T03:04:05Z'),
      level: 'ERROR',
      error_code: 'ERRNO_111',
      attributes: {
        pid: 12,
        tid: 34,
        connection: 56,
        client_ip: '192.0.2.1',
        server: 'example.org',
        request: 'GET /a HTTP/1.1',
        upstream: 'http://127.0.0.1:8080/a',
        host: 'example.org',
      },
    },
  ],
  [
    'apache',
    '[Wed Oct 11 14:32:52.123456 2023] [core:error] [pid 35708:tid 43] [client 192.0.2.9:5678] AH00128: File does not exist: /x',
    {
      timestamp: at('2023-10-11T14:32:52.123Z'),
      level: 'ERROR',
      error_code: 'AH00128',
      attributes: {
        module: 'core',
        pid: 35708,
        tid: 43,
        client_ip: '192.0.2.9',
        client_port: 5678,
      },
    },
  ],
  [
    'journald',
    '{"__REALTIME_TIMESTAMP":"1735689600123456","__CURSOR":"s=1","PRIORITY":"3","SYSLOG_IDENTIFIER":"nginx","_PID":"77","_HOSTNAME":"web1","_SYSTEMD_UNIT":"nginx.service","MESSAGE":"no upstream","_UID":"0"}',
    {
      timestamp: 1735689600123,
      level: 'ERROR',
      service: 'nginx',
      message: 'no upstream',
      attributes: { host: 'web1', pid: 77, unit: 'nginx.service', _UID: '0', component: 'nginx' },
    },
  ],
  [
    'journald',
    '{"__REALTIME_TIMESTAMP":"1735689600000000","PRIORITY":"6","SYSLOG_IDENTIFIER":"x","MESSAGE":[27,91,49,109,104,105,255]}',
    { message: '\u001b[1mhi\uFFFD', level: 'INFO' },
  ],
  [
    'journald',
    '{"__REALTIME_TIMESTAMP":"1735689600000000","MESSAGE":null,"_COMM":"big"}',
    { message: '', service: 'big', attributes: { message_left_out: true } },
  ],
  [
    'journald',
    '{"__REALTIME_TIMESTAMP":"1735689600000000","PRIORITY":"6","SYSLOG_IDENTIFIER":"sshd","MESSAGE":["Failed password for root from 192.0.2.7 port 22 ssh2","again"]}',
    {
      level: 'ERROR',
      user_id: 'root',
      error_code: 'AUTH_FAILED',
      attributes: { severity_text: 'info', source_ip: '192.0.2.7' },
    },
  ],
  [
    'cri',
    '2025-01-02T03:04:05.123456789Z stderr F {"level":"error","msg":"boom","service":"pay"}',
    {
      timestamp: at('2025-01-02T03:04:05.123Z'),
      level: 'ERROR',
      service: 'pay',
      message: 'boom',
      attributes: { stream: 'stderr' },
    },
  ],
  [
    'cri',
    '2025-01-02T03:04:05Z stdout P half a li',
    { message: 'half a li', service: 'container', attributes: { partial: true } },
  ],
  [
    'docker',
    '{"log":"level=warn msg=slow\\n","stream":"stdout","time":"2025-01-02T03:04:05.5Z"}',
    {
      level: 'WARNING',
      message: 'slow',
      timestamp: at('2025-01-02T03:04:05.5Z'),
      attributes: { stream: 'stdout' },
    },
  ],
  [
    'log4j',
    '2025-01-02 03:04:05,678 INFO  [main] com.example.Main - started in 5 s',
    {
      timestamp: at('2025-01-02T03:04:05.678Z'),
      level: 'INFO',
      message: 'started in 5 s',
      attributes: { thread: 'main', component: 'com.example.Main' },
    },
  ],
  [
    'log4j',
    '2025-01-02 03:04:05.678 [http-1] ERROR c.e.Main - x',
    { level: 'ERROR', attributes: { thread: 'http-1', component: 'c.e.Main' }, message: 'x' },
  ],
  [
    'log4j',
    '2025-01-02T03:04:05.678+01:00  WARN 4711 --- [           main] o.s.b.Application   : slow',
    {
      timestamp: at('2025-01-02T02:04:05.678Z'),
      level: 'WARNING',
      message: 'slow',
      attributes: { pid: 4711, thread: 'main', component: 'o.s.b.Application' },
    },
  ],
  [
    'log4j',
    '2025-01-02 03:04:05,678 FATAL org.apache.Main: gone',
    {
      level: 'CRITICAL',
      message: 'gone',
      attributes: { severity_text: 'FATAL', component: 'org.apache.Main' },
    },
  ],
  [
    'python',
    'WARNING:root:disk is full',
    {
      timestamp: receivedAt,
      level: 'WARNING',
      message: 'disk is full',
      attributes: { component: 'root' },
    },
  ],
  [
    'python',
    '2025-01-02 03:04:05,678 - app.db - ERROR - lost: 5',
    {
      timestamp: at('2025-01-02T03:04:05.678Z'),
      level: 'ERROR',
      message: 'lost: 5',
      attributes: { component: 'app.db' },
    },
  ],
  [
    'go',
    '2009/11/10 23:00:00.123456 main.go:23: hello',
    {
      timestamp: at('2009-11-10T23:00:00.123Z'),
      message: 'hello',
      attributes: { file: 'main.go', line: 23 },
    },
  ],
  [
    'dmesg',
    '[    5.140900] usb 1-1: device not accepting address 5, error -71',
    { timestamp: receivedAt, level: 'ERROR', attributes: { uptime_s: 5.1409 } },
  ],
  ['dmesg', '<4>[    5.140900] x', { level: 'WARNING', attributes: { facility: 'kern' } }],
  [
    'dmesg',
    'kern  :crit  : [    5.1409] x',
    { level: 'CRITICAL', attributes: { facility: 'kern' } },
  ],
  [
    'dmesg',
    '[Mon Jan  1 00:00:00 2024] eth0 up',
    { timestamp: at('2024-01-01T00:00:00Z'), message: 'eth0 up' },
  ],
  [
    'dmesg',
    '6,339,5140900,-;NET: Registered',
    { level: 'INFO', message: 'NET: Registered', attributes: { sequence: 339, uptime_s: 5.1409 } },
  ],
  [
    'cef',
    'CEF:0|Vendor\\|Inc|FW\\\\2|1.0|100|Port scan|9|src=10.0.0.1 dst=2.1.2.2 spt=1232 suser=eve msg=two words \\= one\\nline rt=1735689600000 cs1Label=Rule Name cs1=r 1',
    {
      timestamp: 1735689600000,
      level: 'CRITICAL',
      service: 'cef',
      user_id: 'eve',
      message: 'two words = one\nline',
      attributes: {
        vendor: 'Vendor|Inc',
        product: 'FW\\2',
        event_class: '100',
        event_name: 'Port scan',
        severity_text: '9',
        source_ip: '10.0.0.1',
        spt: '1232',
        cs1Label: 'Rule Name',
        cs1: 'r 1',
      },
    },
  ],
  [
    'cef',
    'CEF:0|V|P|1|7|Worm stopped|Low|rt=Sep 19 2025 08:26:10.250 UTC',
    { timestamp: at('2025-09-19T08:26:10.250Z'), level: 'INFO', message: 'Worm stopped' },
  ],
  [
    'leef',
    'LEEF:1.0|Microsoft|MSExchange|4.0 SP1|15345|src=192.0.2.0\tdst=172.50.123.1\tsev=5\tcat=anomaly\tusrName=joe',
    {
      level: 'WARNING',
      user_id: 'joe',
      message: '15345 anomaly',
      attributes: {
        source_ip: '192.0.2.0',
        severity_text: '5',
        vendor: 'Microsoft',
        cat: 'anomaly',
      },
    },
  ],
  [
    'leef',
    'LEEF:2.0|Lancope|StealthWatch|1.0|41|^|src=192.0.2.0^dst=172.50.123.1^sev=8',
    { level: 'ERROR', attributes: { src: '192.0.2.0', dst: '172.50.123.1' } },
  ],
  [
    'leef',
    'LEEF:2.0|V|P|1|9|x5E|src=192.0.2.0^sev=1',
    { attributes: { src: '192.0.2.0', sev: '1' } },
  ],
  ['leef', 'LEEF:2.0|V|P|1|9|src=192.0.2.0\tsev=1', { attributes: { src: '192.0.2.0', sev: '1' } }],
];

describe('line formats', (it) => {
  for (const [id, line, expected] of ROWS) {
    it(`${id} reads ${line.slice(0, 60)}`, () => {
      const record = parse(id, line);
      assert.ok(record);
      const { attributes = {}, ...own } = expected;
      for (const [key, value] of Object.entries(own))
        assert.deepEqual(record[key as keyof WireRecord], value, key);
      for (const [key, value] of Object.entries(attributes))
        assert.deepEqual(record.attributes?.[key], value, key);
    });
  }

  const strangers: readonly (readonly [string, string])[] = [
    ['json', '[1]x'],
    ['json', '{"a":'],
    ['json', 'null'],
    ['logfmt', 'just words'],
    ['logfmt', 'a=1'],
    ['logfmt', 'a="x b=2'],
    ['nginx', '192.0.2.1 - - [32/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5'],
    ['nginx', '192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5x'],
    ['nginx-error', '2025/01/02 03:04:05 [loud] 1#1: x'],
    ['journald', '{"MESSAGE":"x"}'],
    ['cri', '2025-01-02T03:04:05Z stdin F x'],
    ['docker', '{"log":5,"time":"x"}'],
    ['log4j', '2025-01-02 03:04:05,678 no level'],
    ['python', 'LOUD:root:x'],
    ['go', '2009/13/10 23:00:00 x'],
    ['dmesg', '[x] y'],
    ['dmesg', '999,1,1,-;x'],
    ['cef', 'CEF:0|a|b|c'],
    ['cef', 'CEF:x|a|b|c|d|e|1|'],
    ['leef', 'LEEF:3.0|a|b|c|d|'],
    ['leef', 'LEEF:1.0|a|b'],
    ['rfc5424', '<34>2 - - - - - -'],
    ['text', ''],
  ];
  for (const [id, line] of strangers) {
    it(`${id} leaves to others: ${line.slice(0, 40)}`, () => {
      assert.equal(parse(id, line), undefined);
    });
  }
});
