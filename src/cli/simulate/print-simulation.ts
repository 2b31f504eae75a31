import { WatchkeeperError } from '../../core/errors.ts';
import { createSimulation, type SimulationOptions } from '../../sim/simulation.ts';
import { printJsonLine } from '../command.ts';
import type { CliContext } from '../context.ts';

interface PrintOptions extends Omit<SimulationOptions, 'start'> {
  readonly duration?: number;
  readonly start?: string;
}

const DEFAULT_MS = 60_000;
/** Records are made and printed in stretches of this much simulated time, so that long runs need little memory. */
const STRETCH_MS = 10_000;

/** Prints a simulation as NDJSON: its records stretch by stretch, then its labels. The same options print the same bytes. */
export function printSimulation(context: CliContext, options: PrintOptions): void {
  const start = Date.parse(options.start ?? '');
  if (Number.isNaN(start)) {
    throw new WatchkeeperError('USAGE', `"${options.start ?? ''}" is not a time.`, {
      fix: 'Write it as 2026-01-05T08:00:00Z.',
    });
  }
  const { seed, devices, services, rate, scenario } = options;
  const simulation = createSimulation({ seed, devices, services, rate, scenario, start });
  const end = start + (options.duration ?? DEFAULT_MS);
  let state = simulation.initial();
  while (state.now < end) {
    const step = simulation.advance(state, Math.min(end, state.now + STRETCH_MS));
    state = step.state;
    for (const batch of step.batches) {
      for (const each of batch.records)
        printJsonLine(context, 'record' in each ? each.record : each);
    }
  }
  for (const label of simulation.labels(start, end)) printJsonLine(context, { label });
}
