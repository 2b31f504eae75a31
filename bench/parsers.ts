// Lines per second of each parser, of detection and of grok, beside plainly splitting the same lines at blanks.
// Usage: node --import tsx bench/parsers.ts [--json]
// Lines are made here; with shared/data beside the project (or WATCHKEEPER_DATA) the public log sets are read too.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { projectRoot } from '../src/core/root.ts';
import { createGrokParser } from '../src/wire/parsers/grok/grok-parser.ts';
import { compileGrok } from '../src/wire/parsers/grok/grok.ts';
import type { LineParser } from '../src/wire/parsers/line-parser.ts';
import { AUTO_PARSERS, findLineParser } from '../src/wire/parsers/registry.ts';
import { createFrameReader } from '../src/wire/parsers/syslog/frame-reader.ts';
import { createSourceParser } from '../src/wire/parsers/source/source-parser.ts';
import { round } from './support/figures.ts';

const RECEIVED_AT = Date.UTC(2026, 0, 1);
const COUNT = 20_000;
const ROUNDS = 5;

interface Load {
  readonly name: string;
  readonly lines: readonly string[];
  readonly parse: (line: string) => unknown;
}

const two = (value: number): string => String(value).padStart(2, '0');
const clock = (i: number): string => `${two(i % 24)}:${two(i % 60)}:${two((i * 7) % 60)}`;

const MADE: Readonly<Record<string, (i: number) => string>> = {
  json: (i) =>
    `{"time":"2025-06-01T${clock(i)}.123Z","level":"info","service":"pay","msg":"paid order ${i}","userId":"u${i % 50}","duration_ms":${i % 900},"amount":${i}}`,
  logfmt: (i) =>
    `ts=2025-06-01T${clock(i)}.123Z level=info service=pay msg="paid order ${i}" user=u${i % 50} duration=${i % 900}ms amount=${i}`,
  nginx: (i) =>
    `192.0.2.${i % 250} - u${i % 50} [01/Jun/2025:${clock(i)} +0000] "GET /orders/${i}?page=2 HTTP/1.1" ${i % 9 === 0 ? 503 : 200} ${i} "https://example.org/" "Mozilla/5.0 (X11; Linux x86_64)" 0.${i % 900}`,
  'nginx-error': (i) =>
    `2025/06/01 ${clock(i)} [error] 12#34: *${i} connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: example.org, request: "GET /${i} HTTP/1.1"`,
  syslog: (i) =>
    `Jun  1 ${clock(i)} web1 sshd[${i}]: Failed password for invalid user u${i % 50} from 192.0.2.7 port ${i} ssh2`,
  rfc3164: (i) => `<38>Jun  1 ${clock(i)} web1 cron[${i}]: (root) CMD (run-parts /etc/cron.hourly)`,
  rfc5424: (i) =>
    `<165>1 2025-06-01T${clock(i)}.003Z web1 app ${i} ID47 [origin@32473 ip="192.0.2.1" seq="${i}"] order ${i} was paid`,
  cef: (i) =>
    `CEF:0|Vendor|FW|1.0|100|Connection denied|7|src=10.0.0.${i % 250} dst=2.1.2.2 spt=${i} suser=u${i % 50} msg=policy 17 denied it`,
  leef: (i) =>
    `LEEF:2.0|V|P|1|41|^|src=192.0.2.${i % 250}^dst=172.50.123.1^sev=5^usrName=u${i % 50}`,
  journald: (i) =>
    `{"__REALTIME_TIMESTAMP":"${1_748_736_000_000_000 + i}","__CURSOR":"s=1;i=${i}","PRIORITY":"6","SYSLOG_IDENTIFIER":"systemd","_PID":"1","_HOSTNAME":"web1","_UID":"0","_SYSTEMD_UNIT":"init.scope","MESSAGE":"Started session ${i} of root."}`,
  cri: (i) => `2025-06-01T${clock(i)}.123456789Z stdout F level=info msg="paid order" id=${i}`,
  docker: (i) =>
    `{"log":"plain text of order ${i}\\n","stream":"stdout","time":"2025-06-01T${clock(i)}.123456789Z"}`,
  log4j: (i) =>
    `2025-06-01 ${clock(i)},123 INFO  [http-${i % 9}] com.example.Orders - paid order ${i}`,
  python: (i) => `2025-06-01 ${clock(i)},123 - app.orders - INFO - paid order ${i}`,
  go: (i) => `2025/06/01 ${clock(i)} orders.go:23: paid order ${i}`,
  dmesg: (i) => `[${String(i).padStart(5)}.140900] usb 1-1: new high-speed device number ${i}`,
};

