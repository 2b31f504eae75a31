import { resolve } from 'node:path';
import { WatchkeeperError } from '../../core/errors.ts';
import { namedParsers, parserNames } from '../named-parsers.ts';
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
      fix: `Add --as with one of: ${parserNames()}.`,
    });
  }
  const formats = as.split(',').map(namedParsers);
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
    ...(formats[index] ?? formats[0] ?? namedParsers(as)),
    ...(service === undefined ? {} : { service }),
  }));
}
