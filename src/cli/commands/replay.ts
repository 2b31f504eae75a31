import type { Command } from 'commander';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { ExitWith } from '../exit.ts';
import { connectSite } from '../http/resolve-site.ts';
import { askSiteTime } from '../http/site-time.ts';
import { positiveNumber } from '../numbers.ts';
import { progressBar } from '../progress.ts';
import { parserNames } from '../named-parsers.ts';
import { logFiles } from '../replay/log-files.ts';
import { replayLogs, type ReplaySummary } from '../replay/replay-logs.ts';

interface ReplayOptions extends RemoteOptions {
  readonly as?: string;
  readonly speed?: number;
  readonly service?: string;
}

/** `watchkeeper replay`. */
export function replayCommand(context: CliContext): Command {
  const command = createCommand('replay <files...>', {
    about: 'Post real log files as if they happened now',
    more:
      'Times are moved so that each log ends now and its bursts keep their shape. Lines that the format\n' +
      `does not fit are kept whole as messages. Formats: ${parserNames()}.`,
    examples: [
      ['replay auth.log --as openssh', 'at once'],
      ['replay auth.log --as openssh --speed 60', 'as it happens, an hour in a minute'],
      ['replay a.log b.log --as apache,hdfs', 'one format for each file'],
    ],
  });
  return withSite(command)
    .option('--as <format>', 'format of the files; several with commas')
    .option(
      '--speed <n>',
      'stream at n times the pace of the log instead of at once',
      positiveNumber,
    )
    .option('--service <name>', "name for the service, instead of the log's own")
    .action((files: readonly string[], options: ReplayOptions) => replay(context, files, options));
}

async function replay(
  context: CliContext,
  files: readonly string[],
  options: ReplayOptions,
): Promise<void> {
  const { as, speed, service } = options;
  const logs = logFiles(files, {
    cwd: context.cwd,
    as,
    ...(service === undefined ? {} : { service }),
  });
  const client = connectSite(context, options);
  const siteTime = await askSiteTime(client, context.clock);
  let isStopped = false;
  const cancel = context.onStop(() => (isStopped = true));
  const bar = progressBar(context, 'lines', options.json === true);
  try {
    const summary = await replayLogs(logs, {
      client,
      clock: context.clock,
      siteTime,
      ...(speed === undefined ? {} : { speed }),
      onProgress: (done, total) => {
        bar.update(done, total);
      },
      isStopped: () => isStopped,
    });
    bar.stop();
    if (options.json === true) printJson(context, summary);
    else printSummary(context, summary);
    if (summary.rejected > 0) throw new ExitWith(1);
  } finally {
    bar.stop();
    cancel();
    client.close();
  }
}

/** Says what became of the lines. */
function printSummary(context: CliContext, summary: ReplaySummary): void {
  const { lines, parsed, unparsed, accepted, rejected, shortenedGaps } = summary;
  printLine(context, `${lines} lines: ${parsed} parsed, ${unparsed} kept whole as messages.`);
  printLine(context, `${accepted} accepted, ${rejected} rejected.`);
  if (shortenedGaps > 0) {
    printLine(
      context,
      `The log spans more than 6.5 days: ${shortenedGaps} quiet times were shortened.`,
    );
  }
}
