import { randomBytes } from 'node:crypto';
import type { Archivist } from '../actors/archivist.ts';
import { createDashboardAssets } from '../gateway/dashboard/assets.ts';
import type { DeviceEndpoint } from '../gateway/device-endpoint.ts';
import { createHttpGateway, type HttpGateway } from '../gateway/http/http-gateway.ts';
import type { RejectedRecord } from '../gateway/http/options.ts';
import type { SiteApi } from '../gateway/site-api.ts';
import type { Inputs } from '../gateway/tcp/inputs.ts';
import { resolveTls, type TlsMaterial } from '../gateway/tls/tls-material.ts';
import { openTokenStore, type TokenStore } from '../security/tokens.ts';
import type { DeadLetter } from '../store/store.ts';
import { createGroupSealer } from '../wire/group-sealer.ts';
import { openFileInputs } from './file-inputs.ts';
import { openInputs } from './inputs.ts';
import { openKafkaInputs } from './kafka-inputs.ts';
import type { GatewayParts } from './parts.ts';

export interface ServeOptions {
  readonly parts: GatewayParts;
  readonly api: SiteApi;
  readonly devices: DeviceEndpoint;
  /** Keeps what `POST /v1/logs` rejects; without it that is counted and dropped. */
  readonly letters?: Pick<Archivist, 'bury' | 'isBehind'>;
}

export interface Serving {
  readonly url: string;
  /** The admin token to show: the given one, or one made just now. */
  readonly token: string | undefined;
  readonly hasOwnAuthority: boolean;
  /** TCP, TLS, UDP and Kafka, as `inputs.yaml` says. */
  readonly inputs: Inputs;
}

/** Opens the one port, for API, dashboard, feed and watches, and the inputs that have ports of their own. */
export async function serve({ parts, api, devices, letters }: ServeOptions): Promise<Serving> {
  const { options, metrics, intake, siteKeys, stops, schema } = parts;
  const tokens = await tokensOf(parts);
  const tls = await tlsOf(parts);
  const onRejected = burier(parts, letters);
  const { id, publicKey } = siteKeys.current();
  const gateway: HttpGateway = createHttpGateway({
    api,
    intake,
    groups: createGroupSealer({
      site: options.siteName,
      recipient: { id, publicKey },
      gateway: randomBytes(8).toString('hex'),
      epoch: 1,
    }),
    records: { schema, drift: parts.drift, redactor: parts.redactor },
    positions: parts.positions,
    tokens,
    devices,
    metrics,
    logger: options.logger,
    ...(parts.tuning.tracer === undefined ? {} : { tracer: parts.tuning.tracer }),
    ...(parts.tuning.httpLimits === undefined ? {} : { limits: parts.tuning.httpLimits }),
    dashboard: await createDashboardAssets(),
    ...(tls === undefined ? {} : { tls }),
    onRejected,
  });
  stops.push(() => gateway.close());
  stops.push(() => devices.drain());
  const { url } = await gateway.listen({ host: options.host, port: options.port });
  const inputs = await inputsOf(parts, { tokens, onRejected });
  // Not before: a token made by a start that then fails (port taken) would be lost for good.
  const token = options.token ?? (await firstToken(tokens));
  return {
    url,
    token,
    inputs,
    hasOwnAuthority: tls !== undefined && options.tls.certificateFile === undefined,
  };
}

/** Those with ports of their own, the files that are followed, and Kafka's topics. */
async function inputsOf(
  parts: GatewayParts,
  options: Parameters<typeof openInputs>[1],
): Promise<Inputs> {
  const inputs = await openInputs(parts, options);
  parts.stops.push(() => inputs.stop());
  const files = await openFileInputs(parts);
  parts.stops.push(() => files.stop());
  const topics = await openKafkaInputs(parts);
  parts.stops.push(() => topics.stop());
  return { ...inputs, list: () => [...inputs.list(), ...topics.list()] };
}

function tokensOf({ options, clock }: GatewayParts): Promise<TokenStore> {
  const { dataFolder: folder, token: seed } = options;
  return openTokenStore({ folder, clock, ...(seed === undefined ? {} : { seed }) });
}

/** Keeps rejected records as dead letters. */
function burier(
  { metrics, journal }: GatewayParts,
  letters: ServeOptions['letters'],
): (record: RejectedRecord) => void {
  const dropped = metrics.counter(
    'watchkeeper_dead_letters_dropped_total',
    'Rejected records that are not kept, because the store is behind.',
  );
  return (record) => {
    // They are not journalled, so nothing slows their sender down while the store is away.
    if (letters === undefined || letters.isBehind) dropped.inc();
    else letters.bury(deadLetterOf(record, journal.durableLsn));
  };
}

/** Made once, at the first start; only its hash is kept. */
async function firstToken(tokens: TokenStore): Promise<string | undefined> {
  if (tokens.size > 0) return undefined;
  return (await tokens.issue({ role: 'admin', name: 'first start' })).token;
}

function tlsOf({ options, clock }: GatewayParts): Promise<TlsMaterial | undefined> {
  const { certificateFile: certFile, keyFile } = options.tls;
  return resolveTls({
    host: options.host,
    site: options.siteName,
    folder: options.dataFolder,
    clock,
    clientCertificates: options.tls.clientCertificates ?? false,
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  });
}

/** `lsn` is only its place in the list, newest first: the record is in no journal entry. */
function deadLetterOf(
  { index, pointer, reason, body, at, service }: RejectedRecord,
  lsn: number,
): DeadLetter {
  return {
    id: `http.${at}.${randomBytes(6).toString('hex')}`,
    lsn,
    ordinal: index,
    subject: '',
    stage: 'validate',
    reason,
    pointer,
    at,
    body,
    ...(service === undefined ? {} : { service }),
  };
}
