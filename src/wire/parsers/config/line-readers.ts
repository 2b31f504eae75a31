import { AUTO_PARSERS, LINE_PARSERS, findLineParser } from '../registry.ts';
import {
  createSourceParser,
  type SourceParser,
  type SourceParserOptions,
} from '../source/source-parser.ts';
import type { ParserConfig } from './parser-config.ts';

/** Services that an input gives to its records. */
export interface InputServices {
  /** Of all records, whatever the lines or the source say. */
  readonly service?: string;
  /** Of lines that name none, unless the source says another. */
  readonly defaultService?: string;
}

/** What the `parser` of an input may be called, and how lines are read under each name. */
export interface LineReaders {
  /** `auto`, `none`, sources and parsers of `config/parsers.yaml`, and the formats. */
  readonly names: readonly string[];
  /** A parser for one stream of lines; lines of a name that is not in `names` are kept raw. */
  open(name: string, services?: InputServices): SourceParser;
  /** Whether the source of that name joins stack traces to the line before. */
  joinsLines(name: string): boolean;
}

/** Names that mean something else as the parser of an input: no source is found under them. */
const TAKEN: readonly string[] = ['default', 'none', 'auto', 'network', 'json'];

/**
 * The parsers that inputs may name. A source goes before a parser of one's
 * own, and that before a format, where they have the same name.
 */
export function createLineReaders(config?: ParserConfig): LineReaders {
  const sources = new Map([...(config?.sources ?? [])].filter(([name]) => !TAKEN.includes(name)));
  const own = config?.grokParsers ?? [];
  const optionsOf = (name: string): Omit<SourceParserOptions, 'inheritsTime'> => {
    const source = sources.get(name);
    if (source !== undefined) return source.options;
    if (name === 'auto') return { parsers: AUTO_PARSERS, mode: 'auto' };
    const parser = own.find(({ id }) => id === name) ?? findLineParser(name);
    return { parsers: parser === undefined ? [] : [parser], mode: 'chain' };
  };
  const all = ['auto', 'none', ...sources.keys(), ...[...own, ...LINE_PARSERS].map(({ id }) => id)];
  return {
    names: [...new Set(all)],
    open: (name, { service, defaultService } = {}) => {
      const options = optionsOf(name);
      const hints = {
        ...(defaultService === undefined ? {} : { defaultService }),
        ...options.hints,
        ...(service === undefined ? {} : { service }),
      };
      return createSourceParser({ ...options, hints });
    },
    joinsLines: (name) => sources.get(name)?.joinsLines ?? false,
  };
}

/** Without a `config/parsers.yaml`. */
export const FORMAT_READERS: LineReaders = createLineReaders();
