import { WatchkeeperError } from '../core/errors.ts';
import type { WireRecord } from '../model/wire-record.ts';
import type { Fault } from './fault.ts';
import { faultsOf, SCENARIOS, type Scenario } from './scenario.ts';
import { persona, type ServicePersona } from './service-persona.ts';
import { serviceRecords } from './service-records.ts';
import { initialWatch, stepWatch, type WatchState } from './watch-model.ts';
import { watchProfile, type WatchProfile } from './watch-profile.ts';
import { watchRecords, type ClassedRecord } from './watch-records.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly devices: number;
  readonly services: number;
  /** Records per second of all services together. */
  readonly rate: number;
  /** Name of a scenario; see `SCENARIOS`. */
  readonly scenario: string;
  /** Time of the first sample, ms. */
  readonly start: number;
  /** Time between two samples of a watch. @default 5000 */
  readonly sampleMs?: number;
}

/** What one source sends for one stretch of time. */
type SimulatedBatch =
  | { readonly kind: 'device'; readonly id: string; readonly records: readonly ClassedRecord[] }
  | { readonly kind: 'service'; readonly id: string; readonly records: readonly WireRecord[] };

/** Where a simulation stands; plain data. */
export interface SimulationState {
  readonly now: number;
  readonly watches: readonly WatchState[];
}

/** A fleet and its services under one seed. Everything is a function of (options, state, time). */
export interface Simulation {
  readonly watches: readonly WatchProfile[];
  readonly services: readonly string[];
  initial(): SimulationState;
  /** What happens in [state.now, to). Cutting the time into other stretches gives the same records. */
  advance(
    state: SimulationState,
    to: number,
  ): { readonly state: SimulationState; readonly batches: readonly SimulatedBatch[] };
  /** The faults that touch [from, to): the truth to score detectors against. */
  labels(from: number, to: number): readonly Fault[];
}

const DEFAULT_SAMPLE_MS = 5_000;

/** @throws USAGE when the scenario is unknown. */
export function createSimulation(options: SimulationOptions): Simulation {
  const scenario = scenarioOf(options.scenario);
  const watches = Array.from({ length: options.devices }, (_, i) => watchProfile(options.seed, i));
  const personas = Array.from({ length: options.services }, (_, i) => persona(i));
  const labels = (from: number, to: number): readonly Fault[] =>
    faultsOf(scenario, options, { from, to });
  const rates = personaRates(personas, options.rate);
  const sampleMs = options.sampleMs ?? DEFAULT_SAMPLE_MS;
  return {
    watches,
    services: personas.map(({ service }) => service),
    labels,
    initial: () => ({
      now: options.start,
      watches: watches.map((profile) => initialWatch(profile, options.start)),
    }),
    advance(state, to) {
      const span = { from: state.now, to };
      const faults = labels(state.now, to);
      const next: WatchState[] = [];
      const batches: SimulatedBatch[] = [];
      watches.forEach((profile, index) => {
        const before = state.watches[index] ?? initialWatch(profile, options.start);
        const run = runWatch(profile, before, { ...span, sampleMs, faults });
        next.push(run.state);
        if (run.records.length > 0)
          batches.push({ kind: 'device', id: profile.id, records: run.records });
      });
      personas.forEach((each, index) => {
        const traffic = { seed: options.seed, rate: rates[index] ?? 0, faults };
        const records = serviceRecords(each, traffic, span);
        if (records.length > 0) batches.push({ kind: 'service', id: each.service, records });
      });
      return { state: { now: to, watches: next }, batches };
    },
  };
}

function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const names = SCENARIOS.map((scenario) => scenario.name).join(', ');
  throw new WatchkeeperError('USAGE', `There is no scenario "${name}".`, {
    fix: `Use one of: ${names}.`,
  });
}

/** The rate split by share, so that the total is what was asked for. */
function personaRates(personas: readonly ServicePersona[], rate: number): readonly number[] {
  const total = personas.reduce((sum, { share }) => sum + share, 0);
  return personas.map(({ share }) => (rate * share) / total);
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly sampleMs: number;
  readonly faults: readonly Fault[];
}

function runWatch(
  profile: WatchProfile,
  before: WatchState,
  { from, to, sampleMs, faults }: Stretch,
): { readonly state: WatchState; readonly records: readonly ClassedRecord[] } {
  let state = before;
  const records: ClassedRecord[] = [];
  for (let at = Math.ceil(from / sampleMs) * sampleMs; at < to; at += sampleMs) {
    const step = stepWatch(profile, state, at);
    state = step.state;
    records.push(...watchRecords(profile, step.sample, { at, faults }));
  }
  return { state, records };
}