/** The public log sets, when they are there; never part of the project. */
const SETS: Readonly<Record<string, string>> = {
  Android: 'android',
  Apache: 'apache',
  HDFS: 'hdfs',
  HealthApp: 'healthapp',
  Linux: 'syslog',
  OpenSSH: 'openssh',
  OpenStack: 'openstack',
  Proxifier: 'proxifier',
  Windows: 'windows',
  Zookeeper: 'zookeeper',
};

function parserOf(id: string): LineParser {
  const parser = findLineParser(id);
  if (parser === undefined) throw new Error(`There is no parser ${id}.`);
  return parser;
}

function loads(): readonly Load[] {
  const context = { receivedAt: RECEIVED_AT };
  const made = Object.entries(MADE).map(([id, make]) => {
    const parser = parserOf(id);
    const lines = Array.from({ length: COUNT }, (_, i) => make(i));
    return { name: id, lines, parse: (line: string) => parser.parse(line, context) };
  });
  const [json, , access] = made;
  if (json === undefined || access === undefined) return made;
  const source = createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto' });
  const pattern = createGrokParser({ id: 'web', patterns: [compileGrok('^%{COMBINEDAPACHELOG}')] });
  const searched = createGrokParser({
    id: 'web',
    patterns: [compileGrok('%{DATA:a} %{DATA:b} %{DATA:c}"%{WORD:d} %{GREEDYDATA:e}$')],
  });
  return [
    ...made,
    ...setLoads(),
    { name: 'auto on json', lines: json.lines, parse: (line) => source.parse(line, RECEIVED_AT) },
    { name: 'grok, by RegExp', lines: access.lines, parse: (line) => pattern.parse(line, context) },
    { name: 'grok, in steps', lines: access.lines, parse: (line) => searched.parse(line, context) },
  ];
}

function setLoads(): readonly Load[] {
  const folder = process.env['WATCHKEEPER_DATA'] ?? join(projectRoot(), '..', 'shared', 'data');
  return Object.entries(SETS).flatMap(([set, id]) => {
    const file = join(folder, 'loghub', set, `${set}_2k.log`);
    if (!existsSync(file)) return [];
    const parser = parserOf(id);
    const lines = readFileSync(file, 'utf8')
      .split(/\r*\n/)
      .filter((line) => line !== '');
    const parse = (line: string): unknown => parser.parse(line, { receivedAt: RECEIVED_AT });
    return [{ name: `${set} (${id})`, lines, parse }];
  });
}

/** Lines per second, the best of some rounds. */
function rate(lines: readonly string[], work: (line: string) => unknown): number {
  let best = Infinity;
  let unread = 0;
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    const started = performance.now();
    for (const line of lines) if (work(line) === undefined) unread += 1;
    best = Math.min(best, performance.now() - started);
  }
  if (unread > 0) throw new Error(`${unread} lines were not read.`);
  return (lines.length / best) * 1000;
}

function frameRate(): number {
  const message = '<165>1 2025-06-01T03:04:05.003Z web1 app 1 ID47 - order 17 was paid by u-1138';
  const bytes = new TextEncoder().encode(`${message.length} ${message}`.repeat(COUNT));
  let best = Infinity;
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    const reader = createFrameReader();
    const started = performance.now();
    for (let at = 0; at < bytes.length; at += 16_384) reader.push(bytes.subarray(at, at + 16_384));
    best = Math.min(best, performance.now() - started);
  }
  return (COUNT / best) * 1000;
}

const isJson = process.argv.includes('--json');
const results = loads().map(({ name, lines, parse }) => {
  const linesPerSecond = rate(lines, parse);
  const split = rate(lines, (line) => line.split(' '));
  return {
    name,
    linesPerSecond: Math.round(linesPerSecond),
    ofSplit: round(linesPerSecond / split),
  };
});
const frames = Math.round(frameRate());
if (isJson) {
  console.log(JSON.stringify({ parsers: results, frames }));
} else {
  for (const { name, linesPerSecond, ofSplit } of results) {
    console.log(
      `${name.padEnd(24)} ${String(linesPerSecond).padStart(9)} lines/s  ${ofSplit} of split`,
    );
  }
  console.log(`${'frames (RFC 6587)'.padEnd(24)} ${String(frames).padStart(9)} messages/s`);
}
