import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Engine } from './actors/engine.ts';
import { Observer } from './actors/observer.ts';
import { buildEngine, type LateParts } from './app/build-engine.ts';
import { publishBus } from './app/bus-metrics.ts';
import { DetectorPerformance } from './app/detector-performance.ts';
import { healthOf } from './app/health.ts';
import { InputFlow } from './app/input-flow.ts';
import { inputUrl } from './app/inputs.ts';
import { LatencyWindow } from './app/latency.ts';
import type { LetterReplay } from './app/letters/letter-replay.ts';
import { letterReplay } from './app/letters/open.ts';
import { ReplayedLetters } from './app/letters/replayed-letters.ts';
import { ledgerOf, overviewReader } from './app/overview.ts';
import { openParts, type Parts, type SiteTuning } from './app/parts.ts';
import { publishPerformance } from './app/performance-metrics.ts';
import { serve } from './app/serve.ts';
import { openSchemaFile, type SchemaFile } from './app/schema-file.ts';
import { SelfMonitor, startSelfMonitor } from './app/self-monitor.ts';
import { createSiteService } from './app/site-service.ts';
import { SiteTap } from './app/tap.ts';
import { publishTrainingBackend } from './app/training-backend.ts';
import { packageVersion } from './cli/package-version.ts';
import type { RunningSite, StartSiteOptions } from './cli/site-contract.ts';
import { StopStack } from './core/lifecycle.ts';
import type { InputInfo } from './gateway/tcp/input-info.ts';
import type { Inputs } from './gateway/tcp/inputs.ts';
import { noTracer } from './core/trace.ts';
import { createDeviceGateway, type DeviceGateway } from './gateway/device/gateway.ts';
import { SessionTable } from './gateway/device/sessions.ts';
import type { SiteApi } from './gateway/site-api.ts';
import type { Overview } from './model/feed.ts';

/** A running site with its inside, for tests and benchmarks. */
export interface SiteHandle extends RunningSite {
  readonly engine: Engine;
  readonly api: SiteApi;
  readonly parts: Parts;
}

/**
 * Builds and starts a site: the composition root, the only place that knows
 * every adapter. It recovers before it listens, and stops in reverse order.
 *
 * @throws WatchkeeperError that says what to do, when a part cannot start
 */
export async function startSite(
  options: StartSiteOptions,
  tuning: SiteTuning = {},
): Promise<SiteHandle> {
  const stops = new StopStack();
  const monitor = selfMonitorOf(options);
  const logger = monitor?.logger ?? options.logger;
  try {
    const parts = flowing(await openParts({ ...options, logger }, tuning, stops));
    const site = await start(parts);
    if (monitor !== undefined) startSelfMonitor(monitor, parts);
    publishTrainingBackend(parts);
    return site;
  } catch (error) {
    await stops.stop().catch(() => undefined);
    throw error;
  }
}

const LEVELS = { info: 'INFO', warning: 'WARNING', error: 'ERROR' } as const;

function selfMonitorOf({ selfMonitor, logger }: StartSiteOptions): SelfMonitor | undefined {
  return selfMonitor === undefined ? undefined : new SelfMonitor(logger, LEVELS[selfMonitor]);
}

interface FlowingParts extends Parts {
  readonly flow: InputFlow;
}

/** From here on it is heard what inputs count. */
function flowing(parts: Parts): FlowingParts {
  const flow = new InputFlow();
  return { ...parts, flow, metrics: flow.over(parts.metrics) };
}

interface Core {
  readonly engine: Engine;
  readonly devices: DeviceGateway;
  readonly tap: SiteTap;
  readonly performance: DetectorPerformance;
  readonly observer: Observer;
  readonly overview: () => Overview;
  readonly letters: LetterReplay;
  readonly inputs: () => readonly InputInfo[];
  readonly schemaFile: SchemaFile;
}

