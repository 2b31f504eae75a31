import type { Command } from 'commander';
import { isWatchkeeperError, messageOf } from '../../core/errors.ts';
import type { DriftEntry } from '../../wire/records/drift.ts';
import {
  createCommand,
  printJson,
  printLine,
  withSite,
  type CommonOptions,
  type RemoteOptions,
} from '../command.ts';
import { checkConfig, configFolder, type FileCheck } from '../config-files.ts';
import type { CliContext } from '../context.ts';
import { ExitWith } from '../exit.ts';
import { connectSite } from '../http/resolve-site.ts';
import { reportError } from '../report-error.ts';
import { plain, table, timeText } from '../table.ts';
import { enrichmentCommand } from './config-enrichment.ts';
import { levelsCommand, schemaCommand, typesCommand } from './config-schema.ts';

interface ConfigOptions extends CommonOptions {
  readonly config?: string;
}

const BAD_CONFIG = 78;

/** `watchkeeper config …`. */
export function configCommand(context: CliContext): Command {
  const command = createCommand('config', {
    about: 'Check and show the configuration',
    examples: [
      ['config check', 'validate all files: exit 0, or 78 with file, line and column'],
      ['config show', 'print the files that are in force'],
      ['config drift', 'which services send fields that the log schema does not expect'],
    ],
  });
  command.addCommand(checkCommand(context));
  command.addCommand(showCommand(context));
  command.addCommand(driftCommand(context));
  command.addCommand(enrichmentCommand(context));
  command.addCommand(typesCommand(context));
  command.addCommand(schemaCommand(context));
  command.addCommand(levelsCommand(context));
  return command;
}

function checkCommand(context: CliContext): Command {
  return createCommand('check', {
    about: 'Validate every configuration file and run the tests in them',
    more:
      'Nothing needs to run. A wrong key is named with file, line, column and the likely spelling, a test\n' +
      'that does not hold with what it found. `config test` is the same.',
    examples: [
      ['config check', 'config/ of the project'],
      ['config check --config /etc/watchkeeper', 'another folder'],
    ],
  })
    .alias('test')
    .option('--config <folder>', 'folder with the configuration files')
    .action((options: ConfigOptions) => {
      const checks = checkConfig(configFolder(context.cwd, options.config));
      if (options.json === true) printJson(context, checks.map(toJson));
      else for (const check of checks) printCheck(context, check, options.debug === true);
      if (checks.some(({ ok }) => !ok)) throw new ExitWith(BAD_CONFIG);
    });
}

function printCheck(context: CliContext, check: FileCheck, debug: boolean): void {
  const { green, red } = context.colors;
  if (check.ok) {
    printLine(context, `${green('✔')} ${check.file}: ${check.summary}`);
    return;
  }
  printLine(context, `${red('✘')} ${check.file}`);
  reportError(context, check.error, { json: false, debug });
}

function toJson(check: FileCheck): unknown {
  if (check.ok) return { file: check.file, ok: true, summary: check.summary };
  const { error, file } = check;
  const known = isWatchkeeperError(error) ? { code: error.code, fix: error.fix } : {};
  return { file, ok: false, message: messageOf(error), ...known };
}

function showCommand(context: CliContext): Command {
  return createCommand('show', {
    about: 'Print the configuration files in force',
    examples: [['config show --json', 'with the path and text of each file']],
  })
    .option('--config <folder>', 'folder with the configuration files')
    .action((options: ConfigOptions) => {
      const checks = checkConfig(configFolder(context.cwd, options.config));
      const files = checks.map((check) => {
        if (!check.ok) throw check.error;
        return check;
      });
      if (options.json === true)
        return printJson(
          context,
          files.map(({ file, text }) => ({ file, text })),
        );
      for (const { file, text } of files) {
        printLine(context, context.colors.bold(`# ${file}`));
        printLine(context, text.trimEnd());
      }
    });
}

function driftCommand(context: CliContext): Command {
  const command = createCommand('drift', {
    about: 'Show how records differ from the log schema, by service and field',
    more:
      'Counted since the site started: fields that the schema does not name (kept as attributes), values of\n' +
      'another type, and fields that a service used to send and left out.',
    examples: [['config drift --json', 'for programs']],
  });
  return withSite(command).action(async (options: RemoteOptions) => {
    const client = connectSite(context, options);
    const { drift } = await client.get<{ drift: readonly DriftEntry[] }>('/v1/schema/drift');
    if (options.json === true) return printJson(context, drift);
    if (drift.length === 0) return printLine(context, 'No record differed from the log schema.');
    const rows = drift.map(({ service, field, kind, count, firstSeen, lastSeen }) => [
      plain(service, 40),
      plain(field, 40),
      kind,
      String(count),
      timeText(firstSeen),
      timeText(lastSeen),
    ]);
    const heads = ['service', 'field', 'kind', 'count', 'first (UTC)', 'last (UTC)'];
    printLine(context, table(context, heads, rows));
  });
}
