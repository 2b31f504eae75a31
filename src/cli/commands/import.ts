import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parseDuration } from '../../core/duration.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import { createCommand, printJson, printLine, withSite, type RemoteOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { ExitWith } from '../exit.ts';
import { connectSite } from '../http/resolve-site.ts';
import { importFiles, type FileSummary } from '../import/import-files.ts';
import type { ReadAs } from '../import/piece-reader.ts';
import { namedParsers, parserNames } from '../named-parsers.ts';
import { progressBar } from '../progress.ts';
import { sourceSpec } from '../source-spec.ts';
import { plain, table } from '../table.ts';

interface ImportOptions extends RemoteOptions {
  readonly as?: string;
  readonly source?: string;
  readonly config?: string;
  readonly service?: string;
  readonly multiline?: boolean;
  readonly dryRun?: boolean;
  readonly patience: string;
}

/** `watchkeeper import`. */
export function importCommand(context: CliContext): Command {
  const command = createCommand('import <files...>', {
    about: 'Import log files of the past, each line once',
    more:
      'Lines keep their own times, however old, and never raise an alert. Files may be packed with gzip,\n' +
      'or zstd. An import that was interrupted goes on where it was. Lines that no format\n' +
      `fits are kept whole as messages. Formats: csv, ${parserNames()}.`,
    examples: [
      ['import /var/log/syslog*', 'finds out each format'],
      ['import access.log.*.gz --as nginx --service shop', 'one format, one service'],
      ['import old.csv --as csv --dry-run', 'only read and count'],
      ['import shop.log --source shop', 'as config/parsers.yaml says for that source'],
      ['import - --as journald < journal.json', 'stdin; not resumed'],
    ],
  });
  return withSite(command)
    .option('--as <format>', 'format of the files, found out unless told')
    .option('--source <name>', 'source in config/parsers.yaml whose parsers and filters are used')
    .option('--config <folder>', 'folder with parsers.yaml')
    .option('--service <name>', "name for the service, instead of the log's own")
    .option('--multiline', 'join indented lines, such as stack traces, to the line before')
    .option('--dry-run', 'read and count, and send nothing')
    .option('--patience <duration>', 'how long to wait for a site that is away or busy', '60s')
    .action((files: readonly string[], options: ImportOptions) => run(context, files, options));
}

async function run(
  context: CliContext,
  files: readonly string[],
  options: ImportOptions,
): Promise<void> {
  const paths = files.map((file) => (file === '-' ? file : resolve(context.cwd, file)));
  const as = readAs(context, options);
  const patienceMs = patience(options);
  const client = options.dryRun === true ? undefined : connectSite(context, options);
  const total = await bytesOf(paths);
  const bar = progressBar(context, 'KiB', options.json === true || total === 0);
  let isStopped = false;
  const cancel = context.onStop(() => (isStopped = true));
  const started = context.clock.monotonic();
  try {
    const summaries = await importFiles(paths, context, {
      as,
      site: client && { client, clock: context.clock, random: Math.random, patienceMs },
      onProgress: (bytes, lines) => {
        const seconds = Math.max(0.001, (context.clock.monotonic() - started) / 1000);
        const rate = Math.round(lines / seconds).toLocaleString('en');
        bar.update(kib(Math.min(bytes, total)), kib(total), `  ${rate} lines/s`);
      },
      isStopped: () => isStopped,
    });
    bar.stop();
    report(context, summaries, options);
    if (isStopped) throw new ExitWith(75);
    if (summaries.some(({ rejected }) => rejected > 0)) throw new ExitWith(1);
  } finally {
    bar.stop();
    cancel();
    client?.close();
  }
}

function readAs(context: CliContext, options: ImportOptions): ReadAs {
  const { as, service, source, config } = options;
  const isMultiline = options.multiline === true;
  const isCsv = as?.trim().toLowerCase() === 'csv';
  if (source === undefined && config === undefined) {
    return { parsers: isCsv ? 'csv' : namedParsers(as ?? 'auto'), service, isMultiline };
  }
  const spec = sourceSpec(context, { source, config, as: isCsv ? undefined : as });
  return {
    parsers: isCsv ? 'csv' : spec.options,
    options: spec.options,
    service,
    isMultiline: isMultiline || spec.joinsLines,
  };
}

function patience({ patience: text }: ImportOptions): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new WatchkeeperError('USAGE', `${JSON.stringify(text)} is no duration.`, {
    fix: 'Write --patience as 30s or 5m.',
  });
}

/** Bytes on the disk; what is not there is told when it is opened. */
async function bytesOf(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function kib(bytes: number): number {
  return Math.ceil(bytes / 1024);
}

function report(
  context: CliContext,
  summaries: readonly FileSummary[],
  { json, dryRun }: ImportOptions,
): void {
  if (json === true) {
    printJson(context, { dryRun: dryRun === true, files: summaries });
    return;
  }
  const rows = summaries.map((each) => [
    plain(each.file),
    String(each.lines),
    String(each.parsed),
    String(each.unparsed),
    dryRun === true ? '' : String(each.accepted),
    Object.keys(each.byParser).join(', '),
    `${Math.round(each.lines / Math.max(0.001, each.seconds))}/s`,
  ]);
  const titles = ['file', 'lines', 'parsed', 'kept whole', 'accepted', 'formats', 'rate'];
  printLine(context, table(context, titles, rows));
  const stopped = summaries.reduce((most, { cutOff }) => Math.max(most, cutOff), 0);
  if (stopped > 0) printLine(context, `${stopped} matches stopped because they took too long.`);
  const resumed = summaries.filter(({ from }) => from > 0).length;
  if (resumed > 0) printLine(context, `${resumed} went on where an earlier import had come.`);
}
