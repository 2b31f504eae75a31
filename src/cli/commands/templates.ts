import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isWatchkeeperError, type WatchkeeperError } from '../../core/errors.ts';
import { createCommand, printJson, printLine, type CommonOptions } from '../command.ts';
import type { CliContext } from '../context.ts';
import { table } from '../table.ts';
import { templatesListCommand } from './templates-list.ts';
import { evaluateSet, type SetEvaluation } from '../templates/evaluate-set.ts';
import { findLabelledSets, readLabelledSet } from '../templates/labelled-set.ts';

/** `watchkeeper templates …`. */
export function templatesCommand(context: CliContext): Command {
  const command = createCommand('templates', {
    about: 'See the templates of a subject’s messages, or judge how they are mined',
    examples: [
      ['templates list service:payment', 'what a service says, most frequent first'],
      ['templates eval ./loghub', 'accuracy and speed on labelled log sets'],
    ],
  });
  command.addCommand(templatesListCommand(context));
  command.addCommand(evalCommand(context));
  return command;
}

function evalCommand(context: CliContext): Command {
  return createCommand('eval <folder>', {
    about: 'Measure how well templates are found on labelled log sets',
    more:
      'Takes every <Set>/<Set>_2k.log_structured.csv under the folder, the corrected file where there is one,\n' +
      'and mines its Content column, each set with a new miner and all with the same parameters. GA: lines in\n' +
      'exactly the right group; FGA: F1 of groups; PA: lines with exactly the right template; FTA: F1 of templates.',
    examples: [
      ['templates eval ./loghub', 'a row for each set and the mean'],
      ['templates eval ./loghub --json', 'the same for programs'],
    ],
  }).action((folder: string, options: CommonOptions) => {
    const { sets, problems } = evaluateAll(context, resolve(context.cwd, folder));
    if (sets.length > 0) {
      const mean = meanOf(sets);
      if (options.json === true) printJson(context, { sets, mean });
      else printTable(context, sets, mean);
    }
    const [problem] = problems;
    if (problem !== undefined) throw problem;
  });
}

/** Sets that cannot be read do not keep the others from being judged. */
function evaluateAll(
  context: CliContext,
  folder: string,
): { readonly sets: readonly Row[]; readonly problems: readonly WatchkeeperError[] } {
  const sets: Row[] = [];
  const problems: WatchkeeperError[] = [];
  for (const set of findLabelledSets(folder)) {
    try {
      const lines = readLabelledSet(set);
      sets.push(toRow(set.name, lines.length, evaluateSet(lines, context.clock)));
    } catch (error) {
      if (!isWatchkeeperError(error, 'PAYLOAD_INVALID')) throw error;
      problems.push(error);
    }
  }
  return { sets, problems };
}

interface Measures {
  readonly ga: number;
  readonly fga: number;
  readonly pa: number;
  readonly fta: number;
  readonly linesPerSecond: number;
}

interface Row extends Measures {
  readonly set: string;
  readonly lines: number;
  readonly groupsFound: number;
  readonly groupsTrue: number;
}

function toRow(set: string, lines: number, { accuracy, linesPerSecond }: SetEvaluation): Row {
  return {
    set,
    lines,
    ga: rounded(accuracy.groupingAccuracy),
    fga: rounded(accuracy.groupingF1),
    pa: rounded(accuracy.parsingAccuracy),
    fta: rounded(accuracy.templateF1),
    groupsFound: accuracy.groupsFound,
    groupsTrue: accuracy.groupsTrue,
    linesPerSecond,
  };
}

function meanOf(rows: readonly Row[]): Measures {
  const mean = (of: (row: Row) => number): number =>
    rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  return {
    ga: rounded(mean(({ ga }) => ga)),
    fga: rounded(mean(({ fga }) => fga)),
    pa: rounded(mean(({ pa }) => pa)),
    fta: rounded(mean(({ fta }) => fta)),
    linesPerSecond: Math.round(mean(({ linesPerSecond }) => linesPerSecond)),
  };
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}

function printTable(context: CliContext, sets: readonly Row[], mean: Measures): void {
  const measures = ({ ga, fga, pa, fta }: Measures): string[] =>
    [ga, fga, pa, fta].map((share) => share.toFixed(4));
  const rows = sets.map((row) => [
    row.set,
    ...measures(row),
    `${row.groupsFound}/${row.groupsTrue}`,
    String(row.linesPerSecond),
  ]);
  const last = ['mean', ...measures(mean), '', String(mean.linesPerSecond)];
  const head = ['set', 'GA', 'FGA', 'PA', 'FTA', 'groups found/true', 'lines/s'];
  printLine(context, table(context, head, [...rows, last]));
}
