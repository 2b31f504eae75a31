import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { WatchkeeperError } from '../../core/errors.ts';
import { isModelName } from '../../model/models.ts';
import { MODEL_KINDS, modelKind } from '../../ml/registry/model-kinds.ts';
import { thresholdFor, type AlarmBudget } from '../../ml/calibration/threshold.ts';
import { requireCompressible } from '../../ml/compress/compress-model.ts';
import type { ModelRegistry } from '../../ml/registry/model-registry.ts';
import { liveModel } from '../../ml/registry/stages.ts';
import { printJson, printLine } from '../command.ts';
import type { CliContext } from '../context.ts';
import { siteAddress } from '../http/resolve-site.ts';
import {
  checkOptions,
  collectOption,
  optionsText,
  type KindOptions,
} from '../models/kind-options.ts';
import { modelCommand, reasonOf, withReason, type StepOptions } from '../models/model-command.ts';
import { withRegistry } from '../models/open-registry.ts';
import { short } from '../models/print-models.ts';
import { trainInThread } from '../models/train-in-thread.ts';
import type { TrainingRequest } from '../models/training-request.ts';
import type { TrainingResult } from '../models/run-training.ts';
import type { FeaturesName } from '../models/window-collector.ts';
import { durationMs, surprise, wholeNumber } from '../numbers.ts';
import { progressBar } from '../progress.ts';

interface TrainOptions extends StepOptions {
  readonly kind: string;
  readonly option?: KindOptions;
  readonly columns?: readonly string[];
  readonly label?: string;
  readonly features?: FeaturesName;
  readonly window: number;
  readonly scale: 'subject' | 'none';
  readonly session: string;
  readonly event?: string;
  readonly as?: string;
  readonly compress?: boolean;
  readonly threshold?: number;
  readonly seed: number;
  readonly filter?: string;
  readonly from: string;
  readonly to?: string;
  readonly url?: string;
  readonly token?: string;
  readonly ca?: string;
}

const KINDS = [...MODEL_KINDS.values()]
  .map(
    ({ kind, takes }) =>
      `  ${kind.kind.padEnd(22)}  ${takes.padEnd(8)}  ${optionsText(kind.defaults)}`,
  )
  .join('\n');

/** `watchkeeper models train`. */
export function trainCommand(context: CliContext): Command {
  const command = modelCommand('train <name> [files...]', {
    about: 'Train a new version of a model on files or on stored records, as shadow',
    more:
      'What it learns from is taken to be normal; rows with a --label of 1 are left out. Files are tables\n' +
      '(.csv, the first line names the columns), records (.ndjson, .jsonl) or logs in any known format.\n' +
      'Without files it learns from the records of the running site. Every fifth sample is kept from the\n' +
      'model and used to calibrate its scores. It trains on a thread of its own; Ctrl-C ends it, and\n' +
      'nothing is kept.\n' +
      '\n' +
      `Kinds, what they take, and their options:\n${KINDS}`,
    examples: [
      [
        'models train vitals week.csv --kind isolation_forest --label is_anomaly',
        'a table of numbers',
      ],
      [
        'models train pay --kind local_outlier_factor --filter service:pay --columns duration_ms',
        'stored records',
      ],
      ['models train jobs hdfs.log --kind log_session --session block', 'sessions of log lines'],
      [
        'models train vitals week.csv --kind isolation_forest --option trees=200',
        'with an option of the kind',
      ],
    ],
  });
  return withSource(withReason(command)).action(
    (name: string, files: readonly string[], options: TrainOptions) =>
      train(context, { name, files, options }),
  );
}

function withSource(command: Command): Command {
  const sampled = command
    .requiredOption('--kind <kind>', 'kind of model')
    .option('--option <name=value>', 'option of the kind; may be repeated', collectOption)
    .option(
      '--columns <names>',
      'columns or fields to use, with commas (all that hold numbers)',
      listOf,
    )
    .addOption(
      new Option(
        '--features <set>',
        'windows of records as a model_score detector makes them, instead of columns',
      ).choices(['service', 'vitals', 'user']),
    )
    .option(
      '--window <duration>',
      'length of a window, as the detector has it',
      durationMs,
      300_000,
    )
    .addOption(
      new Option('--scale <how>', 'whether windows are scaled by subject, as the detector has it')
        .choices(['subject', 'none'])
        .default('subject'),
    )
    .option('--label <column>', 'column that says 1 for an anomaly; such samples are left out')
    .option(
      '--session <field>',
      'what tells sessions apart, for kinds that take sessions',
      'request_id',
    )
    .option('--event <field>', 'what the events of a session are (the template of the message)')
    .option('--as <format>', 'format of the files: csv, ndjson or that of a log (by their names)');
  return withSite(withTraining(sampled));
}

function withTraining(command: Command): Command {
  return command
    .option(
      '--compress',
      'keep the weights of a neural kind in fewer bits: at most 30 % of the size',
    )
    .option(
      '--threshold <surprise>',
      'surprise that is to alarm; says when it is out of reach (what model_score asks for, else 3)',
      surprise,
    )
    .option('--seed <n>', 'seed of what is random', wholeNumber(0, 2 ** 31 - 1), 1);
}

