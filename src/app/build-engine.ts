import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../actors/engine.ts';
import {
  ENGINE_TIMING,
  type EngineHooks,
  type EngineOptions,
  type EngineTiming,
} from '../actors/engine-options.ts';
import type { Observer } from '../actors/observer.ts';
import type { Opener } from '../actors/ports.ts';
import { readHangs, startWatchdog } from '../actors/watchdog-thread.ts';
import { loadAlertRoutes, routedChannel, type AlertRoutes } from '../alerts/alert-routes.ts';
import type { Channel } from '../alerts/channel.ts';
import { messageOf } from '../core/errors.ts';
import { noTracer } from '../core/trace.ts';
import type { DeviceGateway } from '../gateway/device/gateway.ts';
import type { SessionTable } from '../gateway/device/sessions.ts';
import { compileDetectors } from '../streams/detector-set.ts';
import { createOpener } from '../wire/opener.ts';
import { createTemplateMiners } from '../wire/templates/template-miners.ts';
import { readConfigFile } from './config-file.ts';
import { consoleChannel } from './console-channel.ts';
import { enrichingChannel } from './enrichment/enriching-channel.ts';
import { frameReader } from './frame-reader.ts';
import type { LatencyWindow } from './latency.ts';
import { settleRefolded } from './letters/refolded.ts';
import type { ReplayedLetters } from './letters/replayed-letters.ts';
import { openLiveModels } from './models/live-models.ts';
import { warnOfReach } from './models/reach.ts';
import type { Parts, SiteTuning } from './parts.ts';
import { positionCompanion } from './position-companion.ts';
import { ReceiptTimes } from './receipt-times.ts';
import { sessionCompanion } from './session-companion.ts';

/** Parts that come to be after the engine and that it reaches once they are there. */
export interface LateParts {
  observer?: Observer;
  devices?: DeviceGateway;
}

const SNAPSHOT_HANGS = 'hangs.jsonl';
/** Exit code at which the launcher starts the process again. */
export const RESTART_EXIT_CODE = 88;

export interface EngineParts {
  readonly parts: Parts;
  readonly sessions: SessionTable;
  readonly late: LateParts;
  readonly latency: LatencyWindow;
  readonly replayed: ReplayedLetters;
}

/** Builds the engine, recovers it, and puts configuration and clock in force. */
export async function buildEngine(from: EngineParts): Promise<Engine> {
  const { parts, sessions } = from;
  const { options, tuning, clock, stops } = parts;
  const { journal, store, keyRing, decoder, metrics } = parts;
  const models = tuning.models ?? (await openLiveModels(parts));
  const engine = new Engine({
    site: options.siteName,
    clock,
    logger: options.logger,
    metrics,
    tracer: tuning.tracer ?? noTracer,
    random: Math.random,
    journal,
    store,
    // The actors see a session as an opaque value; only the wire knows its keys.
    opener: createOpener({ site: options.siteName, keyRing }) as unknown as Opener,
    decoder,
    frames: frameReader,
    miners: createTemplateMiners(),
    models,
    channels: await channelsOf(parts),
    companions: [
      sessionCompanion(sessions),
      from.replayed.companion(),
      positionCompanion(parts.positions),
    ],
    ...watched(parts),
    timing: timingOf(tuning),
    compile: tuning.compile ?? ((content) => compileDetectors(content, anomalyFile(parts))),
    useSchema: parts.schema.use.bind(parts.schema),
    hooks: hooksOf(from),
  });
  await recover(parts, engine);
  setClock(parts, engine);
  engine.start();
  stops.push(() => engine.stop());
  await configure(parts, engine);
  stops.push(warnOfReach(models, () => engine.detectors.detectors, options.logger));
  return engine;
}

/** The watchdog's thread, and where earlier processes hung. */
function watched({
  options,
  tuning,
  clock,
  stops,
}: Parts): Pick<EngineOptions, 'breadcrumbs' | 'hangs'> {
  const file = join(options.dataFolder, SNAPSHOT_HANGS);
  const watchdog = startWatchdog({ file, clock, limitMs: tuning.watchdogMs ?? 5000 });
  stops.push(() => watchdog.stop());
  return { breadcrumbs: watchdog.breadcrumbs, hangs: readHangs(file) };
}

