// Memory per idle device: enrolled, driven once by POST (hello and a sealed
// frame), then passive, no socket. Counts everything the process holds for it.
// Usage: bench memory [--json] [--devices 10000,100000]
import { Agent, request } from 'node:http';
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { encodeRecords } from '../src/wire/records/encode.ts';
import { ask, forkBuilt, nextMessage } from './support/built.ts';
import { round } from './support/figures.ts';
import { DEVICE_KEY, DEVICE_PUBLIC_KEY } from './support/load.ts';
import type { ServerFigures, ServerReady, ServerStart } from './support/pipeline-server.ts';
import { seeded, someRecords } from './support/records.ts';
import { SealedDevice, type SiteKeyInfo } from './support/sealed-device.ts';

const CONCURRENCY = 32;

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, devices: { type: 'string', default: '10000,100000' } },
});
const table = new Table({
  head: ['devices', 'heap + buffers/device', 'RSS/device', 'live actors', 'µs CPU per POST'],
});
const result: Record<string, number> = {};
for (const devices of values.devices.split(',').map(Number)) {
  const run = await measure(devices);
  table.push([
    devices,
    `${Math.round(run.heapPerDevice)} B`,
    `${Math.round(run.rssPerDevice)} B`,
    run.live,
    Math.round(run.cpuUsPerPost),
  ]);
  result[`idle_device_bytes_${devices}`] = round(run.heapPerDevice);
  result[`idle_device_rss_bytes_${devices}`] = round(run.rssPerDevice);
  result[`post_cpu_us_${devices}`] = round(run.cpuUsPerPost);
}
process.stderr.write('\r'.padEnd(60) + '\r');
console.log('Memory of an idle device (enrolled, posted once, passive)');
console.log(table.toString());
if (values.json === true) console.log(JSON.stringify(result));
process.exit(0);

async function measure(devices: number) {
  const baseline = await figuresOf(0, 0);
  const loaded = await figuresOf(devices, devices);
  const held = (figures: ServerFigures): number => figures.heapBytes + figures.externalBytes;
  return {
    heapPerDevice: (held(loaded.after) - held(baseline.after)) / devices,
    rssPerDevice: (loaded.after.rssBytes - baseline.after.rssBytes) / devices,
    live: loaded.after.live,
    cpuUsPerPost: ((loaded.posted.cpuMs - loaded.before.cpuMs) * 1000) / devices,
  };
}

/** Figures of a server after `posts` devices posted once each and everything settled. */
async function figuresOf(devices: number, posts: number) {
  const server = await forkBuilt('pipeline-server', []);
  const start: ServerStart = {
    mode: 'site',
    devices,
    publicKey: DEVICE_PUBLIC_KEY,
    passivateAfterMs: 0,
    snapshotEveryMs: 1000,
  };
  server.send(start);
  const { port, site } = await nextMessage<ServerReady>(server);
  const before = await ask<ServerFigures>(server, { ask: 'figures' });
  await postAll(posts, port, site);
  const posted = await ask<ServerFigures>(server, { ask: 'settle' });
  // Two snapshots later every subject is saved and asleep.
  await new Promise((resolve) => setTimeout(resolve, 6000));
  const after = await ask<ServerFigures>(server, { ask: 'collect' });
  server.send({ ask: 'stop' });
  await new Promise((resolve) => server.once('exit', resolve));
  return { before, posted, after };
}

async function postAll(count: number, port: number, site: SiteKeyInfo): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const payload = encodeRecords(someRecords(1, Date.now(), seeded(3)));
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      if (index % 1000 === 0) process.stderr.write(`\r${index} of ${count} devices posted `);
      await post({ agent, port, body: bodyOf(`w${index}`, site, payload) });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  agent.destroy();
}

function bodyOf(id: string, site: SiteKeyInfo, payload: Uint8Array): Buffer {
  const device = new SealedDevice(id, 1, site);
  const frame = device.seal(payload, 1);
  const bodyHash = createHash('sha256').update(frame).digest();
  return Buffer.concat([device.hello({ signedAt: Date.now(), bodyHash }, DEVICE_KEY), frame]);
}

function post({ agent, port, body }: { agent: Agent; port: number; body: Buffer }): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const call = request({
      host: '127.0.0.1',
      port,
      path: '/v1/device/frames',
      method: 'POST',
      agent,
      headers,
    });
    call.on('response', (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`POST answered ${String(response.statusCode)}.`));
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}
