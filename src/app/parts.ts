import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LiveModels } from '../actors/ports.ts';
import type { Channel } from '../alerts/channel.ts';
import type { StartSiteOptions } from '../cli/site-contract.ts';
import { systemClock } from '../core/clock.ts';
import type { StopStack } from '../core/lifecycle.ts';
import { SiteClock } from '../core/site-clock.ts';
import type { Tracer } from '../core/trace.ts';
import type { AlertBus } from '../federation/alert-bus.ts';
import { openAlertBus } from '../federation/open-alert-bus.ts';
import { createMetricsRegistry, type MetricsRegistry } from '../gateway/http/metrics-registry.ts';
import { SourcePositions } from '../gateway/sources/positions.ts';
import { createIntake, type Intake } from '../gateway/intake.ts';
import type { SiteKeys } from '../gateway/device/hello-desk.ts';
import type { HttpLimits } from '../gateway/http/limits.ts';
import type { KafkaLibrary } from '../gateway/kafka/kafka-client.ts';
import type { DeviceLimits } from '../gateway/limits.ts';
import type { ModelRegistry } from '../ml/registry/model-registry.ts';
import { openKeyRing, publicHalf, type KeyRing } from '../security/key-ring.ts';
import type { Redactor } from '../security/redaction/redactor.ts';
import { openEmbeddedStore } from '../store/embedded/open.ts';
import type { Journal } from '../store/journal.ts';
import { openMongoStore } from '../store/mongodb/open.ts';
import { openSegmentJournal } from '../store/segment-journal.ts';
import type { Store } from '../store/store.ts';
import type { DetectorSet } from '../streams/detector.ts';
import type { LineReaders } from '../wire/parsers/config/line-readers.ts';
import { createRecordDecoder, type RecordDecoder } from '../wire/records/decode.ts';
import { SchemaDrift } from '../wire/records/drift.ts';
import { LiveSchema } from '../wire/records/live-schema.ts';
import { publishDrift } from './drift-metrics.ts';
import { readConfigFile } from './config-file.ts';
import { bucketTables } from './enrichment/bucket-tables.ts';
import { openLookupFiles, type LookupFiles } from './enrichment/lookup-files.ts';
import { openModels } from './open-models.ts';
import { openLineReaders } from './open-line-readers.ts';
import { openRedactor } from './open-redactor.ts';

/** What tests and benchmarks set and a person at the command line does not. */
export interface SiteTuning {
  readonly tracer?: Tracer;
  readonly snapshotEveryMs?: number;
  readonly passivateAfterMs?: number;
  /** How long a detector may take before the watchdog ends the process. */
  readonly watchdogMs?: number;
  readonly channels?: readonly Channel[];
  /** Models in place of those of the registry, to plant a fault. */
  readonly models?: LiveModels;
  readonly deviceLimits?: Partial<DeviceLimits>;
  readonly httpLimits?: Partial<HttpLimits>;
  /** How often the log schema's file is looked at, in real ms. */
  readonly configPollMs?: number;
  /** How long a change of an operator may take until it is answered 503. */
  readonly commandMs?: number;
  /** Size of the journal's files. */
  readonly journalSegmentBytes?: number;
  /** How long after the start to find out what trains models, in real ms. */
  readonly backendProbeMs?: number;
  /** Wraps the journal, to plant a defect or a fault. */
  readonly wrapJournal?: (journal: Journal) => Journal;
  /** Wraps the store, to plant a fault. */
  readonly wrapStore?: (store: Store) => Store;
  /** Builds the detectors from the content of the configuration, to plant a fault. */
  readonly compile?: (content: string) => DetectorSet;
  /** Loads what speaks to Kafka, to plant a fault. */
  readonly loadKafka?: () => Promise<KafkaLibrary>;
  readonly onFatal?: (path: string, error: unknown) => void;
}

