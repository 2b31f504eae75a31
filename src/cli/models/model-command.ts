import type { Command } from 'commander';
import { createCommand, type CommandText } from '../command.ts';
import type { CliContext } from '../context.ts';
import type { ModelOptions } from './open-registry.ts';

/** A command with the options that say where the models are. */
export function modelCommand(usage: string, text: CommandText): Command {
  return createCommand(usage, text)
    .option('--data <folder>', 'data folder of the site', './data')
    .option('--nats <url>', 'NATS that holds the models, instead of the data folder');
}

/** What commands take that change the stage of a version. */
export interface StepOptions extends ModelOptions {
  readonly why: string;
  readonly by?: string;
}

export function withReason(command: Command): Command {
  return command
    .option('--why <text>', 'for the history', '')
    .option('--by <name>', 'who changes it, for the history (the user of this machine)');
}

/** Who and why, for the history. */
export function reasonOf(
  { env }: CliContext,
  { by, why }: Pick<StepOptions, 'by' | 'why'>,
): { readonly by: string; readonly why: string } {
  return { by: by ?? env['USER'] ?? 'command line', why };
}
