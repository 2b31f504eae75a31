import { CommanderError } from 'commander';
import { WatchkeeperError, isWatchkeeperError, messageOf } from '../core/errors.ts';
import type { CliContext } from './context.ts';

const USAGE_EXIT_CODE = 2;

export interface ReportOptions {
  readonly json: boolean;
  /** Whether to print stacks. */
  readonly debug: boolean;
  /** The command whose help tells more about a wrong command line, for example `alerts list`. */
  readonly command?: string;
}

/** Says on stderr what is wrong, why, and what to do; returns the exit code. */
export function reportError(context: CliContext, error: unknown, options: ReportOptions): number {
  const known = toKnown(error, options.command ?? '');
  const why = causeOf(known);
  if (options.json) {
    const { code, message, fix } = known;
    context.err.write(`${JSON.stringify({ error: { code, message, why, fix } })}\n`);
  } else {
    const { bold, red } = context.colors;
    context.err.write(`${bold(red('error:'))} ${known.message}\n`);
    if (why !== undefined) context.err.write(`  ${bold('why:')} ${why}\n`);
    if (known.fix !== undefined) context.err.write(`  ${bold('fix:')} ${known.fix}\n`);
  }
  if (options.debug && error instanceof Error) context.err.write(`${error.stack ?? ''}\n`);
  return error instanceof CommanderError ? USAGE_EXIT_CODE : known.exitCode;
}

function toKnown(error: unknown, command: string): WatchkeeperError {
  if (isWatchkeeperError(error)) return error;
  if (error instanceof CommanderError) return fromCommander(error, command);
  return new WatchkeeperError('INTERNAL', messageOf(error), {
    fix: 'Run the same command with --debug and report the stack.',
  });
}

/** Commander writes `error: unknown command 'dmeo'` and, on a line of its own, `(Did you mean demo?)`. */
function fromCommander(error: CommanderError, command: string): WatchkeeperError {
  const [first = '', ...rest] = error.message.split('\n');
  const hint = rest.join(' ').replace(/^\(|\)$/g, '');
  const message = first.replace(/^error: /, '');
  const seeHelp = `See watchkeeper ${command === '' ? '' : `${command} `}--help.`;
  return new WatchkeeperError('USAGE', message, {
    fix: hint === '' ? seeHelp : `${hint} ${seeHelp}`,
  });
}

function causeOf(error: WatchkeeperError): string | undefined {
  if (error.cause === undefined) return undefined;
  const text = messageOf(error.cause);
  return text === '' || text === error.message ? undefined : text;
}
