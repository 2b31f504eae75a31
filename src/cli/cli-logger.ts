import type { LogFields, Logger } from '../core/logger.ts';
import { ownRecord, type OwnLevel } from '../core/own-record.ts';
import type { CliContext } from './context.ts';
import { plain } from './table.ts';

const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const;
const LEVELS: Readonly<Record<keyof typeof RANK, OwnLevel>> = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
};

export type LogFormat = 'text' | 'json';

export interface CliLoggerOptions {
  readonly least: keyof typeof RANK;
  /** Text for people when it is a terminal, else JSON. */
  readonly format?: LogFormat | undefined;
}

/** Writes the site's own log lines to stderr: as text, or as records of `config/log_schema.yaml`, one line each. */
export function cliLogger(
  context: Pick<CliContext, 'clock' | 'err'>,
  { least, format = context.err.isTTY === true ? 'text' : 'json' }: CliLoggerOptions,
): Logger {
  const line = (name: keyof typeof RANK) => (message: string, fields?: LogFields) => {
    if (RANK[name] < RANK[least]) return;
    const at = new Date(context.clock.wall()).toISOString();
    const record = ownRecord({ level: LEVELS[name], message, fields, at });
    if (format === 'json') {
      context.err.write(`${JSON.stringify(record)}\n`);
      return;
    }
    const { attributes } = record;
    const data = attributes === undefined ? '' : ` ${JSON.stringify(attributes)}`;
    context.err.write(`${at} ${name} ${plain(record.message, 2_000)}${data}\n`);
  };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}
