// A site as it is meant to be used: 1,000 watches that send one vital sign a
// second over sealed WebSockets and 10 services that post logs, for 10
// minutes. Prints the balanced ledger, ack latency, memory and CPU.
// Usage: bench site [--json] [--minutes n] [--watches n] [--services n]
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { Ledger } from '../src/model/ledger.ts';
import { encodeRecords } from '../src/wire/records/encode.ts';
import { ask, forkBuilt, nextMessage } from './support/built.ts';
import { connectLines } from './support/device-line.ts';
import { quantile, round } from './support/figures.ts';
import { DEVICE_PUBLIC_KEY } from './support/load.ts';
import { paced } from './support/pace.ts';
import type { ServerFigures, ServerReady, ServerStart } from './support/pipeline-server.ts';
import { seeded, someRecords } from './support/records.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    minutes: { type: 'string', default: '10' },
    watches: { type: 'string', default: '1000' },
    services: { type: 'string', default: '10' },
  },
});
const seconds = Number(values.minutes) * 60;
const watches = Number(values.watches);
const services = Number(values.services);

const server = await forkBuilt('pipeline-server', []);
const start: ServerStart = { mode: 'site', devices: watches, publicKey: DEVICE_PUBLIC_KEY };
server.send(start);
const { port, site, token } = await nextMessage<ServerReady>(server);
const acks: number[] = [];
const lines = await connectLines({ port, site, from: 0, count: watches }, (ms) => acks.push(ms));
const before = await ask<ServerFigures>(server, { ask: 'figures' });
let maxRss = 0;
const posts: Promise<void>[] = [];
const random = seeded(5);
await Promise.all([
  paced({ perSecond: watches, seconds }, (index) => {
    lines[index % watches]?.send(vital());
  }),
  paced({ perSecond: services, seconds }, (index) => {
    posts.push(post(`service-${index % services}`));
  }),
  paced({ perSecond: 0.2, seconds }, (index) => {
    process.stderr.write(`\r${index * 5} of ${seconds} s `);
    void ask<ServerFigures>(server, { ask: 'figures' }).then(({ rssBytes }) => {
      maxRss = Math.max(maxRss, rssBytes);
    });
  }),
]);
await Promise.all(posts);
// The next tick closes the last block.
await new Promise((resolve) => setTimeout(resolve, 3000));
const after = await ask<ServerFigures>(server, { ask: 'settle' });
for (const line of lines) line.close();
server.send({ ask: 'stop' });
await new Promise((resolve) => server.once('exit', resolve));

const ledger = after.ledger as Ledger;
const lost = watches * seconds + services * seconds - ledger.stored;
const figures = {
  seconds,
  watches,
  services,
  frames_stored: ledger.stored,
  records_stored: ledger.storedRecords,
  frames_lost: lost,
  ledger_balanced: after.isBalanced && ledger.pending === 0,
  ack_p50_ms: round(quantile(acks, 0.5)),
  ack_p99_ms: round(quantile(acks, 0.99)),
  max_rss_mib: round(maxRss / 2 ** 20),
  cores: round((after.cpuMs - before.cpuMs) / 1000 / seconds),
};
process.stderr.write('\r'.padEnd(40) + '\r');
const table = new Table();
for (const [key, value] of Object.entries(figures))
  table.push([key.replaceAll('_', ' '), String(value)]);
console.log(`${watches} watches at 1 Hz and ${services} services for ${seconds} s`);
console.log(table.toString());
if (values.json === true) console.log(JSON.stringify(figures));
process.exit(lost === 0 && figures.ledger_balanced ? 0 : 1);

function vital(): Uint8Array {
  return encodeRecords([
    {
      timestamp: Date.now(),
      level: 'INFO',
      service: 'watch',
      message: '',
      heart_rate: 60 + Math.floor(random() * 40),
      spo2: 97,
      steps: Math.floor(random() * 3),
      battery: 80,
      worn: true,
    },
  ]);
}

async function post(service: string): Promise<void> {
  const records = someRecords(10, Date.now(), random).map((record) => ({ ...record, service }));
  const response = await fetch(`http://127.0.0.1:${port}/v1/logs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(records),
  });
  if (response.status !== 200) throw new Error(`POST /v1/logs answered ${response.status}.`);
  await response.arrayBuffer();
}