async function start(parts: FlowingParts): Promise<SiteHandle> {
  const { options, bus, stops, clock } = parts;
  const opened: { inputs?: Inputs } = {};
  const core = await buildCore(parts, () => opened.inputs?.list() ?? []);
  let isReady = false;
  const api = buildApi(parts, core, () => isReady);
  bus?.onAck(async ({ alert, by, note, commandId }) => {
    await api.act({ commandId, alert, action: 'acknowledge', by, note });
  });
  const { engine, devices } = core;
  const { url, token, hasOwnAuthority, inputs } = await serve({
    parts,
    api,
    devices,
    letters: engine.archivist,
  });
  opened.inputs = inputs;
  isReady = true;
  return {
    url,
    token,
    site: options.siteName,
    clock,
    notices: parts.notices,
    inputs: inputs
      .list()
      .map((input) => ({ name: input.name, type: input.type, url: inputUrl(input) })),
    engine,
    api,
    parts,
    ...(bus === undefined ? {} : { natsUrl: bus.url }),
    ...(bus?.subscriber === undefined ? {} : { natsSubscriber: bus.subscriber }),
    ...(hasOwnAuthority ? { caFile: join(options.dataFolder, 'tls', 'ca.crt') } : {}),
    stop: () => stops.stop(),
  };
}

async function buildCore(parts: FlowingParts, inputs: Core['inputs']): Promise<Core> {
  const { options, tuning, clock, intake, metrics, siteKeys } = parts;
  const late: LateParts = {};
  const latency = new LatencyWindow();
  const sessions = new SessionTable();
  const replayed = new ReplayedLetters();
  const engine = await buildEngine({ parts, sessions, late, latency, replayed });
  if (parts.bus !== undefined) {
    publishBus(parts.bus, metrics, () => engine.state.outbox.pending('nats'));
  }
  const schemaFile = await openSchemaFile(parts, engine);
  const letters = letterReplay(parts, engine, replayed);
  const devices = createDeviceGateway({
    site: options.siteName,
    clock,
    logger: options.logger,
    metrics,
    tracer: tuning.tracer ?? noTracer,
    directory: engine.state.registry,
    sessions,
    intake,
    keyRing: siteKeys,
    requireCertificate: options.tls.clientCertificates ?? false,
    limits: tuning.deviceLimits ?? {},
  });
  const overview = overviewReader({ clock, engine, devices, latency, inputs });
  const observer = new Observer({
    system: engine.system,
    parent: engine.guardian,
    clock,
    overview,
    alerts: () => engine.state.book.active(),
  });
  const tap = openTap(parts, engine);
  const performance = openPerformance(parts, engine);
  late.devices = devices;
  late.observer = observer;
  return { engine, devices, tap, performance, observer, overview, letters, inputs, schemaFile };
}

function openPerformance({ clock, store, metrics }: Parts, engine: Engine): DetectorPerformance {
  const performance = new DetectorPerformance({
    clock,
    store,
    active: () => engine.state.book.active(),
    detectors: () => engine.detectors.detectors.map(({ id }) => id),
  });
  publishPerformance(() => performance.readInTime(), metrics);
  return performance;
}

function openTap({ intake, flow, clock, metrics, stops }: FlowingParts, engine: Engine): SiteTap {
  const tap = new SiteTap({ engine, intake, inputs: flow, clock, metrics });
  stops.push(() => {
    tap.stop();
  });
  return tap;
}

function buildApi(
  {
    options,
    tuning,
    clock,
    journal,
    store,
    intake,
    bus,
    siteKeys,
    drift,
    enrichment,
    models,
  }: Parts,
  { engine, devices, tap, performance, observer, overview, letters, inputs, schemaFile }: Core,
  isReady: () => boolean,
): SiteApi {
  const site = options.siteName;
  const shared = { version: packageVersion(), clock, engine, store, inputs, enrichment };
  return createSiteService({
    ...shared,
    name: site,
    siteKey: () => siteKeys.current(),
    observer,
    letters,
    drift,
    newId: randomUUID,
    commandMs: tuning.commandMs,
    isOnline: (device) => devices.isOnline(device),
    ledger: () => ledgerOf({ engine, devices, inputs }),
    overview,
    tap,
    models,
    performance: () => performance.read(),
    health: () => healthOf({ ...shared, site, journal, intake, bus, isReady, schemaFile }),
  });
}
