// Imports a generated file of a million lines into a site, as a person would:
// the command in one process, the site in another, both on this machine.
// Prints lines per second end to end, until all is in the store, beside a
// plain read and split of the same file.
// Usage: bench import [--json] [--lines n] [--format openssh|nginx|json] [--as parser]
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import Table from 'cli-table3';
import { projectRoot } from '../src/core/root.ts';
import type { Ledger } from '../src/model/ledger.ts';
import { ask, forkBuilt, nextMessage } from './support/built.ts';
import { round } from './support/figures.ts';
import { DEVICE_PUBLIC_KEY } from './support/load.ts';
import type { ServerFigures, ServerReady, ServerStart } from './support/pipeline-server.ts';
import { seeded } from './support/records.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    lines: { type: 'string', default: '1000000' },
    format: { type: 'string', default: 'openssh' },
    as: { type: 'string', default: 'auto' },
  },
});
const lines = Number(values.lines);
const folder = mkdtempSync(join(tmpdir(), 'wk-bench-import-'));
const file = join(folder, 'past.log');
const bytes = await generate();
const splitSeconds = await timed(split);
const server = await forkBuilt('pipeline-server', []);
const start: ServerStart = { mode: 'site', devices: 0, publicKey: DEVICE_PUBLIC_KEY };
server.send(start);
const { port, token } = await nextMessage<ServerReady>(server);
const before = await ask<ServerFigures>(server, { ask: 'figures' });
const began = performance.now();
const summary = await runImport();
const commandSeconds = (performance.now() - began) / 1000;
const after = await allStored();
const seconds = (performance.now() - began) / 1000;
server.send({ ask: 'stop' });
await once(server, 'exit');
rmSync(folder, { recursive: true, force: true });

const ledger = after.ledger as Ledger;
const isWhole = after.isBalanced && ledger.storedRecords === lines && summary.accepted === lines;
const figures = {
  lines,
  bytes,
  seconds,
  commandSeconds,
  linesPerSecond: lines / seconds,
  siteCpuSeconds: (after.cpuMs - before.cpuMs) / 1000,
  siteRssBytes: after.rssBytes,
  splitSeconds,
  timesSplit: seconds / splitSeconds,
  unparsed: summary.unparsed,
  isWhole,
};
const table = new Table();
table.push(
  ['lines', lines.toLocaleString('en')],
  ['format, read as', `${values.format}, ${values.as}`],
  ['seconds until all is stored', round(seconds)],
  ['of them the command ran', round(commandSeconds)],
  ['lines per second', Math.round(figures.linesPerSecond).toLocaleString('en')],
  ['CPU seconds of the site', round(figures.siteCpuSeconds)],
  ['resident memory of the site', `${Math.round(after.rssBytes / 1e6)} MB`],
  ['plain read and split, seconds', round(splitSeconds)],
  ['times as long as that', round(figures.timesSplit)],
  ['kept whole', summary.unparsed],
  ['every line stored once, ledger balances', isWhole ? 'yes' : 'NO'],
);
console.log('Import of a log file');
console.log(table.toString());
if (values.json === true) console.log(JSON.stringify(figures));
process.exit(isWhole ? 0 : 1);

/** A cell reaches the store at the next tick. */
async function allStored(): Promise<ServerFigures> {
  for (;;) {
    const now = await ask<ServerFigures>(server, { ask: 'settle' });
    if ((now.ledger as Ledger).pending === 0) return now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface Summary {
  readonly accepted: number;
  readonly unparsed: number;
}

async function runImport(): Promise<Summary> {
  const program = join(projectRoot(), 'dist', 'js', 'cli', 'main.js');
  const url = `http://127.0.0.1:${port}`;
  const args = ['import', file, '--as', values.as, '--url', url, '--token', token, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args]);
  const { files } = JSON.parse(stdout) as { readonly files: readonly Summary[] };
  return files[0] ?? { accepted: 0, unparsed: 0 };
}

async function generate(): Promise<number> {
  const random = seeded(11);
  const out = createWriteStream(file);
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? '';
  let written = 0;
  for (let at = 0; at < lines; at += 5_000) {
    const some = Array.from({ length: Math.min(5_000, lines - at) }, (_, index) =>
      lineOf(at + index, pick),
    ).join('');
    written += Buffer.byteLength(some);
    if (!out.write(some)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  return written;
}

function lineOf(index: number, pick: (from: readonly string[]) => string): string {
  const time = new Date(Date.UTC(2021, 2, 3) + index * 40);
  const user = pick(['root', 'admin', 'alice', 'oracle', 'git']);
  const address = `10.${index % 7}.${index % 251}.${index % 239}`;
  if (values.format === 'json') {
    const fields = { time: time.toISOString(), level: 'info', service: 'shop', user, index };
    return `${JSON.stringify({ ...fields, msg: `order ${index} of ${user} paid` })}\n`;
  }
  const [month, day, clock] = [time.toUTCString().slice(8, 11), time.getUTCDate(), hms(time)];
  if (values.format === 'nginx') {
    const stamp = `${String(day).padStart(2, '0')}/${month}/2021:${clock} +0000`;
    return `${address} - ${user} [${stamp}] "GET /item/${index % 9973} HTTP/1.1" 200 ${index % 5000} "-" "curl/8.5"\n`;
  }
  const head = `${month} ${String(day).padStart(2, ' ')} ${clock} host sshd[${index % 32768}]:`;
  return `${head} Failed password for ${user} from ${address} port ${40_000 + (index % 9_000)} ssh2\n`;
}

function hms(time: Date): string {
  return time.toISOString().slice(11, 19);
}

async function split(): Promise<void> {
  let count = 0;
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8')) {
    const parts = (rest + (chunk as string)).split('\n');
    rest = parts.pop() ?? '';
    count += parts.length;
  }
  if (count !== lines) throw new Error('The generated file has another number of lines.');
}

async function timed(action: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await action();
  return (performance.now() - from) / 1000;
}
