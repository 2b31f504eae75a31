import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spellingHint } from '../core/edit-distance.ts';
import { WatchkeeperError } from '../core/errors.ts';
import { loadParserConfig, type SourceSpec } from '../wire/parsers/config/parser-config.ts';
import { configFolder } from './config-files.ts';
import type { CliContext } from './context.ts';
import { namedParsers } from './named-parsers.ts';

export interface SourceChoice {
  /** Source in `config/parsers.yaml`. */
  readonly source?: string | undefined;
  /** Format instead of the source's own, one of the file's own parsers too. */
  readonly as?: string | undefined;
  /** Folder with `parsers.yaml`. */
  readonly config?: string | undefined;
}

/**
 * How lines of a source are read, as `config/parsers.yaml` says; without the
 * file as if it were empty.
 * @throws CONFIG_INVALID, USAGE for an unknown source or format
 */
export function sourceSpec(context: CliContext, { source, as, config }: SourceChoice): SourceSpec {
  const file = join(configFolder(context.cwd, config), 'parsers.yaml');
  const loaded = loadParserConfig(existsSync(file) ? readFileSync(file, 'utf8') : '{}', file);
  const name = source ?? 'default';
  if (name !== 'default' && !loaded.sources.has(name)) {
    throw new WatchkeeperError('USAGE', `There is no source "${name}" in ${file}.`, {
      fix: spellingHint(name, ['default', ...loaded.sources.keys()]),
    });
  }
  const spec = loaded.source(name);
  if (as === undefined) return spec;
  const wanted = as.trim().toLowerCase();
  const own = loaded.grokParsers.find(({ id }) => id === wanted);
  const parsers = own === undefined ? namedParsers(as) : { parsers: [own], mode: 'chain' as const };
  return { ...spec, options: { ...spec.options, ...parsers } };
}
