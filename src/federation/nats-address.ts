import type { NodeConnectionOptions } from '@nats-io/transport-node';
import { WatchkeeperError } from '../core/errors.ts';

/** Where a NATS is and how to log in. */
export interface NatsAddress {
  /** Without credentials: safe to show. */
  readonly url: string;
  readonly options: NodeConnectionOptions;
}

/**
 * Reads `nats://user:password@host:port`, `tls://token@host`, or several with
 * commas between them; the credentials of the first count for all.
 * @throws CONFIG_INVALID; the message holds no credentials.
 */
export function natsAddress(text: string): NatsAddress {
  const parsed = text.split(',').map((part) => parse(part.trim()));
  const [first] = parsed;
  const servers = parsed.map(({ host }) => host);
  const scheme = first?.protocol === 'tls:' ? 'tls' : 'nats';
  const user = decodeURIComponent(first?.username ?? '');
  const pass = decodeURIComponent(first?.password ?? '');
  return {
    url: servers.map((server) => `${scheme}://${server}`).join(','),
    options: {
      servers,
      ...(scheme === 'tls' ? { tls: {} } : {}),
      ...(user !== '' && pass === '' ? { token: user } : {}),
      ...(pass === '' ? {} : { user, pass }),
    },
  };
}

function parse(text: string): URL {
  const full = text.includes('://') ? text : `nats://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || url.host === '' || !/^(?:nats|tls):$/.test(url.protocol)) {
    throw new WatchkeeperError('CONFIG_INVALID', 'The address of NATS cannot be read.', {
      fix: 'Write it as nats://host:4222, nats://user:password@host:4222 or tls://host:4222.',
    });
  }
  return url;
}
