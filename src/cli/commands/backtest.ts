import { createWriteStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { briefOf, type AlertBrief } from '../../app/backtest/alert-tally.ts';
import type { HistoryAxis, HistoryQuery } from '../../app/backtest/history.ts';
import { runBacktest, type BacktestResult } from '../../app/backtest/run-backtest.ts';
import { readConfigFile } from '../../app/config-file.ts';
import { messageOf, WatchkeeperError } from '../../core/errors.ts';
import { parseFilter } from '../../core/filter/parse-filter.ts';
import { projectRoot } from '../../core/root.ts';
import { parseInstant } from '../../gateway/http/instant.ts';
import type { Alert } from '../../model/alert.ts';
import { isSubjectName, subjectId } from '../../model/subject.ts';
import { compileDetectors } from '../../streams/detector-set.ts';
import { openAskedModels } from '../backtest/asked-models.ts';
import { openHistory, type HistoryOptions, type OpenHistory } from '../backtest/open-history.ts';
import { printReport } from '../backtest/print-report.ts';
import { reportOf } from '../backtest/report.ts';
import { createCommand, printJson, withSite } from '../command.ts';
import type { CliContext } from '../context.ts';
import { ExitWith } from '../exit.ts';
import { durationMs, wholeNumber } from '../numbers.ts';
import { parserNames } from '../named-parsers.ts';
import { progressBar } from '../progress.ts';

interface BacktestCommandOptions extends HistoryOptions {
  readonly rules?: string;
  readonly model?: readonly string[];
  readonly nats?: string;
  readonly config?: string;
  readonly from: string;
  readonly to?: string;
  readonly axis: HistoryAxis;
  readonly warmUp?: number;
  readonly service?: string;
  readonly device?: string;
  readonly filter?: string;
  readonly batch: number;
  readonly out?: string;
  readonly failOnDiff?: boolean;
}

const MORE =
  'Stored records run once more through the same detectors, models, dedupe and alerts as in a site,\n' +
  'under a clock that follows the records. Nothing is stored and nobody is told. The report compares\n' +
  'with the alerts that the site raised then. See docs/models.md, "Scoring history".';

/** `watchkeeper backtest`. */
export function backtestCommand(context: CliContext): Command {
  const command = createCommand('backtest', {
    about: 'Score history: which alerts would these rules or models have raised?',
    more: MORE,
    examples: [
      ['backtest --from -7d', 'what the rules in force make of the last week'],
      ['backtest --rules new.yaml --from -30d', 'and what others would have made of it'],
      ['backtest --rules new.yaml --model service_windows@3f9a', 'with one version of a model'],
      ['backtest --file auth.log --as openssh', 'a log file, by its own times'],
      ['backtest --from -7d --fail-on-diff --json', 'for a pipeline'],
    ],
  });
  withHistory(withSite(command));
  return command
    .option('--rules <file>', 'detectors to try (anomaly_schema.yaml of --config)')
    .option(
      '--model <[asked=]name[@version]>',
      'model to ask instead of the live one; may be repeated',
      collect,
    )
    .option('--nats <url>', 'NATS that holds the models, instead of the data folder')
    .option('--config <folder>', 'folder with the configuration files (config/ of the project)')
    .option('--batch <rows>', 'rows that a model is asked for at once', wholeNumber(1, 65_536), 256)
    .option('--out <file>', 'write every alert to this file, one JSON object a line')
    .option('--fail-on-diff', 'end with 1 when an alert is on one side only')
    .action((options: BacktestCommandOptions) => backtest(context, options));
}

/** The options that say which records. */
function withHistory(command: Command): Command {
  return command
    .option('--from <time>', 'inclusive: -30d, 2026-01-31T12:00:00Z, ms', '-7d')
    .option('--to <time>', 'exclusive (now, or the end of what is stored where no site runs)')
    .addOption(
      new Option('--axis <axis>', 'in which order: as records came in, or by their own time')
        .choices(['ingest', 'event'])
        .default('ingest'),
    )
    .option(
      '--warm-up <time>',
      'time before --from to fill windows with (the longest of the rules)',
      durationMs,
    )
    .option('--filter <expression>', 'only records that it matches; see docs/query-language.md')
    .option('--service <name>', 'only records of this service')
    .option('--device <id>', 'only records of this watch')
    .option('--store <url>', 'MongoDB that holds the records (WATCHKEEPER_MONGODB_URL)')
    .option('--site <name>', 'name of the site in a folder or MongoDB with several')
    .option('--file <file>', 'log file instead of a site; may be repeated', collect)
    .option('--as <format>', `format of the files: ${parserNames()}`, 'auto');
}

async function backtest(context: CliContext, options: BacktestCommandOptions): Promise<void> {
  const { cwd, clock } = context;
  const folder =
    options.config === undefined ? join(projectRoot(), 'config') : resolve(cwd, options.config);
  const rulesFile =
    options.rules === undefined ? join(folder, 'anomaly_schema.yaml') : resolve(cwd, options.rules);
  const rules = await readRules(rulesFile);
  const { detectors } = compileDetectors(rules, rulesFile);
  const { models, missing } = await openAskedModels(context, options, detectors);
  const opened = await openHistory(context, options, folder);
  const started = clock.monotonic();
  try {
    const query = queryOf(options, opened);
    const result = await run(context, options, { opened, query, rules, rulesFile, models });
    const seconds = (clock.monotonic() - started) / 1000;
    const report = reportOf(result, {
      ...{ site: opened.site, missingModels: missing, seconds },
      live: await liveAlerts(opened, result, isPart(query)),
      detectorIds: detectors.map(({ id }) => id),
    });
    if (options.json === true) printJson(context, report);
    else printReport(context, report);
    const { onlyLive, onlyBacktest } = report.diff;
    if (options.failOnDiff === true && onlyLive + onlyBacktest > 0) throw new ExitWith(1);
  } finally {
    await opened.close();
  }
}

async function readRules(file: string): Promise<string> {
  try {
    return await readConfigFile(file);
  } catch (cause) {
    throw new WatchkeeperError('CONFIG_MISSING', `Cannot read the rules "${file}".`, {
      cause,
      fix: 'Give a file with detectors, as config/anomaly_schema.yaml is, with --rules.',
    });
  }
}

type RunParts = { readonly opened: OpenHistory; readonly query: HistoryQuery } & Pick<
  Parameters<typeof runBacktest>[0],
  'rules' | 'rulesFile' | 'models'
>;

async function run(
  context: CliContext,
  options: BacktestCommandOptions,
  { opened, query, ...rest }: RunParts,
): Promise<BacktestResult> {
  const { out, json, to, warmUp, batch } = options;
  const bar = progressBar(context, 'minutes', json === true);
  const total = minutes(query.to - query.from);
  const file = out === undefined ? undefined : openOut(resolve(context.cwd, out));
  let isStopped = false;
  const cancel = context.onStop(() => (isStopped = true));
  try {
    const result = await runBacktest({
      ...{ history: opened.history, query, site: opened.site, batchRows: batch, ...rest },
      until: to !== undefined || opened.isRunning ? 'range' : 'last-record',
      ...(warmUp === undefined ? {} : { warmUpMs: warmUp }),
      onProgress: (at) => {
        bar.update(Math.min(total, Math.max(0, minutes(at - query.from))), total);
      },
      onAlert: (alert) => file?.write(alert),
      isStopped: () => isStopped,
    });
    if (isStopped) throw new ExitWith(INTERRUPTED);
    if (result.records === 0) throw noRecords(query);
    return result;
  } finally {
    bar.stop();
    cancel();
    await file?.close();
  }
}

/** As a shell reports a program ended by SIGINT. */
const INTERRUPTED = 130;

function minutes(ms: number): number {
  return Math.round(ms / 60_000);
}

/** A file of alerts. What goes wrong is told when it is closed. */
function openOut(path: string): { write(alert: Alert): void; close(): Promise<void> } {
  const stream = createWriteStream(path, { mode: 0o600 });
  let problem: unknown;
  stream.on('error', (error) => (problem ??= error));
  return {
    write(alert) {
      stream.write(`${JSON.stringify(alert)}\n`);
    },
    async close() {
      stream.end();
      await finished(stream).catch((error: unknown) => (problem ??= error));
      if (problem === undefined) return;
      throw new WatchkeeperError('USAGE', `Cannot write "${path}": ${messageOf(problem)}.`, {
        fix: 'Give a file in a folder that this user can write to with --out.',
      });
    },
  };
}

/** @throws QUERY_INVALID, USAGE */
function queryOf(
  { from, to, axis, service, device, filter }: BacktestCommandOptions,
  { now, span }: OpenHistory,
): HistoryQuery {
  const range = {
    from: span?.from ?? parseInstant(from, now),
    to: to === undefined ? (span?.to ?? now) : parseInstant(to, now),
  };
  if (range.from >= range.to) {
    throw new WatchkeeperError('USAGE', 'The range ends before it begins.', {
      fix: 'Give a --from that is earlier than --to.',
    });
  }
  const where = parseFilter(filter ?? '');
  return {
    ...range,
    // Files were taken in at no time.
    axis: span === undefined ? axis : 'event',
    ...(service === undefined ? {} : { service }),
    ...(device === undefined ? {} : { subject: watchOf(device) }),
    ...(where.kind === 'all' ? {} : { where }),
  };
}

function watchOf(device: string): NonNullable<HistoryQuery['subject']> {
  if (isSubjectName(device)) return subjectId('device', device);
  throw new InvalidArgumentError(`"${device.slice(0, 140)}" cannot be the id of a watch.`);
}

/** Whether it asks for some of the records only. */
function isPart({ where, service, subject }: HistoryQuery): boolean {
  return where !== undefined || service !== undefined || subject !== undefined;
}

/** Alerts that the site raised then; of part of the records, those of the subjects that were played. */
async function liveAlerts(
  { history }: OpenHistory,
  { from, to, subjects }: BacktestResult,
  isOfPart: boolean,
): Promise<readonly AlertBrief[]> {
  const live: AlertBrief[] = [];
  for await (const page of history.alerts(from, to)) {
    for (const alert of page) {
      if (!isOfPart || subjects.has(alert.subject)) live.push(briefOf(alert));
    }
  }
  return live;
}

function noRecords({ from, to }: HistoryQuery): WatchkeeperError {
  const text = (ms: number): string => new Date(ms).toISOString();
  return new WatchkeeperError(
    'NOT_FOUND',
    `There are no records from ${text(from)} to ${text(to)}.`,
    { fix: 'Give an earlier --from, or another --data, --url or --store.' },
  );
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
