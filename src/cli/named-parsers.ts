import { spellingHint } from '../core/edit-distance.ts';
import { WatchkeeperError } from '../core/errors.ts';
import type { LineParser } from '../wire/parsers/line-parser.ts';
import { AUTO_PARSERS, LINE_PARSERS, findLineParser } from '../wire/parsers/registry.ts';

/** The parsers that a name on the command line stands for. */
export interface NamedParsers {
  readonly parsers: readonly LineParser[];
  readonly mode: 'chain' | 'auto';
}

/** One parser by its name, or all of them for `auto`. @throws USAGE */
export function namedParsers(name: string): NamedParsers {
  const wanted = name.trim();
  if (wanted.toLowerCase() === 'auto') return { parsers: AUTO_PARSERS, mode: 'auto' };
  const parser = findLineParser(wanted);
  if (parser !== undefined) return { parsers: [parser], mode: 'chain' };
  const names = ['auto', ...LINE_PARSERS.map(({ id }) => id)];
  throw new WatchkeeperError('USAGE', `There is no log format "${wanted}".`, {
    fix: spellingHint(wanted, names),
  });
}

/** For help texts. */
export function parserNames(): string {
  return ['auto', ...LINE_PARSERS.map(({ id }) => id)].join(', ');
}
