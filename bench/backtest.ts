// Scoring history: how fast stored records of a simulated fleet run once more through the engine,
// with the shipped rules and with a model asked about every window of every service. Aim: 30 million
// records in 10 minutes on 2 cores, 50,000 a second.
// Usage: ./watchkeeper bench backtest [--json] [--records n] [--quick]
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { BacktestFigures, BacktestLoad, RunFigures } from './support/backtest-load.ts';
import { forkBuilt, nextMessage } from './support/built.ts';
import { round } from './support/figures.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    records: { type: 'string', default: '300000' },
  },
});
const records = values.quick === true ? 30_000 : Number(values.records);

/** 30 million records in 30 days are 12 a second; a busy site has a hundred times as many. */
const SHAPES: readonly (Omit<BacktestLoad, 'records'> & { readonly name: string })[] = [
  { name: '12 a second, 40 watches', devices: 40, services: 10, rate: 4, sampleMs: 5000 },
  { name: '1,200 a second, 1,000 watches', devices: 1000, services: 10, rate: 200, sampleMs: 1000 },
];

const table = new Table({
  head: ['history', 'hours', 'rules', 'records/s', 'CPU µs/record', 'MiB', 'alerts', 'scores'],
});
const result: Record<string, number | boolean> = { records };
for (const { name, ...shape } of SHAPES) {
  process.stderr.write(`\r${name} …`.padEnd(60));
  const child = await forkBuilt('backtest-load', []);
  child.send({ records, ...shape } satisfies BacktestLoad);
  const figures = await nextMessage<BacktestFigures>(child);
  child.kill();
  for (const kind of ['rules', 'model'] as const) add(name, figures, { kind, run: figures[kind] });
}
process.stderr.write('\r'.padEnd(60) + '\r');
console.log(table.toString());
if (values.json === true) console.log(JSON.stringify(result));

function add(
  name: string,
  { records: count, hours, readSeconds }: BacktestFigures,
  { kind, run }: { readonly kind: 'rules' | 'model'; readonly run: RunFigures },
): void {
  const { seconds, cpuSeconds, residentMb, alerts, scores, isRepeatable } = run;
  const rate = count / seconds;
  table.push([
    name,
    hours.toFixed(2),
    kind === 'rules' ? 'shipped' : 'shipped and model_score',
    `${Math.round(rate / 1000)} k`,
    round((cpuSeconds * 1e6) / count),
    Math.round(residentMb),
    alerts,
    scores,
  ]);
  const key = `${name.split(' ')[0]?.replace(',', '') ?? ''}_per_s_${kind}`;
  result[`${key}_records_per_s`] = round(rate);
  result[`${key}_cpu_us_per_record`] = round((cpuSeconds * 1e6) / count);
  result[`${key}_resident_mb`] = round(residentMb);
  result[`${key}_read_share`] = round(readSeconds / seconds);
  result[`${key}_repeatable`] = isRepeatable;
}
