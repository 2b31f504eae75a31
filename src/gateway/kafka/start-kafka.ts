import { readFile } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Metrics } from '../../core/metrics.ts';
import type { LineReaders } from '../../wire/parsers/config/line-readers.ts';
import type { Intake } from '../intake.ts';
import type { RecordSink } from '../record-sink.ts';
import type { SourcePositions } from '../sources/positions.ts';
import { InputCounter } from '../tcp/input-counts.ts';
import type { InputInfo } from '../tcp/input-info.ts';
import type { Inputs } from '../tcp/inputs.ts';
import { createRelief } from '../tcp/relief.ts';
import type { ClientOptions, KafkaLibrary } from './kafka-client.ts';
import { readBroker, type KafkaInputConfig } from './kafka-config.ts';
import { KafkaSource } from './kafka-source.ts';
import { loadKafkajs } from './load-kafkajs.ts';

export interface KafkaInputsOptions {
  readonly configs: readonly KafkaInputConfig[];
  readonly site: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly intake: Pick<Intake, 'onRelief'>;
  /** Takes each stretch of a partition once. */
  readonly sink: RecordSink;
  readonly positions: SourcePositions;
  /** What `parser` names. @default the formats */
  readonly readers?: LineReaders | undefined;
  /** @default loads kafkajs */
  readonly load?: (() => Promise<KafkaLibrary>) | undefined;
}

const LAG = 'watchkeeper_input_lag';
const LAG_HELP = 'Messages of the partitions read here that are not taken in yet, by input.';

/**
 * Starts reading every topic; brokers that are away are waited for.
 * @throws WatchkeeperError PREREQUISITE_MISSING (no kafkajs) | CONFIG_MISSING (a file that an entry names)
 */
export async function startKafkaInputs(options: KafkaInputsOptions): Promise<Inputs> {
  const { configs, load = loadKafkajs } = options;
  const running: { readonly source: KafkaSource; readonly info: () => InputInfo }[] = [];
  const library = configs.length === 0 ? undefined : await load();
  const relief = createRelief(options.clock, options.intake);
  for (const config of configs) {
    if (library === undefined) break;
    const counter = new InputCounter(options.metrics, config.name);
    const client = library(await clientOptions(config, options));
    const source = new KafkaSource({ ...options, config, client, counter, relief });
    publishLag(source, options);
    running.push({ source, info: () => infoOf(source, config, counter) });
  }
  for (const { source } of running) await source.start();
  return {
    list: () => running.map(({ info }) => info()),
    stop: async () => {
      await Promise.all(running.map(({ source }) => source.stop()));
    },
  };
}

const LAG_EVERY_MS = 1_000;

function publishLag(source: KafkaSource, { metrics, clock }: KafkaInputsOptions): void {
  const gauge = metrics.gauge(LAG, LAG_HELP, { input: source.name });
  clock.every(LAG_EVERY_MS, () => {
    gauge.set(source.lag);
  });
}

function infoOf(source: KafkaSource, config: KafkaInputConfig, counter: InputCounter): InputInfo {
  const [first = ''] = config.brokers;
  const { host, port } = readBroker(first) ?? { host: first, port: 0 };
  const { problem, lag } = source;
  return {
    name: config.name,
    type: 'kafka',
    transport: config.tls === undefined ? 'tcp' : 'tls',
    ...{ host, port },
    ...counter.counts(),
    dropped: 0,
    lag,
    ...(problem === '' ? {} : { problem }),
  };
}

async function clientOptions(
  { name, brokers, tls, sasl }: KafkaInputConfig,
  { site, logger }: KafkaInputsOptions,
): Promise<ClientOptions> {
  const log: ClientOptions['log'] = (level, reason) => {
    logger[level]('Kafka said something.', { input: name, reason });
  };
  return {
    clientId: `watchkeeper-${site}`,
    ...{ brokers, log },
    ...(tls === undefined ? {} : { ssl: await tlsOf(tls) }),
    ...(sasl === undefined ? {} : { sasl: await loginOf(sasl) }),
  };
}

async function tlsOf({
  caFile,
  certFile,
  keyFile,
}: NonNullable<KafkaInputConfig['tls']>): Promise<NonNullable<ClientOptions['ssl']>> {
  return {
    ...(caFile === '' ? {} : { ca: await readText(caFile) }),
    ...(certFile === '' ? {} : { cert: await readText(certFile), key: await readText(keyFile) }),
  };
}

async function loginOf({
  mechanism,
  username,
  password,
  passwordFile,
}: NonNullable<KafkaInputConfig['sasl']>): Promise<NonNullable<ClientOptions['sasl']>> {
  const secret = passwordFile === '' ? password : (await readText(passwordFile)).trim();
  return { mechanism: mechanism as 'plain', username, password: secret };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new WatchkeeperError('CONFIG_MISSING', `Cannot read "${file}".`, {
      fix: 'Check the path in inputs.yaml and that this user may read it.',
      cause,
    });
  }
}
