import { resolve } from 'node:path';
import type { Command } from 'commander';
import { WatchkeeperError } from '../../core/errors.ts';
import { isSubjectName } from '../../model/subject.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { connectSite } from '../http/resolve-site.ts';
import { table, timeText } from '../table.ts';
import { loadOrCreateWatchKey, pinSite, watchKeyPath, type SiteView } from '../watch-keys.ts';
import { certificateCommand } from './device-certificate.ts';

/** A watch as the API shows it. */
interface DeviceView {
  readonly id: string;
  /** base64url */
  readonly publicKey: string;
  readonly revoked: boolean;
  readonly enrolledAt: number;
  readonly online: boolean;
}

/** `watchkeeper device …`. */
export function deviceCommand(context: CliContext): Command {
  const command = createCommand('device', {
    about: 'Enrol, list and revoke watches',
    examples: [
      ['device enroll watch-17', 'make a key and enrol it'],
      ['device revoke watch-17 --reason lost', 'its socket closes within 5 s'],
    ],
  });
  command.addCommand(enrollCommand(context));
  command.addCommand(certificateCommand(context));
  command.addCommand(listCommand(context));
  command.addCommand(revokeCommand(context));
  return command;
}

interface EnrollOptions extends RemoteOptions {
  readonly publicKey?: string;
  readonly keys?: string;
}

function enrollCommand(context: CliContext): Command {
  const command = createCommand('enroll <id>', {
    about: 'Enrol a watch by its Ed25519 key',
    more:
      'Without --public-key a key is made and written to <data>/watches/<id>.json (mode 0600);\n' +
      'the private half never leaves this machine. The file also holds the site’s key, which is\n' +
      'printed too: a watch that is given it refuses to seal to any other. Enrolling the same key\n' +
      'twice changes nothing.',
    examples: [
      ['device enroll watch-17', 'make the key here'],
      ['device enroll watch-17 --public-key 11qYAYKx…', 'a key that the watch made itself'],
    ],
  });
  return withSite(command)
    .option('--public-key <base64url>', 'raw public key of 32 bytes that the watch made')
    .option('--keys <folder>', 'where to keep the key that is made here (<data>/watches)')
    .action((id: string, options: EnrollOptions) => enroll(context, id, options));
}

async function enroll(context: CliContext, id: string, options: EnrollOptions): Promise<void> {
  if (!isSubjectName(id)) {
    throw new WatchkeeperError('USAGE', `"${id}" cannot be the id of a watch.`, {
      fix: 'Use 1 to 128 of A-Z a-z 0-9 . _ @ : -',
    });
  }
  const folder = resolve(context.cwd, options.keys ?? `${options.data ?? './data'}/watches`);
  const isOwn = options.publicKey === undefined;
  const publicKey =
    options.publicKey ?? base64url((await loadOrCreateWatchKey(folder, id)).publicKey);
  const client = connectSite(context, options);
  const device = await client.post<DeviceView>('/v1/devices', { id, publicKey });
  const site = await client.get<SiteView>('/v1/site');
  if (isOwn) await pinSite(folder, id, site);
  const keyFile = isOwn ? watchKeyPath(folder, id) : undefined;
  if (options.json === true) {
    const siteKey = { id: site.key_id, publicKey: site.public_key };
    const kept = keyFile === undefined ? {} : { keyFile };
    return printJson(context, { ...device, site: site.site, siteKey, ...kept });
  }
  printLine(context, `Enrolled ${device.id} with public key ${device.publicKey}.`);
  printLine(
    context,
    `The watch should seal to this key of the site "${site.site}" only: ${site.public_key} (id ${site.key_id}).`,
  );
  if (keyFile !== undefined)
    printLine(
      context,
      `Its private key, with the site’s key, is in ${keyFile}; put it on the watch.`,
    );
}

function listCommand(context: CliContext): Command {
  const command = createCommand('list', {
    about: 'List enrolled watches',
    examples: [['device list --json', 'with their public keys']],
  });
  return withSite(command).action(async (options: RemoteOptions) => {
    const client = connectSite(context, options);
    const { devices } = await client.get<{ readonly devices: readonly DeviceView[] }>(
      '/v1/devices',
    );
    if (options.json === true) return printJson(context, { devices });
    if (devices.length === 0) {
      return printLine(
        context,
        'No watch is enrolled. Enrol one with "watchkeeper device enroll <id>".',
      );
    }
    const { green, red, dim } = context.colors;
    const rows = devices.map((device) => [
      device.id,
      device.revoked ? red('revoked') : device.online ? green('online') : dim('offline'),
      timeText(device.enrolledAt),
      device.publicKey,
    ]);
    printLine(context, table(context, ['id', 'state', 'enrolled (UTC)', 'public key'], rows));
  });
}

interface RevokeOptions extends RemoteOptions {
  readonly reason: string;
}

function revokeCommand(context: CliContext): Command {
  const command = createCommand('revoke <id>', {
    about: 'Revoke a watch for good',
    examples: [
      ['device revoke watch-17 --reason "lost on the train"', 'its socket closes within 5 s'],
    ],
  });
  return withSite(command)
    .option('--reason <text>', 'kept with the revocation', '')
    .action(async (id: string, options: RevokeOptions) => {
      const path = `/v1/devices/${encodeURIComponent(id)}/revoke`;
      await connectSite(context, options).post(path, { reason: options.reason });
      if (options.json === true) printJson(context, { id, revoked: true });
      else printLine(context, `Revoked ${id}. It can never connect again.`);
    });
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
