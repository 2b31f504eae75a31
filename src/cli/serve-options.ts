import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { WatchkeeperError } from '../core/errors.ts';
import { projectRoot } from '../core/root.ts';
import { isSubjectName } from '../model/subject.ts';
import type { CommonOptions } from './command.ts';
import type { CliContext } from './context.ts';
import { cliLogger, type LogFormat } from './cli-logger.ts';
import { wholeNumber } from './numbers.ts';
import type { SelfMonitorLevel, StartSiteOptions } from './site-contract.ts';
import { s3Settings } from '../store/models/s3-settings.ts';

/** Options that `up` and `demo` share. */
export interface ServeOptions extends CommonOptions {
  readonly host: string;
  readonly port: number;
  readonly data?: string;
  readonly config?: string;
  readonly nats?: string;
  readonly store?: string;
  readonly site?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly clientCertificates?: boolean;
  readonly keyPassphraseFile?: string;
  readonly verbose?: boolean;
  readonly logFormat?: LogFormat;
  /** `false` switches it off. */
  readonly selfMonitor?: SelfMonitorLevel | false;
}

export function withServeOptions(command: Command, dataDefault: string): Command {
  return command
    .option('--host <address>', 'address to listen on; other than loopback needs TLS', '127.0.0.1')
    .option('--port <port>', 'port to listen on, 0 for a free one', wholeNumber(0, 65_535), 7180)
    .option('--data <folder>', `data folder (${dataDefault})`)
    .option('--config <folder>', 'folder with the configuration files (config/ of the project)')
    .option('--nats <url>', 'NATS server to use instead of an own one (WATCHKEEPER_NATS_URL)')
    .option(
      '--store <url>',
      'MongoDB to store in instead of the data folder (WATCHKEEPER_MONGODB_URL)',
    )
    .option('--site <name>', 'name of the site (WATCHKEEPER_SITE; "local")')
    .option('--tls-cert <file>', 'PEM file with the certificate chain')
    .option('--tls-key <file>', 'PEM file with the key of the certificate')
    .option('--client-certificates', "ask watches for a certificate of the site's authority")
    .option(
      '--key-passphrase-file <file>',
      "file with the passphrase of the site's private keys (WATCHKEEPER_KEY_PASSPHRASE)",
    )
    .option('--no-provision', 'install nothing; use what is found')
    .addOption(new Option('--verbose', "print the site's own log lines"))
    .addOption(
      new Option(
        '--log-format <format>',
        "how the site's own log lines are written (text on a terminal, else json)",
      ).choices(['text', 'json']),
    )
    .addOption(
      new Option(
        '--self-monitor <level>',
        "least level of the site's own log lines that it takes in as service watchkeeper",
      )
        .choices(['info', 'warning', 'error'])
        .default('warning'),
    )
    .option('--no-self-monitor', 'take in no log lines of its own');
}

/** What the composition root needs, from options and environment. Flags win over the environment. */
export function startOptions(
  context: CliContext,
  options: ServeOptions,
  changes: Pick<StartSiteOptions, 'dataFolder' | 'clock' | 'consoleAlerts'>,
): StartSiteOptions {
  const { env, cwd } = context;
  const natsUrl = options.nats ?? env['WATCHKEEPER_NATS_URL'];
  const storeUrl = options.store ?? env['WATCHKEEPER_MONGODB_URL'];
  const natsServer = env['WATCHKEEPER_NATS_SERVER'];
  const token = env['WATCHKEEPER_TOKEN'];
  return {
    host: options.host,
    port: options.port,
    configFolder:
      options.config === undefined ? join(projectRoot(), 'config') : resolve(cwd, options.config),
    siteName: siteName(options.site ?? env['WATCHKEEPER_SITE'] ?? 'local'),
    ...(isSet(natsUrl) ? { natsUrl } : {}),
    ...(isSet(storeUrl) ? { storeUrl } : {}),
    ...(isSet(natsServer) ? { natsServer } : {}),
    ...(isSet(token) ? { token } : {}),
    ...(env['WATCHKEEPER_MODELS'] === 'nats' ? { modelsInNats: true } : {}),
    ...(env['WATCHKEEPER_MODELS'] === 's3' ? { modelsInS3: s3Settings(env) } : {}),
    ...keyPassphrase(context, options),
    tls: {
      ...(options.tlsCert === undefined ? {} : { certificateFile: resolve(cwd, options.tlsCert) }),
      ...(options.tlsKey === undefined ? {} : { keyFile: resolve(cwd, options.tlsKey) }),
      clientCertificates: options.clientCertificates === true,
    },
    logger: cliLogger(context, {
      least: options.verbose === true ? 'debug' : 'warn',
      format: options.logFormat,
    }),
    ...(options.selfMonitor === undefined || options.selfMonitor === false
      ? {}
      : { selfMonitor: options.selfMonitor }),
    ...changes,
  };
}

/** The file wins over the environment, as flags do. A line end behind the passphrase is not part of it. */
function keyPassphrase(
  { env, cwd }: CliContext,
  { keyPassphraseFile: file }: ServeOptions,
): Pick<StartSiteOptions, 'keyPassphrase'> {
  const given = env['WATCHKEEPER_KEY_PASSPHRASE'];
  if (file === undefined) return isSet(given) ? { keyPassphrase: given } : {};
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new WatchkeeperError('USAGE', `The passphrase file "${file}" cannot be read.`, {
      fix: 'Give a file that this user can read with --key-passphrase-file.',
      cause,
    });
  }
  if (text !== '') return { keyPassphrase: text };
  throw new WatchkeeperError('USAGE', `The passphrase file "${file}" is empty.`, {
    fix: 'Write the passphrase into it, or leave --key-passphrase-file out.',
  });
}

/** Watches refuse a challenge with any other name (docs/protocol.md, section 3). */
function siteName(name: string): string {
  if (isSubjectName(name)) return name;
  throw new WatchkeeperError('USAGE', `${JSON.stringify(name)} cannot be the name of a site.`, {
    fix: 'Use 1 to 128 of A-Z a-z 0-9 . _ @ : - in --site or WATCHKEEPER_SITE.',
  });
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
