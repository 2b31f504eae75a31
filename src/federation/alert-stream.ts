import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { WatchkeeperError } from '../core/errors.ts';
import { toToken } from '../model/subject.ts';

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

/** Codes of the JetStream API (server/errors.json of nats-server). */
const API_ERROR = { streamNotFound: 10059, nameInUse: 10058 } as const;

/** What to ask for, the most wanted first: a shared server may permit less. */
const WISHES = [
  { max_bytes: 1024 * MIB, duplicate_window: nanos(2 * 3_600_000) },
  { max_bytes: 256 * MIB, duplicate_window: nanos(2 * 3_600_000) },
  { max_bytes: 32 * MIB, duplicate_window: nanos(120_000) },
];

/** Name of the stream that keeps a site's alerts: NATS stream names hold no dots and no spaces. */
export function alertStreamName(site: string): string {
  return `WK_ALERTS_${toToken(site).toUpperCase()}`;
}

export interface AlertStreamOptions {
  readonly site: string;
  /** Names the data folder that owns the stream. */
  readonly instance: string;
}

/**
 * Makes the stream of the site's alerts, or finds the one it made before. The
 * stream's description names the data folder it belongs to, so a second site
 * of the same name cannot mix its alerts into it; the same data folder finds
 * its stream again after any restart. (Stream metadata would say it more
 * cleanly; nats-server 2.9 has none.)
 * @throws CONFLICT when the stream belongs to another data folder.
 */
export async function claimAlertStream(
  manager: JetStreamManager,
  { site, instance }: AlertStreamOptions,
): Promise<void> {
  const name = alertStreamName(site);
  const description = `Watchkeeper alerts; instance ${instance}`;
  const found = await describe(manager, name);
  if (found === undefined) await add(manager, streamConfig(site, description));
  else if (found !== description) throw taken(site, name);
}

async function describe(manager: JetStreamManager, name: string): Promise<string | undefined> {
  try {
    return (await manager.streams.info(name)).config.description ?? '';
  } catch (error) {
    if (apiCode(error) === API_ERROR.streamNotFound) return undefined;
    throw error;
  }
}

async function add(manager: JetStreamManager, config: StreamWish): Promise<void> {
  let refusal: unknown;
  for (const wish of WISHES) {
    try {
      await manager.streams.add({ ...config, ...wish });
      return;
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error;
      refusal = error;
      if (error.code === API_ERROR.nameInUse) break;
    }
  }
  throw refusal;
}

type StreamWish = Partial<StreamConfig> & { readonly name: string };

function streamConfig(site: string, description: string): StreamWish {
  return {
    name: alertStreamName(site),
    description,
    subjects: [`alerts.v1.${toToken(site)}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(30 * DAY_MS),
    max_consumers: 1024,
    allow_direct: true,
  };
}

function taken(site: string, stream: string): WatchkeeperError {
  return new WatchkeeperError(
    'CONFLICT',
    `Another site named "${site}" already publishes its alerts on this NATS (stream ${stream}).`,
    {
      fix: `Give this site another name (--site), or, when the other one is gone for good, delete its stream: nats stream rm ${stream}`,
    },
  );
}

function apiCode(error: unknown): number | undefined {
  return error instanceof JetStreamApiError ? error.code : undefined;
}
