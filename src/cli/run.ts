import { CommanderError, type Command } from 'commander';
import type { CliContext } from './context.ts';
import { ExitWith } from './exit.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

/** Runs one command line (without `node` and the script) and resolves to the exit code. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  const program = createProgram(context);
  prepare(program, context);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof ExitWith) return error.code;
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return reportError(context, error, {
      json: args.includes('--json'),
      command: commandPath(program, args),
      debug: args.includes('--debug') || context.env['WATCHKEEPER_DEBUG'] === '1',
    });
  }
}

/** The names of the command that the arguments reach: `alerts list`. */
function commandPath(program: Command, args: readonly string[]): string {
  const names: string[] = [];
  let command: Command | undefined = program;
  for (const arg of args) {
    command = command.commands.find((child) => child.name() === arg);
    if (command === undefined) break;
    names.push(arg);
  }
  return names.join(' ');
}

/** Makes every command throw instead of exiting, and write to the context; errors are reported in one place. */
function prepare(command: Command, context: CliContext): void {
  command.exitOverride();
  // Else a group such as `alerts` would take the options of its commands.
  command.enablePositionalOptions();
  command.configureOutput({
    writeOut: (text) => context.out.write(text),
    writeErr: (text) => context.err.write(text),
    outputError: () => undefined,
    getOutHelpWidth: () => context.out.columns ?? 100,
  });
  command.showSuggestionAfterError(true);
  for (const child of command.commands) prepare(child, context);
}
