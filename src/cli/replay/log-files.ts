import { resolve } from 'node:path';
import { likelySpelling } from '../../core/edit-distance.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import { LINE_FORMATS, findLineFormat } from '../../wire/parsers/formats.ts';
import type { LineFormat } from '../../wire/parsers/line-format.ts';
import type { LogFile } from './replay-logs.ts';

export interface LogFileOptions {
  readonly cwd: string;
  /** One format for all files, or one for each with commas between. */
  readonly as: string | undefined;
  readonly service?: string;
}

/** Pairs files with the formats of `--as`. @throws USAGE */
export function logFiles(
  paths: readonly string[],
  { cwd, as, service }: LogFileOptions,
): readonly LogFile[] {
  if (paths.length === 0) return [];
  if (as === undefined) {
    throw new WatchkeeperError('USAGE', 'It is not said which format the log has.', {
      fix: `Add --as with one of: ${formatNames()}.`,
    });
  }
  const formats = as.split(',').map(formatOf);
  if (formats.length !== 1 && formats.length !== paths.length) {
    throw new WatchkeeperError(
      'USAGE',
      `There are ${paths.length} files and ${formats.length} formats.`,
      {
        fix: 'Give one format for all files, or one for each: --as openssh,healthapp',
      },
    );
  }
  return paths.map((path, index) => ({
    path: resolve(cwd, path),
    format: formats[index] ?? formatOf(as),
    ...(service === undefined ? {} : { service }),
  }));
}

export function formatNames(): string {
  return LINE_FORMATS.map(({ name }) => name).join(', ');
}

function formatOf(name: string): LineFormat {
  const format = findLineFormat(name.trim());
  if (format !== undefined) return format;
  const likely = likelySpelling(
    name.trim(),
    LINE_FORMATS.map((each) => each.name),
  );
  const hint = likely === undefined ? `Use one of: ${formatNames()}.` : `Did you mean "${likely}"?`;
  throw new WatchkeeperError('USAGE', `There is no log format "${name}".`, { fix: hint });
}