function withSite(command: Command): Command {
  return command
    .option('--filter <filter>', 'records of the site to learn from (docs/query-language.md)')
    .option('--from <time>', 'oldest record of the site', '-7d')
    .option('--to <time>', 'newest record of the site (now)')
    .option('--url <url>', 'address of the site (the one that runs here)')
    .option('--token <token>', 'bearer token (the one in the data folder)')
    .option('--ca <file>', "certificate of the site's own authority, for https");
}

interface TrainCall {
  readonly name: string;
  readonly files: readonly string[];
  readonly options: TrainOptions;
}

async function train(context: CliContext, call: TrainCall): Promise<void> {
  const { name, options } = call;
  if (!isModelName(name)) {
    throw new WatchkeeperError('USAGE', `${JSON.stringify(name)} cannot be the name of a model.`, {
      fix: 'Use lower-case letters, digits, _ and -, at most 64.',
    });
  }
  const kind = modelKind(options.kind);
  checkOptions(kind, options.option ?? {});
  if (options.compress === true) requireCompressible(kind.kind.kind);
  await withRegistry(context, options, async (registry) => {
    const parent = await parentOf(registry, name);
    const request = requestOf(context, call, parent);
    const result = await trainWithBar(context, request, options.json === true);
    const { id, bytes } = result.trained;
    await registry.put(bytes, reasonOf(context, options));
    if (options.json === true)
      printJson(context, { id, ...result.trained.metadata, ...restOf(result) });
    else printResult(context, name, result);
  });
}

/** As a `model_score` detector has it unless told otherwise. */
function budgetOf(windowMs: number): AlarmBudget {
  return { falseAlarmsPerWeek: 0.5, scoresPerWeek: WEEK_MS / windowMs };
}

/** What is live now, or was the newest: what the new version is to follow. */
async function parentOf(registry: ModelRegistry, name: string): Promise<string | undefined> {
  const stages = (await registry.list()).find((each) => each.name === name);
  return stages && (liveModel(stages) ?? stages.models.at(-1))?.id;
}

function requestOf(
  context: CliContext,
  { name, files, options }: TrainCall,
  parent: string | undefined,
): TrainingRequest {
  const { kind, seed, session, columns, label, event, as, filter, from, to } = options;
  const { features, window: windowMs, scale } = options;
  const windows = features === undefined ? undefined : { features, windowMs, scale };
  const isCompressed = options.compress;
  const threshold = options.threshold ?? (windows && thresholdFor(budgetOf(windowMs)));
  const given = Object.entries({
    ...{ isCompressed, threshold, columns, label, event, as, parent, windows },
  });
  return {
    ...{ name, kind, seed, session },
    options: options.option ?? {},
    files: files.map((file) => resolve(context.cwd, file)),
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    ...(files.length > 0
      ? {}
      : { site: { ...siteAddress(context, options), query: { filter, from, to } } }),
    now: context.clock.wall(),
  };
}

async function trainWithBar(
  context: CliContext,
  request: TrainingRequest,
  isQuiet: boolean,
): Promise<TrainingResult> {
  const total = Math.ceil(sizeOf(request.files) / 1024);
  const bars = new Map<string, ReturnType<typeof progressBar>>();
  const stop = (): void => {
    for (const bar of bars.values()) bar.stop();
  };
  try {
    return await trainInThread(context, request, (stage, done, count) => {
      if (!bars.has(stage)) {
        stop();
        bars.set(
          stage,
          progressBar(context, UNITS[stage] ?? '', isQuiet || (stage === 'read' && total === 0)),
        );
      }
      const isRead = stage === 'read';
      bars
        .get(stage)
        ?.update(isRead ? Math.ceil(done / 1024) : done, isRead ? total : count, `  ${stage}`);
    });
  } finally {
    stop();
  }
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

const UNITS: Readonly<Record<string, string>> = {
  read: 'KiB',
  fit: 'samples',
  calibrate: 'batches',
};

function sizeOf(files: readonly string[]): number {
  return files.reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

function restOf({ trained, skipped, left }: TrainingResult): object {
  return { skipped, left_out: left, warnings: trained.warnings };
}

function printResult(
  context: CliContext,
  name: string,
  { trained, skipped, left }: TrainingResult,
): void {
  const { metrics } = trained.metadata;
  const used = `${metrics['samples']} samples, ${metrics['held_out']} of them for calibration`;
  printLine(
    context,
    `${name} ${short(trained.id)} is shadow now: ${trained.metadata.kind}, ${used}.`,
  );
  if (left > 0) printLine(context, `${left} samples are labelled as anomalies and were left out.`);
  if (skipped > 0) printLine(context, `${skipped} rows or records could not be used.`);
  for (const { what, why, fix } of trained.warnings) {
    printLine(
      context,
      `${context.colors.yellow('Warning:')} ${what}\n  Why: ${why}\n  Fix: ${fix}`,
    );
  }
  printLine(context, `Bring it into force with: watchkeeper models promote ${name}`);
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
