import { readFile } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import type { Metrics } from '../../core/metrics.ts';
import type { TokenStore } from '../../security/tokens.ts';
import type { LineReaders } from '../../wire/parsers/config/line-readers.ts';
import type { RejectedRecord } from '../http/options.ts';
import type { Intake } from '../intake.ts';
import type { RecordSink } from '../record-sink.ts';
import { resolveTls, type TlsMaterial } from '../tls/tls-material.ts';
import { DatagramInput } from './datagram-input.ts';
import type { InputConfig } from './input-config.ts';
import { InputCounter } from './input-counts.ts';
import type { InputInfo } from './input-info.ts';
import { newSession } from './new-session.ts';
import { RecordTaker } from './record-taker.ts';
import { createRelief, type Relief } from './relief.ts';
import { StreamInput } from './stream-input.ts';

export interface InputsOptions {
  readonly configs: readonly InputConfig[];
  readonly site: string;
  /** Data folder, with the site's own authority. */
  readonly folder: string;
  readonly clock: Clock;
  readonly sink: RecordSink;
  readonly intake: Pick<Intake, 'onRelief'>;
  readonly metrics: Metrics;
  readonly tokens: Pick<TokenStore, 'verify'>;
  /** Keeps what could not be taken. */
  readonly onRejected: (record: RejectedRecord) => void;
  /** What `parser` names. @default the formats */
  readonly readers?: LineReaders | undefined;
}

/** The inputs of a site that are not HTTP. */
export interface Inputs {
  list(): readonly InputInfo[];
  /** Stops accepting, finishes what was read, acks what is durable; after 2 s it cuts off. Idempotent. */
  stop(): Promise<void>;
}

const DRAIN_MS = 2_000;

interface Running {
  readonly input: StreamInput | DatagramInput;
  readonly info: () => InputInfo;
}

/** Starts every input, or none. @throws WatchkeeperError PORT_IN_USE | CONFIG_INVALID | CONFIG_MISSING */
export async function startInputs(options: InputsOptions): Promise<Inputs> {
  const relief = createRelief(options.clock, options.intake);
  const running: Running[] = [];
  try {
    for (const config of options.configs) running.push(await startInput(config, options, relief));
  } catch (error) {
    for (const { input } of running) input.close();
    throw error;
  }
  let stopping: Promise<void> | undefined;
  return {
    list: () => running.map(({ info }) => info()),
    stop: () => (stopping ??= stopAll(running, options.clock)),
  };
}

async function stopAll(running: readonly Running[], clock: Clock): Promise<void> {
  const drained = Promise.all(running.map(({ input }) => input.drain()));
  let cancel: () => void = () => undefined;
  const late = new Promise<void>((resolve) => (cancel = clock.after(DRAIN_MS, resolve)));
  await Promise.race([drained, late]);
  cancel();
  for (const { input } of running) input.close();
}

async function startInput(
  config: InputConfig,
  options: InputsOptions,
  relief: Relief,
): Promise<Running> {
  const { clock, sink, metrics, onRejected, readers } = options;
  const { name, type } = config;
  const counter = new InputCounter(metrics, name);
  const taker = new RecordTaker({ input: name, clock, sink, relief, counter, onRejected });
  if (type === 'syslog-udp') {
    const input = new DatagramInput({ config, clock, taker, counter, readers });
    const address = await input.listen();
    const fixed = { name, type, transport: 'udp' as const, ...address };
    return { input, info: () => ({ ...fixed, ...counter.counts(), dropped: input.dropped }) };
  }
  const tls = await tlsOf(config, options);
  const input = new StreamInput({
    ...{ config, clock, taker, counter, tls },
    newSession: newSession(config, {
      clock,
      tokens: options.tokens,
      readers,
      hostname: options.site,
      sharedKey: await sharedKeyOf(config),
    }),
  });
  const address = await input.listen();
  const transport = tls === undefined ? ('tcp' as const) : ('tls' as const);
  const fixed = { name, type, transport, ...address, dropped: 0 };
  return { input, info: () => ({ ...fixed, ...counter.counts() }) };
}

async function tlsOf(
  { tls, host }: InputConfig,
  { site, folder, clock }: InputsOptions,
): Promise<TlsMaterial | undefined> {
  if (tls === undefined) return undefined;
  const { certFile, keyFile, caFile, clientCertificates } = tls;
  const material = await resolveTls({
    ...{ host, site, folder, clock },
    always: true,
    clientCertificates: clientCertificates !== 'none',
    ...(certFile === '' ? {} : { certFile, keyFile }),
  });
  if (material === undefined || caFile === '') return material;
  return { ...material, clientCa: await readText(caFile) };
}

async function sharedKeyOf({ sharedKey, sharedKeyFile }: InputConfig): Promise<string | undefined> {
  if (sharedKeyFile !== '') return (await readText(sharedKeyFile)).trim();
  return sharedKey === '' ? undefined : sharedKey;
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
