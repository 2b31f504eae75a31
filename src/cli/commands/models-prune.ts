import type { Command } from 'commander';
import type { Pruned } from '../../ml/registry/model-registry.ts';
import { printJson, printLine } from '../command.ts';
import type { CliContext } from '../context.ts';
import { modelCommand } from '../models/model-command.ts';
import { withRegistry, type ModelOptions } from '../models/open-registry.ts';
import { short } from '../models/print-models.ts';
import { wholeNumber } from '../numbers.ts';
import { table } from '../table.ts';

interface PruneOptions extends ModelOptions {
  readonly keep: number;
  readonly dryRun?: boolean;
}

/** `watchkeeper models prune`. */
export function pruneCommand(context: CliContext): Command {
  return modelCommand('prune [name]', {
    about: 'Remove the artefacts of versions that retired long ago',
    more:
      'What is shadow, canary or live stays, and so does the version that a rollback would bring back.\n' +
      'Their steps stay in the history. Without a name it looks at all models, and also removes artefacts\n' +
      'that no model has named for an hour: what a broken-off command left.',
    examples: [
      ['models prune --dry-run', 'what would go'],
      ['models prune vitals --keep 10', 'all but the ten of "vitals" that retired last'],
    ],
  })
    .option('--keep <n>', 'retired versions of each model that stay', wholeNumber(0, 1000), 3)
    .option('--dry-run', 'only say what would go')
    .action((name: string | undefined, options: PruneOptions) =>
      withRegistry(context, options, async (registry) => {
        const { keep, dryRun: isDry = false, json } = options;
        const named = name === undefined ? {} : { name };
        const pruned = await registry.prune({ ...named, keep, isDry });
        if (json === true) printJson(context, { pruned, dry_run: isDry });
        else printPruned(context, pruned, isDry);
      }),
    );
}

function printPruned(context: CliContext, pruned: readonly Pruned[], isDry: boolean): void {
  const rows = pruned.map(({ id, name, bytes }) => [
    name ?? 'named by no model',
    short(id),
    `${Math.ceil(bytes / 1024)} KiB`,
  ]);
  if (rows.length > 0) printLine(context, table(context, ['name', 'version', 'size'], rows));
  const bytes = pruned.reduce((sum, each) => sum + each.bytes, 0);
  const what = `${pruned.length} artefacts, ${Math.ceil(bytes / 1024)} KiB`;
  printLine(context, isDry ? `Would remove ${what}.` : `Removed ${what}.`);
}