/** What the gateway is made of: all that takes records in, and nothing that can open them. */
export interface GatewayParts {
  readonly options: StartSiteOptions;
  readonly tuning: SiteTuning;
  readonly clock: SiteClock;
  /** The one in force, which changes with the file. */
  readonly schema: LiveSchema;
  readonly drift: SchemaDrift;
  readonly redactor: Redactor;
  /** What `parser` of an input may name, as `parsers.yaml` says. */
  readonly readers: LineReaders;
  /** Public halves only. */
  readonly siteKeys: SiteKeys;
  readonly journal: Journal;
  readonly metrics: MetricsRegistry;
  readonly intake: Intake;
  /** How far files and other sources were taken in. */
  readonly positions: SourcePositions;
  /** What was opened, for stopping in reverse. */
  readonly stops: StopStack;
}

/** The adapters a whole site is made of, open. */
export interface Parts extends GatewayParts {
  readonly decoder: RecordDecoder;
  readonly keyRing: KeyRing;
  readonly store: Store;
  readonly bus: AlertBus | undefined;
  /** Lookup tables for what is shown and sent. */
  readonly enrichment: LookupFiles;
  /** Trained models and their stages; changes by other processes are seen. */
  readonly models: ModelRegistry;
  readonly notices: readonly string[];
}

/** Opens journal, store, keys and NATS as the options say. What opened before a failure is on `stops`. */
export async function openParts(
  options: StartSiteOptions,
  tuning: SiteTuning,
  stops: StopStack,
): Promise<Parts> {
  const { dataFolder, keyPassphrase: passphrase } = options;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const keyRing = await openKeyRing({
    folder: dataFolder,
    clock: systemClock,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const gateway = await openGatewayParts({ options, tuning, stops, siteKeys: publicHalf(keyRing) });
  const { clock, schema, drift, redactor } = gateway;
  const decoder = createRecordDecoder(schema, drift, redactor);
  const opened = await openStore(options, decoder);
  stops.push(() => opened.close());
  const store = tuning.wrapStore?.(opened) ?? opened;
  const bus = await openBus(options, clock);
  if (bus !== undefined) stops.push(() => bus.close());
  const { configFolder: folder } = options;
  const enrichment = await openLookupFiles({
    folder,
    clock,
    buckets: bus && bucketTables(bus.buckets),
    pollMs: tuning.configPollMs,
  });
  stops.push(() => {
    enrichment.stop();
  });
  const notices =
    bus === undefined
      ? ['No nats-server was found: there are no alert subscribers and no federation.']
      : [];
  const models = await openModels(options, clock, bus);
  return { ...gateway, decoder, keyRing, store, bus, enrichment, models, notices };
}

/** Opens what the gateway needs and no more, so that a process can hold it without the site's private key. */
export async function openGatewayParts({
  options,
  tuning,
  stops,
  siteKeys,
}: Pick<GatewayParts, 'options' | 'tuning' | 'stops' | 'siteKeys'>): Promise<GatewayParts> {
  await mkdir(options.dataFolder, { recursive: true, mode: 0o700 });
  const clock = new SiteClock(systemClock);
  const schemaFile = join(options.configFolder, 'log_schema.yaml');
  const schema = new LiveSchema(await readConfigFile(schemaFile), schemaFile);
  const journal = await openJournal({ options, tuning, clock, stops });
  const metrics = createMetricsRegistry();
  const drift = new SchemaDrift();
  publishDrift(drift, metrics);
  const redactor = await openRedactor({ ...options, metrics });
  const readers = await openLineReaders(options.configFolder, metrics);
  const intake = createIntake({ journal, clock, metrics, tracer: tuning.tracer });
  const positions = new SourcePositions();
  const records = { schema, drift, redactor };
  return {
    options,
    tuning,
    clock,
    ...records,
    readers,
    siteKeys,
    journal,
    metrics,
    intake,
    positions,
    stops,
  };
}

async function openJournal({
  options,
  tuning,
  clock,
  stops,
}: Pick<GatewayParts, 'options' | 'tuning' | 'clock' | 'stops'>): Promise<Journal> {
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
