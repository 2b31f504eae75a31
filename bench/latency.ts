// Latency under a steady, open-loop load of sealed 100-record frames from
// 1,000 devices: frame sent → durable ack, and frame sent → alert leaving the
// site, p50 and p99. By default at 100,000 records/s and at half of what the
// machine took in at most just before.
// Usage: bench latency [--json] [--rate records/s] [--seconds n]
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { encodeRecords } from '../src/wire/records/encode.ts';
import { ask, forkBuilt, nextMessage } from './support/built.ts';
import { connectLines, type DeviceLine } from './support/device-line.ts';
import { quantile, round } from './support/figures.ts';
import { DEVICE_PUBLIC_KEY, runLoad } from './support/load.ts';
import { paced } from './support/pace.ts';
import type {
  AlertOut,
  ServerFigures,
  ServerReady,
  ServerStart,
} from './support/pipeline-server.ts';
import { seeded, someRecords } from './support/records.ts';

const DEVICES = 1000;
const RECORDS = 100;
/** Devices that send a burst which must raise an alert, one after the other. */
const PROBES = 200;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    rate: { type: 'string' },
    seconds: { type: 'string', default: '12' },
  },
});
const seconds = Number(values.seconds);
const rates = values.rate === undefined ? [100_000, await halfLoad()] : [Number(values.rate)];
const table = new Table({
  head: [
    'records/s',
    'ack p50',
    'ack p99',
    'detection p50',
    'detection p99',
    'alerts',
    'server CPU',
  ],
});
const result: Record<string, number> = {};
for (const [index, rate] of rates.entries()) {
  const name = values.rate !== undefined ? 'at_rate' : index === 0 ? 'at_100k' : 'at_half_load';
  const run = await measure(rate);
  table.push([
    String(Math.round(rate)),
    ...[run.ack50, run.ack99, run.detection50, run.detection99].map((ms) => `${ms.toFixed(1)} ms`),
    `${run.alerts}/${PROBES}`,
    `${Math.round(run.cores * 100)} % of a core`,
  ]);
  for (const [key, value] of Object.entries(run)) result[`${name}_${key}`] = round(value);
}
console.log(`Latency, ${DEVICES} devices, ${RECORDS}-record frames, ${seconds} s each`);
console.log(table.toString());
if (values.json === true) console.log(JSON.stringify(result));
process.exit(0);

async function halfLoad(): Promise<number> {
  const server = await start();
  const ready = await nextMessage<ServerReady>(server);
  const options = {
    mode: 'site',
    devices: DEVICES,
    recordsPerFrame: RECORDS,
    format: 'plain',
    framesPerDevice: 20,
    inFlight: 128,
    burst: 1,
    epoch: 1,
  } as const;
  const { seconds: took, frames } = await runLoad({
    ...options,
    port: ready.port,
    site: ready.site,
  });
  await stop(server);
  return (frames * RECORDS) / took / 2;
}

type Server = Awaited<ReturnType<typeof forkBuilt>>;

async function start(): Promise<Server> {
  const server = await forkBuilt('pipeline-server', []);
  const request: ServerStart = {
    mode: 'site',
    devices: DEVICES + PROBES,
    publicKey: DEVICE_PUBLIC_KEY,
    reportAlerts: true,
  };
  server.send(request);
  return server;
}

async function stop(server: Server): Promise<void> {
  server.send({ ask: 'stop' });
  await new Promise((resolve) => server.once('exit', resolve));
}

interface Run {
  readonly ack50: number;
  readonly ack99: number;
  readonly detection50: number;
  readonly detection99: number;
  readonly alerts: number;
  /** CPU seconds of the server per second. */
  readonly cores: number;
}

async function measure(rate: number): Promise<Run> {
  const server = await start();
  const { port, site } = await nextMessage<ServerReady>(server);
  const acks: number[] = [];
  const lines = await connectLines({ port, site, from: 0, count: DEVICES }, (ms) => acks.push(ms));
  const probes = await connectLines({ port, site, from: DEVICES, count: PROBES }, () => undefined);
  const probeSentAt = new Map<string, number>();
  const detections: number[] = [];
  server.on('message', (message: object) => {
    if (!('alertSubject' in message)) return;
    const { alertSubject, at } = message as AlertOut;
    const sentAt = probeSentAt.get(alertSubject);
    if (sentAt !== undefined) detections.push(at - sentAt);
  });
  await load({ rate: rate / 4, seconds: 3, lines });
  acks.length = 0;
  const before = await ask<ServerFigures>(server, { ask: 'figures' });
  await Promise.all([
    load({ rate, seconds, lines }),
    paced({ perSecond: (PROBES - 1) / seconds, seconds }, (index) => {
      const name = `device:w${DEVICES + index}/database_connection_failure`;
      probeSentAt.set(name, performance.timeOrigin + performance.now());
      probes[index]?.send(burst());
    }),
  ]);
  const after = await ask<ServerFigures>(server, { ask: 'settle' });
  for (const line of [...lines, ...probes]) line.close();
  await stop(server);
  return {
    ack50: quantile(acks, 0.5),
    ack99: quantile(acks, 0.99),
    detection50: quantile(detections, 0.5),
    detection99: quantile(detections, 0.99),
    alerts: detections.length,
    cores: (after.cpuMs - before.cpuMs) / 1000 / seconds,
  };
}

function load(options: {
  rate: number;
  seconds: number;
  lines: readonly DeviceLine[];
}): Promise<void> {
  const random = seeded(11);
  const now = Date.now();
  const bodies = Array.from({ length: 64 }, () => encodeRecords(someRecords(RECORDS, now, random)));
  return paced({ perSecond: options.rate / RECORDS, seconds: options.seconds }, (index) => {
    options.lines[index % options.lines.length]?.send(
      bodies[index % bodies.length] ?? new Uint8Array(),
    );
  });
}

/** Ten connection failures at once: the tenth is the alert. */
function burst(): Uint8Array {
  const timestamp = Date.now();
  return encodeRecords(
    Array.from({ length: 10 }, () => ({
      timestamp,
      level: 'ERROR' as const,
      service: 'companion',
      message: 'database connection refused',
    })),
  );
}
