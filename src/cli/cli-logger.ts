import type { LogFields, Logger } from '../core/logger.ts';
import type { CliContext } from './context.ts';
import { plain } from './table.ts';

const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const;

/** Writes the site's own log lines to stderr: time, level, sentence, fields. */
export function cliLogger(context: CliContext, least: keyof typeof RANK): Logger {
  const line = (level: keyof typeof RANK) => (message: string, fields?: LogFields) => {
    if (RANK[level] < RANK[least]) return;
    const time = new Date(context.clock.wall()).toISOString();
    const data = fields === undefined ? '' : ` ${safeJson(fields)}`;
    context.err.write(`${time} ${level} ${plain(message, 2_000)}${data}\n`);
  };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

function safeJson(fields: LogFields): string {
  try {
    return JSON.stringify(fields, (_key, value: unknown) =>
      value instanceof Error ? value.message : typeof value === 'bigint' ? String(value) : value,
    );
  } catch {
    return '{}';
  }
}