async function recover({ options, store, clock }: Parts, engine: Engine): Promise<void> {
  const base = (await store.snapshots.latest())?.base ?? 0;
  const buried = new Set<string>();
  engine.archivist.trackLetters(buried);
  const entries = await engine.recover();
  engine.archivist.trackLetters(undefined);
  if (entries === 0) return;
  const { archivist } = engine;
  const letters = await settleRefolded({
    store: store.deadLetters,
    archivist,
    clock,
    base,
    buried,
  });
  options.logger.info('Recovered from the journal.', { entries, letters });
}

const NO_ROUTES: AlertRoutes = new Map();

async function channelsOf({ bus, options, tuning, enrichment }: Parts): Promise<Channel[]> {
  const own = options.consoleAlerts
    ? [consoleChannel((text) => process.stdout.write(`${text}\n`))]
    : [];
  const all = [...own, ...(bus === undefined ? [] : [bus.channel]), ...(tuning.channels ?? [])];
  const file = join(options.configFolder, 'routes.yaml');
  const routes = existsSync(file) ? loadAlertRoutes(await readConfigFile(file), file) : NO_ROUTES;
  return all.map((channel) =>
    routedChannel(
      enrichingChannel(channel, () => enrichment.current),
      routes,
    ),
  );
}

function timingOf({ snapshotEveryMs, passivateAfterMs }: SiteTuning): EngineTiming {
  return {
    snapshotEveryMs: snapshotEveryMs ?? ENGINE_TIMING.snapshotEveryMs,
    passivateAfterMs: passivateAfterMs ?? ENGINE_TIMING.passivateAfterMs,
  };
}

function hooksOf({ parts, late, latency }: EngineParts): EngineHooks {
  const { intake, clock, options, tuning, journal } = parts;
  const receipts = new ReceiptTimes();
  journal.onCommit((firstLsn, entries) => {
    receipts.note(firstLsn, entries);
  });
  return {
    folded: (entries, bytes) => {
      intake.folded(entries, bytes);
    },
    note: (device, frame, reason) => {
      late.devices?.note(device, frame, reason);
    },
    actorEvent: (event) => {
      late.observer?.actorEvent(event);
    },
    alertChanged: ({ alert, transition }) => {
      if (transition === 'opened') {
        const since = receipts.of(alert.trigger) ?? alert.openedAt;
        latency.add(Math.max(0, clock.now() - since) / 1000 / clock.rate);
      }
      late.observer?.alertChanged(alert);
    },
    isWatched: (subject) => late.observer?.isWatched(subject) ?? false,
    seen: (subject, points) => {
      late.observer?.seen(subject, points);
    },
    fatal: (path, error) => {
      options.logger.error(
        'An actor failed beyond mending; the process ends and recovers from its journal.',
        {
          path,
          error: messageOf(error),
        },
      );
      if (tuning.onFatal === undefined) process.exit(RESTART_EXIT_CODE);
      tuning.onFatal(path, error);
    },
  };
}

/** A demonstration's clock is journalled at its first start, so that a restart goes on with it. */
function setClock({ options, clock, journal }: Parts, engine: Engine): void {
  const { origin, rate } = options.clock;
  const isNew = journal.nextLsn === 1;
  const asked =
    origin === undefined || rate === undefined
      ? undefined
      : { wallOrigin: clock.wall(), origin, rate };
  const mapping = engine.state.clockMapping ?? (isNew ? asked : undefined);
  if (mapping === undefined) return;
  clock.set(mapping);
  if (engine.state.clockMapping === undefined) {
    void engine.command({ id: `clock-${mapping.wallOrigin}`, type: 'clock.set', ...mapping });
  }
}

/** Journals the detectors' configuration when it is not the one in force. */
async function configure(parts: Parts, engine: Engine): Promise<void> {
  const content = await readConfigFile(anomalyFile(parts));
  compileDetectors(content, anomalyFile(parts));
  if (content === engine.state.configContent) return;
  const hash = createHash('sha256').update(content).digest('hex');
  await engine.command({ id: `config-${hash}`, type: 'config.set', hash, content });
}

function anomalyFile({ options }: Parts): string {
  return join(options.configFolder, 'anomaly_schema.yaml');
}
