import { Command, Option } from 'commander';
import type { CliContext } from './context.ts';

/** What every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** What commands that talk to a running site take. */
export interface RemoteOptions extends CommonOptions {
  readonly url?: string;
  readonly token?: string;
  readonly data?: string;
  readonly ca?: string;
}

export interface CommandText {
  /** One line for the list of commands. */
  readonly about: string;
  /** More for its own help: what it is for and what to know. */
  readonly more?: string;
  /** Command lines without `watchkeeper`, each with what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
}

/** A command with `--json`, `--debug` and a help that ends in examples; `usage` is its name and arguments. */
export function createCommand(usage: string, { about, more, examples }: CommandText): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => `  watchkeeper ${line.padEnd(width)}  ${what}`);
  const [name, ...args] = usage.split(' ');
  const command = new Command(name);
  if (args.length > 0) command.arguments(args.join(' '));
  return command
    .summary(about)
    .description(more === undefined ? `${about}.` : `${about}.\n\n${unwrap(more)}`)
    .option('--json', 'print data for programs instead of tables')
    .addOption(new Option('--debug', 'print stacks of errors'))
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** Lines of one paragraph become one, for the help to wrap; lines that are indented stay as they are. */
function unwrap(text: string): string {
  return text.replace(/\n(?! )/g, ' ');
}

/** Adds the options that say which site to talk to. */
export function withSite(command: Command): Command {
  return command
    .option('--url <url>', 'address of the site (WATCHKEEPER_URL; else the one that runs here)')
    .option('--token <token>', 'bearer token (WATCHKEEPER_TOKEN; else the one in the data folder)')
    .option('--data <folder>', 'data folder of the site that runs here', './data')
    .option('--ca <file>', "certificate of the site's own authority, for https");
}

/** Prints one JSON document. */
export function printJson(context: CliContext, value: unknown): void {
  context.out.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Prints one JSON line of a stream. */
export function printJsonLine(context: CliContext, value: unknown): void {
  context.out.write(`${JSON.stringify(value)}\n`);
}

export function printLine(context: CliContext, line = ''): void {
  context.out.write(`${line}\n`);
}
