import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { messageOf, WatchkeeperError } from '../../core/errors.ts';
import { LEVEL_NAMES, levelName } from '../../model/level.ts';
import { recordJsonSchema } from '../../wire/records/json-schema.ts';
import { LEVEL_NUMBERINGS, levelRanges } from '../../wire/records/level-numbers.ts';
import { levelWords } from '../../wire/records/levels.ts';
import { recordTypes } from '../../wire/records/record-types.ts';
import { loadLogSchema, type LogSchema } from '../../wire/records/schema.ts';
import { createCommand, printJson, printLine, type CommonOptions } from '../command.ts';
import { configFolder } from '../config-files.ts';
import type { CliContext } from '../context.ts';
import { table } from '../table.ts';

interface SchemaOptions extends CommonOptions {
  readonly config?: string;
  readonly out?: string;
}

/** `watchkeeper config types`: the log schema as TypeScript. */
export function typesCommand(context: CliContext): Command {
  const command = createCommand('types', {
    about: 'Print the TypeScript types of a record, generated from the log schema',
    examples: [
      ['config types --out src/log-record.ts', 'into a file of a program that sends records'],
    ],
  });
  return withSchemaOptions(command).action((options: SchemaOptions) => {
    const types = recordTypes(readSchema(context, options));
    if (options.json === true && options.out === undefined) printJson(context, { types });
    else put(context, options, types);
  });
}

/** `watchkeeper config schema`: the log schema as JSON Schema. */
export function schemaCommand(context: CliContext): Command {
  const command = createCommand('schema', {
    about: 'Print the JSON Schema (2020-12) of a record, generated from the log schema',
    examples: [['config schema --out log-record.schema.json', 'for editors and validators']],
  });
  return withSchemaOptions(command).action((options: SchemaOptions) => {
    const schema = recordJsonSchema(readSchema(context, options));
    if (options.json === true && options.out === undefined) printJson(context, schema);
    else put(context, options, `${JSON.stringify(schema, undefined, 2)}\n`);
  });
}

/** `watchkeeper config levels`: which words and numbers mean which level. */
export function levelsCommand(context: CliContext): Command {
  return createCommand('levels', {
    about: 'Show which words and numbers of other systems mean which level',
    more:
      'Numbers of several systems contradict each other: "numbers" of the field "level" in log_schema.yaml\n' +
      'says whose they are. What was sent stays in the attribute severity_text.',
    examples: [['config levels --json', 'for programs']],
  }).action((options: CommonOptions) => {
    const words = [...levelWords()].map(([word, level]) => ({ word, level: levelName(level) }));
    const numbers = LEVEL_NUMBERINGS.flatMap((numbering) =>
      levelRanges(numbering).map(({ from, to, level }) => ({
        numbering,
        from,
        to,
        level: levelName(level),
      })),
    );
    if (options.json === true) return printJson(context, { words, numbers });
    const wordRows = LEVEL_NAMES.map((name) => [
      name,
      words
        .filter(({ level }) => level === name)
        .map(({ word }) => word)
        .join(' '),
    ]);
    printLine(context, table(context, ['level', 'words, in any case'], wordRows));
    const numberRows = numbers.map(({ numbering, from, to, level }) => [
      numbering,
      from === to ? String(from) : `${from}–${to}`,
      level,
    ]);
    printLine(context, table(context, ['numbers of', 'number', 'level'], numberRows));
  });
}

function withSchemaOptions(command: Command): Command {
  return command
    .option('--config <folder>', 'folder with the configuration files')
    .option('--out <file>', 'write to this file');
}

function readSchema(context: CliContext, { config }: SchemaOptions): LogSchema {
  const file = join(configFolder(context.cwd, config), 'log_schema.yaml');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new WatchkeeperError('CONFIG_MISSING', `Cannot read "${file}".`, {
      cause,
      fix: 'Give the folder that holds log_schema.yaml with --config.',
    });
  }
  return loadLogSchema(text, file);
}

function put(context: CliContext, { out, json }: SchemaOptions, text: string): void {
  if (out === undefined) {
    context.out.write(text);
    return;
  }
  try {
    writeFileSync(resolve(context.cwd, out), text);
  } catch (cause) {
    throw new WatchkeeperError('USAGE', `Cannot write "${out}": ${messageOf(cause)}`, {
      cause,
      fix: 'Give a file in a folder that exists with --out.',
    });
  }
  if (json === true) printJson(context, { written: out });
  else printLine(context, `Written to ${out}.`);
}
