import { join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import type { Overview } from '../../model/feed.ts';
import { SimulationRunner } from '../../sim/runner.ts';
import { createSimulation, type Simulation } from '../../sim/simulation.ts';
import type { CliContext } from '../context.ts';
import { postLogs, toNdjson } from '../http/post-logs.ts';
import { SiteClient } from '../http/site-client.ts';
import { replayLogs, type LogFile } from '../replay/replay-logs.ts';
import type { RunningSite } from '../site-contract.ts';
import { enrollFleet } from '../simulate/enroll-fleet.ts';
import { untilStopped, within } from '../within.ts';
import { AlertPoll } from './alert-poll.ts';
import type { DemoScreen } from './demo-screen.ts';

export interface DemoPlay {
  readonly dataFolder: string;
  readonly files: readonly LogFile[];
  readonly rate: number;
  /** PEM of the site's own authority, when it serves https. */
  readonly ca: string | undefined;
  /** `undefined` for programs: nothing is shown. */
  readonly screen: DemoScreen | undefined;
  /** Called when watches are enrolled and everything sends. */
  readonly onReady: () => void;
  readonly durationMs: number | undefined;
}

const WATCHES = 5;
const SERVICES = 4;
/** Records of services per second of site time: 60 a second while the clock runs fast. */
const RATE = 2;
const TICK_MS = 200;
const LOOK_MS = 500;

/** Sends simulated traffic and replays logs to a running site until it is asked to stop. */
export async function playDemo(
  context: CliContext,
  site: RunningSite,
  play: DemoPlay & { readonly stopped: Promise<void> },
): Promise<void> {
  const client = new SiteClient({
    url: site.url,
    ...(site.token === undefined ? {} : { token: site.token }),
    ...(play.ca === undefined ? {} : { ca: play.ca }),
  });
  const { runner, simulation } = await startTraffic(site, client, play);
  play.onReady();
  const replaying = replay(context, site, { ...play, client });
  const stopLooking =
    play.screen === undefined
      ? () => undefined
      : look(context, { site, client, runner, simulation, screen: play.screen, rate: play.rate });
  await untilStopped(context.clock, play.stopped, play.durationMs);
  stopLooking();
  await within(Promise.all([runner.stop(), replaying.stop()]), { clock: context.clock, ms: 3_000 });
  client.close();
}

async function startTraffic(
  site: RunningSite,
  client: SiteClient,
  { dataFolder }: DemoPlay,
): Promise<{ readonly runner: SimulationRunner; readonly simulation: Simulation }> {
  const { clock } = site;
  const start = clock.now();
  const options = {
    seed: 1,
    devices: WATCHES,
    services: SERVICES,
    rate: RATE,
    scenario: 'all',
    start,
  };
  const simulation = createSimulation(options);
  const folder = join(dataFolder, 'watches');
  const watch = await enrollFleet(simulation.watches, { client, clock, folder });
  const runner = new SimulationRunner({
    simulation,
    clock,
    siteTime: () => clock.now(),
    tickMs: TICK_MS,
    watch,
    post: async (records) => {
      await postLogs(client, toNdjson(records), clock);
    },
  });
  runner.start();
  return { runner, simulation };
}

function replay(
  context: CliContext,
  site: RunningSite,
  { client, files, screen }: DemoPlay & { readonly client: SiteClient },
): { stop(): Promise<void> } {
  if (files.length === 0) return { stop: () => Promise.resolve() };
  let isStopped = false;
  const options = {
    client,
    clock: context.clock,
    siteTime: () => site.clock.now(),
    isStopped: () => isStopped,
  };
  const work = replayLogs(files, options).then(
    ({ accepted, unparsed }) =>
      screen?.print(`Replayed ${accepted} lines of real logs (${unparsed} kept whole).\n`),
    (error: unknown) => {
      context.err.write(`Could not replay: ${messageOf(error)}\n`);
    },
  );
  return {
    async stop() {
      isStopped = true;
      await work;
    },
  };
}

interface Look {
  readonly site: RunningSite;
  readonly client: SiteClient;
  readonly runner: SimulationRunner;
  readonly simulation: Simulation;
  readonly screen: DemoScreen;
  readonly rate: number;
}

/** Shows alerts and the strip twice a second; a look that takes longer is not repeated meanwhile. */
function look(
  context: CliContext,
  { site, client, runner, simulation, screen, rate }: Look,
): () => void {
  const poll = new AlertPoll(client);
  let isBusy = false;
  const once = async (): Promise<void> => {
    for (const alert of await poll.next()) screen.alert(alert);
    const overview = await client.get<Overview>('/v1/overview');
    const { watchRecords, serviceRecords, lastSentAt } = runner.counters;
    screen.strip({
      siteTime: site.clock.now(),
      isFast: rate > 1 && site.clock.now() < context.clock.wall() - 1_000,
      watches: overview.watchesOnline,
      services: simulation.services.length,
      sent: watchRecords + serviceRecords,
      stored: overview.ledger.storedRecords,
      alerts: poll.seen,
      quietMs: context.clock.monotonic() - lastSentAt,
    });
  };
  return context.clock.every(LOOK_MS, () => {
    if (isBusy) return;
    isBusy = true;
    once()
      .catch((error: unknown) => {
        screen.print(`The site does not answer: ${messageOf(error)}`);
      })
      .finally(() => (isBusy = false));
  });
}
