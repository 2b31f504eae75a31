import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { SimulationRunner, type RunnerCounters } from '../../sim/runner.ts';
import { SCENARIOS } from '../../sim/scenario.ts';
import { createSimulation, type SimulationOptions } from '../../sim/simulation.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { postLogs, toNdjson } from '../http/post-logs.ts';
import { connectSite } from '../http/resolve-site.ts';
import { askSiteTime } from '../http/site-time.ts';
import { durationMs, positiveNumber, wholeNumber } from '../numbers.ts';
import { enrollFleet } from '../simulate/enroll-fleet.ts';
import { printSimulation } from '../simulate/print-simulation.ts';
import { untilStopped, within } from '../within.ts';

interface SimOptions extends RemoteOptions {
  readonly devices: number;
  readonly services: number;
  readonly rate: number;
  readonly duration?: number;
  readonly seed: number;
  readonly scenario: string;
  readonly print?: boolean;
  readonly start?: string;
  readonly buffer?: string;
}

/** `watchkeeper sim`. */
export function simCommand(context: CliContext): Command {
  const scenarios = SCENARIOS.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n');
  const command = createCommand('sim', {
    about: 'Simulate watches and services with labelled faults',
    more: `The same seed gives the same records. Scenarios:\n${scenarios}`,
    examples: [
      ['sim --devices 20 --services 4 --rate 50', 'against the site that runs here'],
      ['sim --scenario error-burst --duration 15m', 'one fault'],
      ['sim --print --duration 10m --seed 7', 'records and labels as NDJSON, no site needed'],
    ],
  });
  return withSite(command)
    .option('--devices <n>', 'how many watches', wholeNumber(0, 10_000), 5)
    .option('--services <n>', 'how many services', wholeNumber(0, 1_000), 4)
    .option('--rate <r>', 'records per second of all services together', positiveNumber, 10)
    .option('--duration <d>', 'for how long, for example 10m (until stopped)', durationMs)
    .option('--seed <n>', 'whole number', wholeNumber(0, 2 ** 32 - 1), 1)
    .addOption(new Option('--scenario <name>', 'what goes wrong').default('normal'))
    .option('--print', 'print the records instead of sending them')
    .option('--start <time>', 'first moment with --print', '2026-01-05T08:00:00Z')
    .option('--buffer <folder>', 'keep the buffers of the watches here between runs')
    .action((options: SimOptions) =>
      options.print === true ? printSimulation(context, options) : simulate(context, options),
    );
}

async function simulate(context: CliContext, options: SimOptions): Promise<void> {
  const client = connectSite(context, options);
  const siteTime = await askSiteTime(client, context.clock);
  const clock = { ...context.clock, now: siteTime };
  const simulation = createSimulation({ ...simulationOptions(options), start: siteTime() });
  const folder = resolve(context.cwd, options.data ?? './data', 'watches');
  const watch = await enrollFleet(simulation.watches, {
    client,
    clock,
    folder,
    ...(options.buffer === undefined ? {} : { buffers: resolve(context.cwd, options.buffer) }),
  });
  const startedAt = siteTime();
  const runner = new SimulationRunner({
    simulation,
    clock,
    siteTime,
    watch,
    post: async (records) => {
      await postLogs(client, toNdjson(records), clock);
    },
  });
  runner.start();
  if (options.json !== true) context.err.write('Simulating; Ctrl-C stops it.\n');
  await whileWanted(context, options.duration);
  runner.tick();
  await within(runner.flush(), { clock, ms: 5_000 });
  await runner.stop();
  client.close();
  const labels = simulation.labels(startedAt, siteTime());
  if (options.json === true) printJson(context, { ...runner.counters, labels });
  else printCounters(context, runner.counters, labels.length);
}

function simulationOptions(options: SimOptions): Omit<SimulationOptions, 'start'> {
  const { seed, devices, services, rate, scenario } = options;
  return { seed, devices, services, rate, scenario };
}

function printCounters(context: CliContext, counters: RunnerCounters, faults: number): void {
  const { watchRecords, serviceRecords, dropped, failed } = counters;
  printLine(context, `${watchRecords} records of watches and ${serviceRecords} of services sent.`);
  if (dropped + failed > 0)
    printLine(context, `${dropped} dropped (site too slow), ${failed} refused.`);
  printLine(context, `${faults} faults were injected; --json lists their labels.`);
}

async function whileWanted(context: CliContext, durationMs: number | undefined): Promise<void> {
  let cancel: () => void = () => undefined;
  const stopped = new Promise<void>((done) => {
    cancel = context.onStop(() => {
      done();
    });
  });
  await untilStopped(context.clock, stopped, durationMs);
  cancel();
}
