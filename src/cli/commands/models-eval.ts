import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { decodeArtefact } from '../../ml/registry/artefact.ts';
import { printJson, printLine } from '../command.ts';
import type { CliContext } from '../context.ts';
import { evaluate, type Evaluation } from '../models/evaluate.ts';
import { modelCommand } from '../models/model-command.ts';
import { withRegistry, type ModelOptions } from '../models/open-registry.ts';
import { short } from '../models/print-models.ts';
import { artefactBytes } from '../models/version.ts';
import { surprise } from '../numbers.ts';
import { progressBar } from '../progress.ts';
import { table } from '../table.ts';

interface EvalOptions extends ModelOptions {
  readonly label: string;
  readonly threshold: number;
  readonly as?: string;
}

/** `watchkeeper models eval`. */
export function evalCommand(context: CliContext): Command {
  return modelCommand('eval <name[@version]> <files...>', {
    about: 'Judge a version on labelled samples it has not learned from',
    more:
      'ROC AUC: how likely an anomaly scores above a normal sample. Average precision: 1 when all\n' +
      'anomalies come first, their share when the order is random. F1, recall and the rate of false alarms\n' +
      'are those at the threshold, a surprise: 3 is one normal sample in a thousand.',
    examples: [
      ['models eval vitals labelled.csv --label is_anomaly', 'the live version, else the newest'],
      [
        'models eval vitals@3f9a labelled.csv --threshold 4',
        'one version, one false alarm in 10,000',
      ],
    ],
  })
    .option('--label <column>', 'column that is 1 for an anomaly and 0 for what is normal', 'label')
    .option('--threshold <surprise>', 'surprise from which on a sample is an alarm', surprise, 3)
    .option('--as <format>', 'format of the files: csv, ndjson or that of a log (by their names)')
    .action((reference: string, files: readonly string[], options: EvalOptions) =>
      withRegistry(context, options, async (registry) => {
        const { id, bytes } = await artefactBytes(registry, reference);
        const artefact = decodeArtefact(bytes);
        const paths = files.map((file) => resolve(context.cwd, file));
        const { label, threshold, as, json } = options;
        const result = await withBar({ context, files: paths, isQuiet: json === true }, (onRead) =>
          evaluate(artefact, {
            ...{ files: paths, label, threshold, onRead, reference: context.clock.wall() },
            ...(as === undefined ? {} : { as }),
          }),
        );
        if (json === true) printJson(context, { id, ...result });
        else printEvaluation(context, `${artefact.metadata.name} ${short(id)}`, result);
      }),
    );
}

interface BarOptions {
  readonly context: CliContext;
  readonly files: readonly string[];
  readonly isQuiet: boolean;
}

async function withBar<Result>(
  { context, files, isQuiet }: BarOptions,
  work: (onRead: (bytes: number) => void) => Promise<Result>,
): Promise<Result> {
  const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const total = files.reduce((sum, file) => sum + size(file), 0);
  const bar = progressBar(context, 'KiB', isQuiet || total === 0);
  let done = 0;
  try {
    return await work((bytes) => {
      done += bytes;
      bar.update(Math.ceil(done / 1024), Math.ceil(total / 1024));
    });
  } finally {
    bar.stop();
  }
}

function printEvaluation(context: CliContext, version: string, found: Evaluation): void {
  const share = (value: number): string => value.toFixed(4);
  const heads = [
    'version',
    'samples',
    'anomalies',
    'ROC AUC',
    'avg. precision',
    'F1',
    'recall',
    'false alarms',
  ];
  const row = [
    version,
    String(found.samples),
    String(found.anomalies),
    share(found.rocAuc),
    share(found.averagePrecision),
    share(found.f1),
    share(found.recall),
    share(found.falseAlarmRate),
  ];
  printLine(context, table(context, heads, [row]));
  if (found.skipped > 0) printLine(context, `${found.skipped} rows or records could not be used.`);
}
