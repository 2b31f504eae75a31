import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isWatchkeeperError, messageOf } from '../../core/errors.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import { checkConfig, configFolder } from '../config-files.ts';
import type { CliContext } from '../context.ts';
import { failed, ok, type Check } from '../doctor/check.ts';
import {
  checkClock,
  checkDataFolder,
  checkMemory,
  checkNatsServer,
  checkNode,
  checkOpenFiles,
  checkSecretFiles,
} from '../doctor/machine.ts';
import { checkMongo, checkPort } from '../doctor/network.ts';
import { checkSite } from '../doctor/site.ts';
import { checkTraining } from '../doctor/training.ts';
import { ExitWith } from '../exit.ts';
import { connectSite, localSite } from '../http/resolve-site.ts';
import { wholeNumber } from '../numbers.ts';
import { isRunning } from '../site-file.ts';
import { plain } from '../table.ts';

interface DoctorOptions extends RemoteOptions {
  readonly port: number;
  readonly host: string;
  readonly config?: string;
}

/** `watchkeeper doctor`. */
export function doctorCommand(context: CliContext): Command {
  const command = createCommand('doctor', {
    about: 'Check this machine, the configuration and the running site',
    more: 'Each row says what was seen and, when something is wrong, what to do. Exit code 1 when a row is ✘.',
    examples: [
      ['doctor', 'everything'],
      ['doctor --port 8080 --data /var/lib/watchkeeper', 'for another set-up'],
    ],
  });
  return withSite(command)
    .option('--port <port>', 'port that the site is to use', wholeNumber(1, 65_535), 7180)
    .option('--host <address>', 'address that the site is to use', '127.0.0.1')
    .option('--config <folder>', 'folder with the configuration files')
    .action((options: DoctorOptions) => doctor(context, options));
}

async function doctor(context: CliContext, options: DoctorOptions): Promise<void> {
  const checks = await runChecks(context, options);
  if (options.json === true) printJson(context, checks);
  else for (const check of checks) printCheck(context, check);
  if (checks.some(({ state }) => state === 'failed')) throw new ExitWith(1);
}

async function runChecks(context: CliContext, options: DoctorOptions): Promise<readonly Check[]> {
  const { clock, cwd, env } = context;
  const folder = resolve(cwd, options.data ?? './data');
  const site = localSite(folder);
  const running = site !== undefined && isRunning(site) ? site : undefined;
  return [
    checkNode(process.versions.node, clock.wall()),
    checkClock(clock.wall()),
    checkMemory(),
    checkOpenFiles(),
    checkDataFolder(folder, () => clock.monotonic()),
    checkSecretFiles(folder),
    await checkPort(options.port, options.host, running),
    await checkNatsServer(env),
    await checkMongo(env['WATCHKEEPER_MONGODB_URL']),
    await checkTraining(clock),
    ...configChecks(configFolder(cwd, options.config)),
    ...(await checkSite(connectSite(context, options))),
  ];
}

function configChecks(folder: string): readonly Check[] {
  return checkConfig(folder).map((check) => {
    const name = check.file.slice(check.file.lastIndexOf('/') + 1);
    if (check.ok) return ok(name, check.summary);
    const fix = isWatchkeeperError(check.error) ? (check.error.fix ?? '') : '';
    return failed(name, messageOf(check.error), fix);
  });
}

const MARK = { ok: '✔', warning: '▲', failed: '✘' } as const;

function printCheck(context: CliContext, { name, state, evidence, fix }: Check): void {
  const { green, yellow, red, bold } = context.colors;
  const paint = { ok: green, warning: yellow, failed: red }[state];
  printLine(context, `${paint(MARK[state])} ${bold(name.padEnd(18))} ${plain(evidence)}`);
  if (fix !== '') printLine(context, `  ${''.padEnd(18)} fix: ${plain(fix)}`);
}
