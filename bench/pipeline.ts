// Records per second through the whole path (sealed frames over loopback
// WebSockets, 1,000 devices, five detectors, durable ack, stored), as a ratio
// to the raw limit of the same run: ws, msgpackr decode and ack of the same
// frames with the same number in flight, and nothing else. Small frames come
// four at a time from a device, and in the rows marked "alone" one at a time.
// Usage: bench pipeline [--json] [--rounds n] [--devices n] [--only 1|1_alone|10|10_alone|100|100_inline] [--quick]
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { ask, forkBuilt, nextMessage } from './support/built.ts';
import { median, round } from './support/figures.ts';
import { DEVICE_PUBLIC_KEY, runLoad } from './support/load.ts';
import type { ServerFigures, ServerReady, ServerStart } from './support/pipeline-server.ts';

interface Shape {
  readonly name: string;
  readonly records: number;
  readonly format: 'plain' | 'inline';
  readonly framesPerDevice: number;
  readonly inFlight: number;
  /** Frames of a device on their way together, each a message of its own. */
  readonly burst: number;
}

const SHAPES: readonly Shape[] = [
  { name: '1', records: 1, format: 'plain', framesPerDevice: 160, inFlight: 1024, burst: 4 },
  { name: '1_alone', records: 1, format: 'plain', framesPerDevice: 160, inFlight: 1024, burst: 1 },
  { name: '10', records: 10, format: 'plain', framesPerDevice: 80, inFlight: 512, burst: 4 },
  { name: '10_alone', records: 10, format: 'plain', framesPerDevice: 80, inFlight: 512, burst: 1 },
  { name: '100', records: 100, format: 'plain', framesPerDevice: 20, inFlight: 128, burst: 1 },
  {
    name: '100_inline',
    records: 100,
    format: 'inline',
    framesPerDevice: 20,
    inFlight: 128,
    burst: 1,
  },
];

interface Sample {
  readonly rate: number;
  readonly cpuUs: number;
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    rounds: { type: 'string', default: '5' },
    devices: { type: 'string', default: '1000' },
    only: { type: 'string' },
  },
});
const rounds = values.quick === true ? 1 : Number(values.rounds);
const devices = Number(values.devices);

const result: Record<string, number | boolean> = { devices, rounds };
const table = new Table({
  head: ['records/frame', 'raw limit', 'whole path', 'ratio', 'raw CPU µs', 'path CPU µs'],
});
let isBalanced = true;
for (const shape of SHAPES.filter(
  ({ name }) => values.only === undefined || values.only === name,
)) {
  const raw: Sample[] = [];
  const site: Sample[] = [];
  for (let n = 0; n < rounds; n += 1) {
    process.stderr.write(`\r${shape.name} records a frame: round ${n + 1} of ${rounds} `);
    raw.push(await once('raw', shape));
    site.push(await once('site', shape));
  }
  const ratio = median(site.map(({ rate }, index) => rate / (raw[index]?.rate ?? 1)));
  const rawRate = median(raw.map(({ rate }) => rate));
  const siteRate = median(site.map(({ rate }) => rate));
  const cpuUs = median(site.map((sample) => sample.cpuUs));
  const rawCpuUs = median(raw.map((sample) => sample.cpuUs));
  table.push([
    shape.name.replace('_', ' '),
    thousands(rawRate),
    thousands(siteRate),
    ratio.toFixed(2),
    rawCpuUs.toFixed(2),
    cpuUs.toFixed(2),
  ]);
  result[`ratio_${shape.name}`] = round(ratio);
  result[`raw_${shape.name}_records_per_s`] = round(rawRate);
  result[`path_${shape.name}_records_per_s`] = round(siteRate);
  result[`raw_${shape.name}_cpu_us_per_record`] = round(rawCpuUs);
  result[`path_${shape.name}_cpu_us_per_record`] = round(cpuUs);
}
process.stderr.write('\r'.padEnd(60) + '\r');
result['ledger_balanced'] = isBalanced;
console.log(
  `Whole path against the raw limit, ${devices} devices, medians of ${rounds} rounds (records/s)`,
);
console.log(table.toString());
console.log(`Loss ledger: ${isBalanced ? 'balanced in every round' : 'NOT BALANCED'}`);
if (values.json === true) console.log(JSON.stringify(result));
process.exit(isBalanced ? 0 : 1);

async function once(mode: 'raw' | 'site', shape: Shape): Promise<Sample> {
  const server = await forkBuilt('pipeline-server', []);
  const start: ServerStart = { mode, devices, publicKey: DEVICE_PUBLIC_KEY };
  server.send(start);
  const ready = await nextMessage<ServerReady>(server);
  const before = await figures(server);
  const { seconds, frames } = await runLoad({
    port: ready.port,
    mode,
    site: mode === 'site' ? ready.site : undefined,
    devices,
    recordsPerFrame: shape.records,
    format: shape.format,
    framesPerDevice:
      values.quick === true ? Math.ceil(shape.framesPerDevice / 4) : shape.framesPerDevice,
    inFlight: shape.inFlight,
    burst: shape.burst,
    epoch: 1,
  });
  const after = await figures(server, mode === 'site' ? 'settle' : 'figures');
  if (mode === 'site') isBalanced &&= after.isBalanced;
  server.send({ ask: 'stop' });
  await new Promise((resolve) => server.once('exit', resolve));
  const records = frames * shape.records;
  return { rate: records / seconds, cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / records };
}

function figures(server: Parameters<typeof ask>[0], what = 'figures'): Promise<ServerFigures> {
  return ask<ServerFigures>(server, { ask: what });
}

function thousands(rate: number): string {
  return `${Math.round(rate / 1000)} k`;
}
