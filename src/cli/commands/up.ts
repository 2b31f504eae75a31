import { resolve } from 'node:path';
import type { Command } from 'commander';
import { createCommand, printJsonLine, printLine } from '../command.ts';
import type { CliContext } from '../context.ts';
import { serveSite } from '../run-site.ts';
import { startOptions, withServeOptions, type ServeOptions } from '../serve-options.ts';
import { readyLine } from '../ready-line.ts';
import type { RunningSite } from '../site-contract.ts';

/** `watchkeeper up`: a site that waits for watches and services. */
export function upCommand(context: CliContext): Command {
  const command = createCommand('up', {
    about: 'Start a site',
    more:
      'Everything the site knows is kept in the data folder and survives any crash. The first start\n' +
      'makes an admin token and prints it once; it is kept in <data>/site.json (mode 0600).',
    examples: [
      ['up', 'listen on 127.0.0.1:7180, data in ./data'],
      ['up --port 0 --data /tmp/wk --json', 'a second site on a free port, for a program'],
      ['up --store mongodb://127.0.0.1:27017/watchkeeper', 'store in MongoDB'],
    ],
  });
  return withServeOptions(command, './data').action((options: ServeOptions) =>
    up(context, options),
  );
}

async function up(context: CliContext, options: ServeOptions): Promise<void> {
  const isJson = options.json === true;
  const dataFolder = resolve(context.cwd, options.data ?? './data');
  const start = startOptions(context, options, { dataFolder, clock: {}, consoleAlerts: !isJson });
  await serveSite(context, start, async (site, stopped) => {
    if (isJson) printJsonLine(context, readyLine(site));
    else printReady(context, site, dataFolder);
    await stopped;
    context.err.write(
      'Stopping: letting what is under way finish, at most 5 s. Ctrl-C again stops at once.\n',
    );
  });
}

function printReady(context: CliContext, site: RunningSite, dataFolder: string): void {
  const { bold, cyan, yellow } = context.colors;
  printLine(context, `${bold('Watchkeeper')} runs: site "${site.site}", data in ${dataFolder}`);
  printLine(context, `  Dashboard  ${cyan(`${site.url}/`)}`);
  if (site.token !== undefined) printLine(context, `  Token      ${site.token}`);
  if (site.natsUrl !== undefined) printLine(context, `  NATS       ${site.natsUrl}  (alerts.v1.>)`);
  for (const { name, type, url } of site.inputs ?? []) {
    printLine(context, `  Input      ${cyan(url)}  (${name === type ? type : `${name}, ${type}`})`);
  }
  for (const notice of site.notices) printLine(context, `  ${yellow('▲')} ${notice}`);
  printLine(context, 'Ctrl-C stops it.');
}
