import { toToken } from '../model/subject.ts';
import { alertStreamName } from './alert-stream.ts';
import type { ServerSecrets } from './server-secrets.ts';

export interface ServerConfigOptions {
  readonly site: string;
  readonly port: number;
  readonly storeFolder: string;
  readonly pidFile: string;
  readonly secrets: ServerSecrets;
  /** `major.minor` of nats-server, for what only newer ones know. */
  readonly version: readonly [major: number, minor: number];
}

/** Who may use the server: the site itself, people who listen to alerts, and the server's own operator. */
export const SERVER_USERS = Object.freeze({
  internal: 'watchkeeper',
  subscriber: 'subscriber',
  system: 'system',
});

/**
 * Configuration file of the site's own nats-server: loopback only, JetStream
 * in a domain of the site's name, and a subscriber who can read alerts and
 * acknowledge them, and nothing else. nats-server 2.9 acks before it writes to
 * disk; from 2.10 on the file store is told to sync every write.
 */
export function serverConfig(options: ServerConfigOptions): string {
  const { site, port, storeFolder, pidFile, secrets } = options;
  const { publish, subscribe } = subscriberPermissions(site);
  const sync = isAtLeast(options.version, [2, 10]) ? '  sync_interval: always\n' : '';
  return `server_name: ${quoted(`watchkeeper-${toToken(site)}`)}
listen: "127.0.0.1:${port}"
pid_file: ${quoted(pidFile)}
max_payload: 1MB
jetstream {
  store_dir: ${quoted(storeFolder)}
  domain: ${quoted(toToken(site))}
  max_memory_store: 64MB
  max_file_store: 8GB
${sync}}
accounts {
  WATCHKEEPER {
    jetstream: enabled
    users: [
      { user: ${SERVER_USERS.internal}, password: ${quoted(secrets.internal)} }
      {
        user: ${SERVER_USERS.subscriber}, password: ${quoted(secrets.subscriber)}
        permissions {
          publish { allow: ${list(publish)} }
          subscribe { allow: ${list(subscribe)} }
        }
      }
    ]
  }
  SYS { users: [ { user: ${SERVER_USERS.system}, password: ${quoted(secrets.system)} } ] }
}
system_account: SYS
`;
}

/**
 * What a subscriber may do: hear alerts and incidents, replay the one stream,
 * acknowledge. `_INBOX.>` holds no reply to the site, whose inboxes have a
 * prefix of their own.
 */
export function subscriberPermissions(site: string): {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
} {
  const stream = alertStreamName(site);
  const consumer = '$JS.API.CONSUMER';
  return {
    publish: [
      `acks.v1.${toToken(site)}.>`,
      '$JS.API.INFO',
      '$JS.API.STREAM.NAMES',
      `$JS.API.STREAM.INFO.${stream}`,
      `$JS.API.STREAM.MSG.GET.${stream}`,
      `$JS.API.DIRECT.GET.${stream}`,
      `$JS.API.DIRECT.GET.${stream}.>`,
      `${consumer}.CREATE.${stream}`,
      `${consumer}.CREATE.${stream}.>`,
      `${consumer}.DURABLE.CREATE.${stream}.>`,
      `${consumer}.INFO.${stream}.>`,
      `${consumer}.NAMES.${stream}`,
      `${consumer}.LIST.${stream}`,
      `${consumer}.DELETE.${stream}.>`,
      `${consumer}.MSG.NEXT.${stream}.>`,
      `$JS.ACK.${stream}.>`,
      `$JS.ACK.*.*.${stream}.>`,
      `$JS.FC.${stream}.>`,
    ],
    subscribe: ['alerts.v1.>', 'incidents.v1.>', '_INBOX.>'],
  };
}

function isAtLeast(
  [major, minor]: readonly [number, number],
  [wantedMajor, wantedMinor]: readonly [number, number],
): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function list(subjects: readonly string[]): string {
  return `[${subjects.map(quoted).join(', ')}]`;
}
