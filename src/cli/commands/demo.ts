import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { createCommand, printJsonLine } from '../command.ts';
import type { CliContext } from '../context.ts';
import { freshDemoFolder } from '../demo/demo-folder.ts';
import { DemoScreen } from '../demo/demo-screen.ts';
import { playDemo } from '../demo/play-demo.ts';
import { durationMs } from '../numbers.ts';
import { readyLine } from '../ready-line.ts';
import { parserNames } from '../named-parsers.ts';
import { logFiles } from '../replay/log-files.ts';
import { serveSite } from '../run-site.ts';
import { startOptions, withServeOptions, type ServeOptions } from '../serve-options.ts';

interface DemoOptions extends ServeOptions {
  readonly as?: string;
  readonly duration?: number;
}

const HEAD_START_MS = 30 * 60_000;
const RATE = 30;

/** `watchkeeper demo`. */
export function demoCommand(context: CliContext): Command {
  const command = createCommand('demo [files...]', {
    about: 'Start a site with simulated watches and services, and watch alerts appear',
    more:
      'Five watches stream vitals and logs over WebSocket, four services post over HTTP, and faults let each\n' +
      'of the five detectors fire within a minute: the clock starts 30 minutes in the past and runs 30 times\n' +
      `as fast until it meets the wall clock. Files are real logs to replay. Formats: ${parserNames()}.`,
    examples: [
      ['demo', 'fresh data in ./data/demo, on 127.0.0.1:7180'],
      ['demo auth.log --as openssh', 'with a real log on top'],
      ['demo --port 0 --data /tmp/wk --json', 'prints {"url","token","nats","site"} once ready'],
    ],
  });
  return withServeOptions(command, './data/demo, emptied first')
    .option('--as <format>', 'format of the files; several with commas')
    .option('--duration <d>', 'stop after this long, for example 90s', durationMs)
    .action((files: readonly string[], options: DemoOptions) => demo(context, files, options));
}

async function demo(
  context: CliContext,
  paths: readonly string[],
  options: DemoOptions,
): Promise<void> {
  const { cwd, env, clock } = context;
  const files = logFiles(paths, { cwd, as: options.as });
  const isRestart = env['WATCHKEEPER_RESTARTS'] !== undefined;
  const dataFolder =
    options.data === undefined
      ? freshDemoFolder(resolve(cwd, 'data'), isRestart)
      : resolve(cwd, options.data);
  const isJson = options.json === true;
  const start = startOptions(context, options, {
    dataFolder,
    clock: { origin: clock.wall() - HEAD_START_MS, rate: RATE },
    consoleAlerts: false,
  });
  const screen = isJson ? undefined : new DemoScreen(context, options.data);
  await serveSite(context, start, async (site, stopped) => {
    screen?.head(site, { rate: RATE, files: files.length });
    await playDemo(context, site, {
      dataFolder,
      files,
      rate: RATE,
      ca: site.caFile === undefined ? undefined : readFileSync(site.caFile, 'utf8'),
      screen,
      onReady: () => {
        if (isJson) printJsonLine(context, readyLine(site));
      },
      durationMs: options.duration,
      stopped,
    });
    screen?.print('Stopping.');
  });
}
