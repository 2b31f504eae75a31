import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Channel } from '../alerts/channel.ts';
import type { StartSiteOptions } from '../cli/site-contract.ts';
import { systemClock } from '../core/clock.ts';
import type { StopStack } from '../core/lifecycle.ts';
import { SiteClock } from '../core/site-clock.ts';
import type { Tracer } from '../core/trace.ts';
import type { AlertBus } from '../federation/alert-bus.ts';
import { openAlertBus } from '../federation/open-alert-bus.ts';
import { createMetricsRegistry, type MetricsRegistry } from '../gateway/http/metrics-registry.ts';
import { createIntake, type Intake } from '../gateway/intake.ts';
import type { HttpLimits } from '../gateway/http/limits.ts';
import type { DeviceLimits } from '../gateway/limits.ts';
import { openKeyRing, type KeyRing } from '../security/key-ring.ts';
import { openEmbeddedStore } from '../store/embedded/open.ts';
import type { Journal } from '../store/journal.ts';
import { openMongoStore } from '../store/mongodb/open.ts';
import { openSegmentJournal } from '../store/segment-journal.ts';
import type { Store } from '../store/store.ts';
import type { DetectorSet } from '../streams/detector.ts';
import { createRecordDecoder, type RecordDecoder } from '../wire/records/decode.ts';
import { loadLogSchema, type LogSchema } from '../wire/records/schema.ts';
import { readConfigFile } from './config-file.ts';

/** What tests and benchmarks set and a person at the command line does not. */
export interface SiteTuning {
  readonly tracer?: Tracer;
  readonly snapshotEveryMs?: number;
  readonly passivateAfterMs?: number;
  /** How long a detector may take before the watchdog ends the process. */
  readonly watchdogMs?: number;
  readonly channels?: readonly Channel[];
  readonly deviceLimits?: Partial<DeviceLimits>;
  readonly httpLimits?: Partial<HttpLimits>;
  /** How long a change of an operator may take until it is answered 503. */
  readonly commandMs?: number;
  /** Size of the journal's files. */
  readonly journalSegmentBytes?: number;
  /** Wraps the journal, to plant a defect or a fault. */
  readonly wrapJournal?: (journal: Journal) => Journal;
  /** Wraps the store, to plant a fault. */
  readonly wrapStore?: (store: Store) => Store;
  /** Builds the detectors from the content of the configuration, to plant a fault. */
  readonly compile?: (content: string) => DetectorSet;
  readonly onFatal?: (path: string, error: unknown) => void;
}

/** The adapters a site is made of, open. */
export interface Parts {
  readonly options: StartSiteOptions;
  readonly tuning: SiteTuning;
  readonly clock: SiteClock;
  readonly schema: LogSchema;
  readonly decoder: RecordDecoder;
  readonly keyRing: KeyRing;
  readonly journal: Journal;
  readonly store: Store;
  readonly metrics: MetricsRegistry;
  readonly intake: Intake;
  readonly bus: AlertBus | undefined;
  readonly notices: readonly string[];
  /** What was opened, for stopping in reverse. */
  readonly stops: StopStack;
}

/** Opens journal, store, keys and NATS as the options say. What opened before a failure is on `stops`. */
export async function openParts(
  options: StartSiteOptions,
  tuning: SiteTuning,
  stops: StopStack,
): Promise<Parts> {
  const { dataFolder, configFolder } = options;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const clock = new SiteClock(systemClock);
  const schemaFile = join(configFolder, 'log_schema.yaml');
  const schema = loadLogSchema(await readConfigFile(schemaFile), schemaFile);
  const decoder = createRecordDecoder(schema);
  const keyRing = await openKeyRing({ folder: dataFolder, clock });
  const journal = await openJournal({ options, tuning, clock, stops });
  const opened = await openStore(options, decoder);
  stops.push(() => opened.close());
  const store = tuning.wrapStore?.(opened) ?? opened;
  const metrics = createMetricsRegistry();
  const intake = createIntake({ journal, clock, metrics, tracer: tuning.tracer });
  const bus = await openBus(options, clock);
  if (bus !== undefined) stops.push(() => bus.close());
  const notices =
    bus === undefined
      ? ['No nats-server was found: there are no alert subscribers and no federation.']
      : [];
  return {
    options,
    tuning,
    clock,
    schema,
    decoder,
    keyRing,
    journal,
    store,
    metrics,
    intake,
    bus,
    notices,
    stops,
  };
}

async function openJournal({
  options,
  tuning,
  clock,
  stops,
}: Pick<Parts, 'options' | 'tuning' | 'clock' | 'stops'>): Promise<Journal> {
  const folder = join(options.dataFolder, 'journal');
  const journal = await openSegmentJournal({
    folder,
    clock,
    logger: options.logger,
    ...(tuning.journalSegmentBytes === undefined
      ? {}
      : { segmentBytes: tuning.journalSegmentBytes }),
  });
  stops.push(() => journal.close());
  return tuning.wrapJournal?.(journal) ?? journal;
}

function openStore(
  { storeUrl, dataFolder, siteName: site }: StartSiteOptions,
  decoder: RecordDecoder,
): Promise<Store> {
  const decode = (payload: Uint8Array) => decoder.wire(payload);
  return storeUrl === undefined
    ? openEmbeddedStore({ folder: join(dataFolder, 'store'), site, decode })
    : openMongoStore({ url: storeUrl, site, decode });
}

async function openBus(options: StartSiteOptions, clock: SiteClock): Promise<AlertBus | undefined> {
  const { natsUrl, natsServer, dataFolder, siteName: site, logger } = options;
  if (natsUrl === undefined && natsServer === undefined) return undefined;
  return openAlertBus({
    site,
    clock,
    logger,
    folder: join(dataFolder, 'nats'),
    url: natsUrl,
    program: natsServer,
  });
}
