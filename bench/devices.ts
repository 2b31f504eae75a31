// What a record costs the site (CPU of unsealing, decoding, folding, the five
// detectors, journal and store; no sockets) with 100 to 100,000 devices that
// take turns: the same frames in every run. Aim: within 1.3 of each other.
// Usage: bench devices [--json] [--devices 100,1000,10000,100000] [--frames n] [--records n]
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { forkBuilt, nextMessage } from './support/built.ts';
import type { DevicesRun, DevicesStart } from './support/devices-site.ts';
import { round } from './support/figures.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    devices: { type: 'string', default: '100,1000,10000,100000' },
    frames: { type: 'string', default: '100000' },
    records: { type: 'string', default: '10' },
  },
});
const table = new Table({
  head: ['devices', 'CPU µs/record', 'of the first', 'records/s', 'RSS MiB'],
});
const result: Record<string, number> = {};
let isBalanced = true;
let first: number | undefined;
let worst = 1;
for (const devices of values.devices.split(',').map(Number)) {
  const start: DevicesStart = {
    devices,
    frames: Number(values.frames),
    recordsPerFrame: Number(values.records),
  };
  const site = await forkBuilt('devices-site', []);
  const answer = nextMessage<DevicesRun>(site);
  site.send(start);
  const run = await answer;
  await new Promise((resolve) => site.once('exit', resolve));
  isBalanced &&= run.isBalanced;
  first ??= run.cpuUsPerRecord;
  const ratio = run.cpuUsPerRecord / first;
  worst = Math.max(worst, ratio, 1 / ratio);
  const rate = (start.frames * start.recordsPerFrame) / run.seconds;
  table.push([
    devices,
    run.cpuUsPerRecord.toFixed(2),
    ratio.toFixed(2),
    `${Math.round(rate / 1000)} k`,
    Math.round(run.rssBytes / 2 ** 20),
  ]);
  result[`cpu_us_per_record_${devices}`] = round(run.cpuUsPerRecord);
}
result['worst_ratio'] = round(worst);
process.stderr.write('\r'.padEnd(60) + '\r');
console.log(`Cost of a record by number of devices, ${values.records} records a frame`);
console.log(table.toString());
console.log(`Loss ledger: ${isBalanced ? 'balanced in every run' : 'NOT BALANCED'}`);
if (values.json === true) console.log(JSON.stringify(result));
process.exit(isBalanced ? 0 : 1);
